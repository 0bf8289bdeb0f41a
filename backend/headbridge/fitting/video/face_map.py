"""A person's face spread out as a picture: the same place of the skin at the same texel in every frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from ...mesh.normals import normalized, vertex_normals
from ...render import Faces, barycentrics, rasterise
from ...topologies import load_builtin, load_topology
from ..photo.view import Screen
from ..posable import HeadState, PosableHead, Posed
from .person import TrackedPerson

# Texels along a side; the cylinder that the face is spread from: its axis behind the tip of the nose, and its radius, mm.
SIDE = 256
_AXIS, _RADIUS = 95.0, 80.0
_MARGIN = 4
# Of the head, before and behind the surface of the cylinder nothing is nearer to the axis than this, mm.
_DEPTH = 500.0
# Pixels of a frame are about as wide as texels.
_FINEST = 1.2
# What lies this far behind the nearest skin in a cell so wide is hidden, mm.
_HIDDEN, _CELL = 12.0, 3.0


@dataclass(frozen=True, eq=False)
class SpreadFrame:
    """A frame on a `FaceMap`. grey : (SIDE, SIDE) float32 0..255. places : (SIDE, SIDE, 2) float32 pixels of the frame.
    facing : (SIDE, SIDE) float32, the cosine under which the skin is seen; 0 off the face and where it is hidden."""

    grey: np.ndarray
    places: np.ndarray
    facing: np.ndarray


class FaceMap:
    """The skin of a person's face, without what lies behind other skin, about an upright axis."""

    def __init__(self, person: TrackedPerson):
        topology, mesh = load_topology(person.head.key), load_builtin(person.head.key)
        skin = topology.regions["face"] & topology.skin
        triangles = mesh.triangles[skin[mesh.triangles].all(axis=1)]
        used, corners = np.unique(triangles, return_inverse=True)
        self._triangles = corners.reshape(triangles.shape)
        self._head: PosableHead = person.head.of_one_person(person.coefficients).restricted(used)
        rest = self._head.template
        self._axis, self._middle, self._scale = rest[:, 2].max() - _AXIS, np.zeros(2), 1.0
        spread = self._spread(rest)
        low, high = spread.min(axis=0), spread.max(axis=0)
        self._middle, self._scale = 0.5 * (low + high), (SIDE - 2 * _MARGIN) / float((high - low).max())
        depth = _DEPTH - np.hypot(rest[:, 0], rest[:, 2] - self._axis)
        screen = torch.from_numpy(np.column_stack([self.texels(rest), depth]).astype(np.float32))[None]
        raster = rasterise(screen, Faces(self._triangles, len(used)), SIDE, perspective=False)
        triangle = raster.triangle[0].numpy()
        self.covered = triangle >= 0
        self._corners = self._triangles[triangle[self.covered]]
        self._shares = barycentrics(screen, raster)[0].numpy()[self.covered]

    @property
    def rest(self) -> np.ndarray:
        """(SIDE, SIDE, 3) float32 mm, where each texel lies on the head at rest; 0 off the face."""
        return self._filled(self._on_texels(self._head.template))

    def texels(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) columns and rows of the map at (N, 3) points of the head at rest."""
        return (self._spread(points) - self._middle) * self._scale + 0.5 * SIDE

    def frame(self, state: HeadState, screen: Screen, focal: float, pixels: np.ndarray) -> SpreadFrame:
        """(H, W, 3) uint8 pixels of a frame in which the head is in a state."""
        vertices = Posed(self._head, state).vertices()
        points = self._on_texels(vertices)
        seen = screen.project(points, focal)
        normals = normalized(self._on_texels(vertex_normals(vertices, self._triangles)))
        facing = np.clip(-(normals * normalized(points)).sum(axis=1), 0.0, 1.0)
        per_mm = focal / max(float(np.median(-points[:, 2])), 1.0)
        facing[_hidden(seen, -points[:, 2], _CELL * per_mm)] = 0.0
        places = self._filled(seen)
        return SpreadFrame(self._sampled(pixels, places, per_mm), places, self._filled(facing[:, None])[..., 0])

    def _spread(self, points: np.ndarray) -> np.ndarray:
        across = _RADIUS * np.arctan2(points[:, 0], points[:, 2] - self._axis)
        return np.column_stack([across, -points[:, 1]])

    def _on_texels(self, values: np.ndarray) -> np.ndarray:
        return np.einsum("nk,nkd->nd", self._shares, values[self._corners])

    def _filled(self, values: np.ndarray) -> np.ndarray:
        picture = np.zeros((SIDE, SIDE, values.shape[1]), np.float32)
        picture[self.covered] = values
        return picture

    def _sampled(self, pixels: np.ndarray, places: np.ndarray, per_mm: float) -> np.ndarray:
        shown = places[self.covered]
        low = np.clip(np.floor(shown.min(axis=0)).astype(int) - 2, 0, (pixels.shape[1] - 2, pixels.shape[0] - 2))
        high = np.clip(np.ceil(shown.max(axis=0)).astype(int) + 2, low + 2, (pixels.shape[1], pixels.shape[0]))
        part = cv2.cvtColor(np.ascontiguousarray(pixels[low[1] : high[1], low[0] : high[0]]), cv2.COLOR_RGB2GRAY)
        scale = np.minimum(_FINEST * self._scale / per_mm, 1.0)
        size = np.maximum(np.round(scale * np.array(part.shape[::-1])), 2).astype(int)
        across = size / np.array(part.shape[::-1])
        small = cv2.resize(part, tuple(size.tolist()), interpolation=cv2.INTER_AREA).astype(np.float32)
        where = ((places - low) * across - 0.5).astype(np.float32)
        return cv2.remap(small, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _hidden(seen: np.ndarray, depth: np.ndarray, cell: float) -> np.ndarray:
    """(N,) bool, which points something lies before."""
    _, cells = np.unique(np.floor(seen / cell).astype(np.int64), axis=0, return_inverse=True)
    cells = cells.reshape(-1)
    nearest = np.full(cells.max() + 1, np.inf)
    np.minimum.at(nearest, cells, depth)
    return depth > nearest[cells] + _HIDDEN
