"""A picture being made: meshes are drawn into it, then things over it; every pixel keeps its class."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from headbridge.detection.parsing.classes import BACKGROUND
from headbridge.render import Faces, barycentrics, rasterise


@dataclass(frozen=True, eq=False)
class View:
    """A camera: rotation (3, 3) and centre (3,) mm take points to the upright frame at the head (x right, y up, z towards
    the camera) at `distance` mm. image : (2, 3), from the plane at unit distance to pixels."""

    rotation: np.ndarray
    centre: np.ndarray
    distance: float
    image: np.ndarray

    def upright(self, points: np.ndarray) -> np.ndarray:
        return (points - self.centre) @ self.rotation.T

    def project(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 columns, rows and depths in mm of (N, 3) points."""
        placed = self.upright(points)
        depth = self.distance - placed[:, 2]
        plane = placed[:, :2] * (1.0, -1.0) / depth[:, None]
        pixels = plane @ self.image[:, :2].T + self.image[:, 2]
        return np.column_stack([pixels, depth]).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Fragments:
    """Pixels that a mesh covers: rows, columns, depths (N,), its triangles (N, 3) there and barycentric weights (N, 3)."""

    rows: np.ndarray
    columns: np.ndarray
    depths: np.ndarray
    numbers: np.ndarray
    corners: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def of_vertices(self, values: np.ndarray) -> np.ndarray:
        """(N,) or (N, D) of (V,) or (V, D)."""
        return self.of_corners(values[self.corners])

    def of_corners(self, values: np.ndarray) -> np.ndarray:
        """(N,) or (N, D) of the fragments' corners' (N, 3) or (N, 3, D)."""
        return np.einsum("nk,nk...->n...", self.weights, values)


def fragments(view: View, vertices: np.ndarray, faces: Faces, side: int) -> Fragments:
    points = torch.from_numpy(view.project(vertices))[None]
    raster = rasterise(points, faces, side)
    rows, columns = np.nonzero(raster.triangle[0].numpy() >= 0)
    numbers = raster.triangle[0].numpy()[rows, columns]
    weights = barycentrics(points, raster)[0].numpy()[rows, columns]
    corners = faces.triangles.numpy()[numbers]
    depths = (points[0, :, 2].numpy()[corners] * weights).sum(axis=1)
    return Fragments(rows, columns, depths, numbers, corners, weights)


class Canvas:
    """rgb (S, S, 3) float32 linear, label (S, S) uint8, depth (S, S) mm."""

    def __init__(self, rgb: np.ndarray):
        self.rgb = rgb
        self.side = rgb.shape[0]
        self.label = np.full(rgb.shape[:2], BACKGROUND, np.uint8)
        self.depth = np.full(rgb.shape[:2], np.inf)

    def draw(self, seen: Fragments, rgb: np.ndarray, label, alpha=None, nearer: float = 0.0) -> None:
        """Fragments that lie before what is there, `nearer` mm nearer than they are. label : number, or (N,) of them.
        alpha : (N,) how far they cover; half and more is taken for the pixel's class."""
        alpha = np.ones(len(seen), np.float32) if alpha is None else alpha
        place = seen.rows, seen.columns
        alpha = np.where(seen.depths - nearer < self.depth[place], alpha, 0.0)
        self.rgb[place] += alpha[:, None] * (rgb - self.rgb[place])
        solid = alpha > 0.5
        place = seen.rows[solid], seen.columns[solid]
        self.label[place] = label[solid] if isinstance(label, np.ndarray) else label
        self.depth[place] = seen.depths[solid]

    def cover(self, mask: np.ndarray, rgb, label: int | None = None) -> None:
        """A mask (S, S) 0..1 of one colour or (S, S, 3) laid over everything; None keeps the classes."""
        self.rgb += mask[..., None] * (np.asarray(rgb, np.float32) - self.rgb)
        if label is not None:
            self.label[mask > 0.5] = label

    def darken_beside(self, label: int, rng: np.random.Generator) -> None:
        """A soft contact shadow of a class on what is beside it."""
        own = (self.label == label).astype(np.float32)
        if not own.any() or rng.random() < 0.3:
            return
        soft = cv2.GaussianBlur(own, (0, 0), rng.uniform(0.004, 0.025) * self.side)
        shift = (rng.uniform(-0.02, 0.04, 2) * self.side).astype(int)
        soft = np.roll(soft, shift, axis=(0, 1)) * (1.0 - own) * (self.label != BACKGROUND)
        self.rgb *= (1.0 - rng.uniform(0.1, 0.8) * soft)[..., None]
