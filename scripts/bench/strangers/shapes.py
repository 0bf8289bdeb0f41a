"""Things that are no head, all in millimetres and about as large as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from headbridge.mesh import Mesh

from .makehuman_mesh import MM_PER_UNIT
from .open_data import makehuman_base
from .parts import flipped, joined, kept_part

SHAPES = ("cube", "sphere", "torus", "teapot", "vase", "blob", "sheet", "chair", "hand", "foot", "animal", "cylinder")


def shape(folder: Path, name: str, seed: int) -> Mesh:
    """A shape of `SHAPES`; the seed varies its proportions."""
    rng = np.random.default_rng([seed, SHAPES.index(name)])
    size = float(rng.uniform(80.0, 120.0))
    if name in ("hand", "foot"):
        return _limb(folder, name)
    makers = {
        "cube": lambda: _box(size * rng.uniform(0.8, 1.2, 3), 24),
        "sphere": lambda: _revolved(_arc(1.0), size),
        "torus": lambda: tube(_circle(size), 0.35 * size, closed=True),
        "teapot": lambda: _teapot(size),
        "vase": lambda: _revolved(_wave(rng), size),
        "blob": lambda: _blob(size, rng),
        "sheet": lambda: _sheet(size, rng),
        "chair": lambda: _chair(size),
        "animal": lambda: _animal(size),
        "cylinder": lambda: _revolved(np.stack([np.full(40, 0.6), np.linspace(1.3, -1.3, 40)], axis=1), size),
    }
    return makers[name]()


def tube(path: np.ndarray, radius: float, closed: bool = False, around: int = 32) -> Mesh:
    """A tube of that radius along a path (N, 3) that turns no sharp corner; `closed` joins its ends."""
    after = np.roll(path, -1, axis=0) - path if closed else np.gradient(path, axis=0)
    along = after / np.linalg.norm(after, axis=1, keepdims=True)
    helper = np.eye(3)[np.abs(along).max(axis=0).argmin()]
    first = np.cross(along, helper)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    angle = 2.0 * np.pi * np.arange(around) / around
    rings = path[:, None] + radius * (
        np.cos(angle)[None, :, None] * first[:, None] + np.sin(angle)[None, :, None] * second[:, None]
    )
    return _lattice(rings, rows_closed=closed)


def _lattice(rings: np.ndarray, rows_closed: bool = False, columns_closed: bool = True) -> Mesh:
    """Quads between the points (R, C, 3) of a lattice."""
    rows, columns = rings.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    if rows_closed:
        index = np.concatenate([index, index[:1]])
    if columns_closed:
        index = np.concatenate([index, index[:, :1]], axis=1)
    faces = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=2).reshape(-1, 4)
    return Mesh.from_faces(rings.reshape(-1, 3), faces)


def _revolved(profile: np.ndarray, size: float, around: int = 64) -> Mesh:
    """A profile (N, 2) of radius and height, from the top down, turned about the Y axis."""
    angle = 2.0 * np.pi * np.arange(around) / around
    radius, height = size * profile.T
    rings = np.stack(
        [
            radius[:, None] * np.sin(angle),
            np.repeat(height[:, None], around, axis=1),
            radius[:, None] * np.cos(angle),
        ],
        axis=2,
    )
    return _lattice(rings[:, ::-1])


def _arc(squash: float) -> np.ndarray:
    polar = np.linspace(0.03, np.pi - 0.03, 48)
    return np.stack([np.sin(polar), squash * np.cos(polar)], axis=1)


def _wave(rng: np.random.Generator) -> np.ndarray:
    height = np.linspace(1.4, -1.4, 60)
    radius = 0.6 + 0.2 * np.sin(2.2 * height + rng.uniform(0.0, 6.0)) + 0.08 * np.sin(5.0 * height)
    return np.stack([radius, height], axis=1)


def _circle(radius: float) -> np.ndarray:
    angle = 2.0 * np.pi * np.arange(64) / 64
    return radius * np.stack([np.cos(angle), np.sin(angle), np.zeros(64)], axis=1)


def _box(sides: np.ndarray, count: int) -> Mesh:
    grid = np.stack(np.meshgrid(*2 * [np.linspace(-0.5, 0.5, count + 1)]), axis=2)
    flat = np.concatenate([grid, np.full((*grid.shape[:2], 1), 0.5)], axis=2)
    corner = flat[:, ::-1]
    walls = []
    for axis in range(3):
        rolled = np.roll(corner, axis + 1, axis=2)
        walls += [_lattice(2.0 * sides * rolled, columns_closed=False)]
        mirrored = rolled[:, ::-1].copy()
        mirrored[..., axis] *= -1.0
        walls += [_lattice(2.0 * sides * mirrored, columns_closed=False)]
    return flipped(joined(walls, "box"))


def _teapot(size: float) -> Mesh:
    t = np.linspace(0.0, 1.0, 30)[:, None]
    spout = size * np.concatenate([0.8 + 0.9 * t, -0.2 + 0.7 * t**1.5, 0.0 * t], axis=1)
    turn = np.linspace(0.45 * np.pi, 1.55 * np.pi, 30)
    handle = size * np.stack([-0.85 + 0.55 * np.cos(turn), 0.1 + 0.45 * np.sin(turn), 0.0 * turn], axis=1)
    lid = _revolved(_arc(1.0), 0.15 * size)
    lid = lid.with_vertices(lid.vertices + (0.0, 0.85 * size, 0.0))
    return joined([_revolved(_arc(0.75), size), tube(spout, 0.16 * size), tube(handle, 0.09 * size), lid], "teapot")


def _blob(size: float, rng: np.random.Generator) -> Mesh:
    ball = _revolved(_arc(1.0), 1.0)
    waves = 3.0 * rng.normal(size=(8, 3))
    height = np.sin(ball.vertices @ waves.T + rng.uniform(0.0, 6.0, 8)).mean(axis=1)
    return ball.with_vertices(size * ball.vertices * (1.0 + 0.6 * height[:, None]))


def _sheet(size: float, rng: np.random.Generator) -> Mesh:
    x, y = np.meshgrid(*2 * [np.linspace(-1.2, 1.2, 80)])
    z = 0.15 * np.sin(3.0 * x + rng.uniform(0.0, 6.0)) * np.cos(2.0 * y)
    return _lattice(size * np.stack([x, y, z], axis=2), columns_closed=False)


def _chair(size: float) -> Mesh:
    seat, back = (_box(size * np.array(sides), 12) for sides in ((0.8, 0.08, 0.8), (0.8, 0.9, 0.08)))
    parts = [seat, back.with_vertices(back.vertices + size * np.array([0.0, 0.9, -0.75]))]
    for x, z in ((-0.7, -0.7), (0.7, -0.7), (-0.7, 0.7), (0.7, 0.7)):
        leg = _box(size * np.array([0.08, 0.6, 0.08]), 8)
        parts.append(leg.with_vertices(leg.vertices + size * np.array([x, -0.6, z])))
    return joined(parts, "chair")


def _animal(size: float) -> Mesh:
    """A bird-like head: an egg with a long beak, two round eyes at its sides and a thin neck."""
    egg = _revolved(_arc(1.15), 0.8 * size)
    t = np.linspace(0.0, 1.0, 24)[:, None]
    parts = [egg]
    for side, drop in ((0.06, 0.0), (-0.10, -0.12)):
        beak = flipped(_revolved(np.stack([0.28 * (1.02 - t[:, 0]), t[:, 0]], axis=1)[::-1], size))
        x, y, z = beak.vertices.T
        parts.append(beak.with_vertices(np.stack([x, 0.5 * z + size * side, 0.65 * size + 1.6 * y + drop], axis=1)))
    for x in (-0.62, 0.62):
        eye = _revolved(_arc(1.0), 0.2 * size)
        parts.append(eye.with_vertices(eye.vertices + size * np.array([x, 0.3, 0.35])))
    neck = np.concatenate([0.0 * t, -0.7 - 1.6 * t, -0.2 - 0.3 * t], axis=1)
    return joined([*parts, tube(size * neck, 0.3 * size)], "bird")


def _limb(folder: Path, name: str) -> Mesh:
    base = makehuman_base(folder)
    skin = [face for face, group in zip(base.faces, base.groups) if group == "body"]
    mesh = Mesh.from_faces(MM_PER_UNIT * base.vertices, skin, name=name)
    x, y, _ = base.vertices.T
    on_skin = np.zeros(len(base.vertices), bool)
    on_skin[mesh.corners] = True
    far = np.abs(x) > 0.86 * np.abs(x[on_skin]).max()
    return kept_part(mesh, (far & (x > 0.0)) if name == "hand" else (y < y[on_skin].min() + 1.6) & (x > 0.0))
