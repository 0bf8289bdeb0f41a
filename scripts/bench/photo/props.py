"""What covers parts of a face in a picture, as plain geometry in the head's frame (mm, Y up, face along +Z)."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import vertex_neighbours
from headbridge.mesh.normals import vertex_normals

from .heads import KnownHead

_LENS_WIDTH, _LENS_HEIGHT, _BEFORE_EYES, _WIRE, _TEMPLE_HEIGHT = 25.0, 19.0, 15.0, 1.6, 20.0
_HAIR = 14.0


def _rims(head: KnownHead) -> tuple[np.ndarray, np.ndarray]:
    """(2, 3) middles of the lenses and (2, 64, 3) their outlines, rounded rectangles."""
    marks = head.landmarks
    centres = np.array([marks[36:42].mean(axis=0), marks[42:48].mean(axis=0)])
    depth = max(marks[27, 2] + 1.0, centres[:, 2].max() + _BEFORE_EYES)
    centres[:, 2] = depth
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    x, y = (np.sign(f) * np.abs(f) ** 0.7 for f in (np.cos(angles), np.sin(angles)))
    return centres, centres[:, None] + np.stack([_LENS_WIDTH * x, _LENS_HEIGHT * y, np.zeros(64)], axis=1)


def lenses(head: KnownHead) -> Mesh:
    """Two flat, black lenses."""
    centres, rims = _rims(head)
    first = 65 * np.arange(2)[:, None]
    k = np.arange(64)
    faces = np.stack([first + 0 * k, first + 1 + k, first + 1 + (k + 1) % 64], axis=2).reshape(-1, 3)
    return Mesh.from_faces(np.concatenate([centres[:, None], rims], axis=1).reshape(-1, 3), faces, name="lenses")


def glasses(head: KnownHead) -> Mesh:
    """A frame before the eyes, with temples; no lenses."""
    centres, rims = _rims(head)
    wires = [(np.concatenate([ring, ring[:1]]), True) for ring in rims]
    inner = centres + np.array([[_LENS_WIDTH, 6, 0], [-_LENS_WIDTH, 6, 0]])
    arch = np.linspace(inner[0], inner[1], 9)
    arch[:, 1] += 3.0 * np.sin(np.linspace(0, np.pi, 9))
    wires.append((arch, False))
    temples = head.skin.vertices[np.abs(head.skin.vertices[:, 1] - centres[:, 1].mean()) < _TEMPLE_HEIGHT]
    # Ears stand out farther than the temples run.
    half = np.percentile(np.abs(temples[:, 0] - centres[:, 0].mean()), 90)
    for centre, side in zip(centres, (-1, 1)):
        start = centre + [side * _LENS_WIDTH, 8, 0]
        hinge = np.array([side * (half - 6.0) + centres[:, 0].mean(), start[1], start[2] - 10])
        wires.append((np.stack([start, hinge, hinge - [0, 2, 80]]), False))
    return _tubes(wires)


def _tubes(wires: list[tuple[np.ndarray, bool]]) -> Mesh:
    around = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    vertices, faces, first = [], [], 0
    for points, _closed in wires:
        along = np.gradient(points, axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        side = np.cross(along, [0.3, 0.5, 0.81])
        side /= np.linalg.norm(side, axis=1, keepdims=True)
        up = np.cross(along, side)
        rings = points[:, None] + _WIRE * (
            np.cos(around)[:, None] * side[:, None] + np.sin(around)[:, None] * up[:, None]
        )
        vertices.append(rings.reshape(-1, 3))
        count = len(around)
        for row in range(len(points) - 1):
            for k in range(count):
                a, b = first + row * count + k, first + row * count + (k + 1) % count
                faces.append([a, b, b + count, a + count])
        first += len(points) * count
    return Mesh.from_faces(np.concatenate(vertices), np.array(faces), name="glasses")


def hair_cap(head: KnownHead) -> Mesh:
    """The scalp's surface grown outwards, thin at its rim."""
    skin = head.skin
    inside = head.scalp.astype(float)
    neighbours = vertex_neighbours(skin)
    degree = np.maximum(np.asarray(neighbours.sum(axis=1)).ravel(), 1.0)
    weight = inside
    for _ in range(12):
        weight = np.minimum(inside, neighbours @ weight / degree)
    kept = np.logical_and.reduceat(head.scalp[skin.corners], skin.face_starts)
    corners = np.repeat(kept, skin.face_sizes)
    normals = vertex_normals(skin.vertices, skin.triangles)
    grown = skin.vertices + normals * (2.0 + _HAIR * weight)[:, None]
    return Mesh(grown, skin.corners[corners], skin.face_sizes[kept], name="hair")


def shoulders(head: KnownHead) -> Mesh:
    """Clothes below the neck, so that no head floats: a surface of revolution, flattened."""
    low = head.skin.vertices[:, 1].min()
    rim = head.skin.vertices[head.skin.vertices[:, 1] < low + 25.0]
    centre = 0.5 * (rim.min(axis=0) + rim.max(axis=0))
    half = max(0.45 * np.ptp(rim[:, 0]), 45.0)
    profile = np.array(
        [[half, 35], [half + 15, 15], [half + 70, -10], [half + 120, -40], [half + 140, -140], [half + 145, -400]]
    )
    profile = gaussian_filter1d(np.repeat(profile, 5, axis=0), 3.0, axis=0, mode="nearest")
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    rings = np.stack(
        [
            centre[0] + profile[:, :1] * np.cos(angles),
            low + np.repeat(profile[:, 1:], 48, axis=1),
            centre[2] + 0.62 * profile[:, :1] * np.sin(angles),
        ],
        axis=2,
    )
    rows, columns = len(profile), 48
    faces = [
        [r * columns + k, (r + 1) * columns + k, (r + 1) * columns + (k + 1) % columns, r * columns + (k + 1) % columns]
        for r in range(rows - 1)
        for k in range(columns)
    ]
    return Mesh.from_faces(rings.reshape(-1, 3), np.array(faces), name="shoulders")
