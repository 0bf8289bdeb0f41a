"""The truth beside a picture, and how far a head is off it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.mesh.io.npz import read_arrays
from headbridge.mesh.normals import triangle_areas
from headbridge.mesh.similarity import fit_similarity
from headbridge.registration import Similarity
from headbridge.spatial import Surface
from headbridge.topologies import Topology

_SAMPLES, _STEPS = 4000, 40
# Of the iBUG 68, those that mean the same point on every head; the jaw contour does not.
INNER = slice(17, 68)
PARTS = ("person", "hair", "glasses", "cover", "clothes")
"""What objects before the camera are, in pictures of parts."""


@dataclass(frozen=True, eq=False)
class Truth:
    """The head of a picture in OpenCV's camera frame, mm.

    vertices (V, 3), triangles (T, 3). face : (V,) bool, the narrow face. camera : (3, 3) K in screen coordinates (first
    pixel's centre at 0.5). landmarks : (68, 2) pixels; landmarks_3d : (68, 3). alpha : (H, W) uint8, head and props.
    parts : (H, W) uint8, 0 for the background and one more than the number in `PARTS` of what a pixel shows; None
    of pictures taken without. albedo : (H, W, 3) uint8 sRGB, the skin's own colours, 0 off it; None of earlier pictures."""

    name: str
    vertices: np.ndarray
    triangles: np.ndarray
    face: np.ndarray
    camera: np.ndarray
    landmarks: np.ndarray
    landmarks_3d: np.ndarray
    alpha: np.ndarray
    parts: np.ndarray | None = None
    albedo: np.ndarray | None = None

    @property
    def eye_distance(self) -> float:
        """Pixels between the outer corners of the eyes, as far apart as they are in space and not as foreshortened."""
        depth = self.landmarks_3d[[36, 45], 2].mean()
        return float(np.linalg.norm(self.landmarks_3d[36] - self.landmarks_3d[45]) * self.camera[0, 0] / depth)

    def face_points(self) -> np.ndarray:
        """(N, 3) points spread evenly over the narrow face."""
        triangles = self.triangles[self.face[self.triangles].all(axis=1)]
        rng = np.random.default_rng(0)
        areas = triangle_areas(self.vertices, triangles)
        chosen = triangles[rng.choice(len(triangles), _SAMPLES, p=areas / areas.sum())]
        return np.einsum("nk,nkd->nd", rng.dirichlet(np.ones(3), _SAMPLES), self.vertices[chosen])


def read_truth(path: Path) -> Truth:
    arrays = read_arrays(path.read_bytes(), str(path))
    arrays.pop("family")
    return Truth(path.stem, **arrays)


def surface_distances(truth: Truth, topology: Topology, vertices: np.ndarray, triangles: np.ndarray, scale: bool):
    """(N,) millimetres of the truth's narrow face to the surface of another head laid onto it: by its inner landmarks,
    then by iterated closest points (point to plane); rigidly, or with `scale`.

    vertices : (V, 3) mm of a head in `topology`; its skin alone is met."""
    skin = triangles[topology.skin[triangles].all(axis=1)]
    surface = Surface(vertices, skin)
    normals = surface.triangle_normals()
    points = truth.face_points()
    marks = topology.landmarks_51.evaluate(vertices)
    pose = fit_similarity(truth.landmarks_3d[INNER], marks)
    if not scale:
        moved = pose.rotation @ truth.landmarks_3d[INNER].mean(axis=0)
        pose = Similarity(1.0, pose.rotation, marks.mean(axis=0) - moved)
    for _ in range(_STEPS):
        placed = pose.apply(points)
        hits = surface.closest(placed)
        normal = normals[hits.triangles]
        middle = placed.mean(axis=0)
        arms = placed - middle
        columns = [np.cross(arms, normal), normal]
        if scale:
            columns.append(np.einsum("nd,nd->n", arms, normal)[:, None])
        offset = np.einsum("nd,nd->n", hits.points - placed, normal)
        step = np.linalg.lstsq(np.concatenate(columns, axis=1), offset, rcond=None)[0]
        turn = Rotation.from_rotvec(step[:3]).as_matrix()
        grow = 1.0 + step[6] if scale else 1.0
        shift = middle + step[3:6] - grow * turn @ middle
        pose = Similarity(grow * pose.scale, turn @ pose.rotation, grow * turn @ pose.translation + shift)
        if np.abs(step[:3]).max() < 1e-6 and np.abs(step[3:6]).max() < 1e-4:
            break
    return surface.closest(pose.apply(points)).distances / pose.scale
