"""Hair: MakeHuman's meshes fitted to a person, and strands that hang over a face."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from assets.sources import read_obj

from headbridge.mesh import Mesh

STYLES = (
    "afro01",
    "bob01",
    "bob02",
    "braid01",
    "long01",
    "ponytail01",
    "short01",
    "short02",
    "short03",
    "short04",
)


def fitted_hair(folder: Path, style: str, positions: np.ndarray) -> Mesh:
    """A hair mesh fitted to a person by MakeHuman's rule (`.mhclo`), in the unit of the positions.

    positions : (V, 3) of all vertices of the base mesh. Every vertex of the hair is a weighted mean of three of them
    plus an offset, which scales with the distance of two others along each axis.
    """
    scales, table, mesh = _hair_style(folder, style)
    scale = np.ones(3)
    for axis, (a, b, distance) in scales.items():
        scale[axis] = abs(positions[a, axis] - positions[b, axis]) / distance
    anchors = positions[table[:, :3].astype(int)]
    return mesh.with_vertices(np.einsum("nk,nkd->nd", table[:, 3:6], anchors) + table[:, 6:] * scale)


@cache
def _hair_style(folder: Path, style: str) -> tuple[dict[int, tuple[int, int, float]], np.ndarray, Mesh]:
    """By axis the two base vertices whose distance is the scale, and what it is in decimetres; (N, 9) anchors, weights
    and offsets of the hair's vertices; its mesh."""
    scales, rows = {}, []
    with open(folder / "makehuman" / "hair" / f"{style}.mhclo", encoding="utf-8") as stream:
        reading = False
        for line in stream:
            words = line.split()
            if words[:1] and words[0] in ("x_scale", "y_scale", "z_scale"):
                scales["xyz".index(words[0][0])] = int(words[1]), int(words[2]), float(words[3])
            elif words[:2] == ["verts", "0"]:
                reading = True
            elif reading and len(words) == 9:
                rows.append([float(word) for word in words])
            elif reading and len(words) == 1 and words[0].isdigit():
                rows.append([float(words[0])] * 3 + [1.0, 0.0, 0.0] + [0.0] * 3)
    table = np.array(rows)
    source = read_obj(folder / "makehuman" / "hair" / f"{style}.obj")
    if len(source.vertices) != len(table):
        raise ValueError(f"{style}: {len(source.vertices)} vertices in the .obj, {len(table)} in the .mhclo")
    uvs = source.uvs[np.concatenate(source.face_uvs)]
    return scales, table, Mesh.from_faces(source.vertices, source.faces, uvs=uvs, name=style)


def strands(landmarks: np.ndarray, seed: int, count: int = 60) -> Mesh:
    """Wavy ribbons that hang from the forehead over the face to below the lips, in the landmarks' unit (millimetres).

    landmarks : (51, 3) of an upright face that looks along +Z.
    """
    rng = np.random.default_rng([seed, 9])
    brows, lips, nose = landmarks[:10], landmarks[31:], landmarks[13]
    steps = np.linspace(0.0, 1.0, 24)
    width = 1.2 * np.ptp(brows[:, 0])
    ribbons, faces = [], []
    for k in range(count):
        x = brows[:, 0].mean() + rng.uniform(-0.5, 0.5) * width
        top = np.array([x, brows[:, 1].max() + 35.0, brows[:, 2].max() - 0.004 * (x - brows[:, 0].mean()) ** 2])
        bottom = np.array([x + rng.normal(0.0, 8.0), lips[:, 1].min() - rng.uniform(0.0, 30.0), nose[2] - 4.0])
        path = top + (bottom - top) * steps[:, None]
        path[:, 2] += 12.0 * np.sin(np.pi * steps) + rng.uniform(0.0, 8.0)
        path[:, 0] += 3.0 * np.sin(2.0 * np.pi * (1.5 * steps + rng.random()))
        across = np.array([rng.uniform(1.5, 4.0), 0.0, rng.normal(0.0, 0.8)])
        first = 2 * len(steps) * k
        ribbons.append(np.stack([path - across, path + across], axis=1).reshape(-1, 3))
        places = first + 2 * np.arange(len(steps) - 1)
        faces.append(np.stack([places, places + 2, places + 3, places + 1], axis=1))
    return Mesh.from_faces(np.concatenate(ribbons), np.concatenate(faces), name="strands")
