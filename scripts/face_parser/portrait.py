"""One random portrait with the class of every pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial.transform import Rotation
from strangers.makehuman_mesh import body_positions
from strangers.open_data import target_names
from strangers.people import Person, person

from headbridge.detection.parsing.aligned import aligned_crop
from headbridge.detection.parsing.classes import BROW, CLOTHES, EAR_OR_NECK, EYE, HAIR, LIP, MOUTH, SKIN
from headbridge.mesh.normals import vertex_normals

from .canvas import Canvas, Fragments, View, fragments
from .hair import Hair
from .lamps import Lamps
from .noise import Noise, background, cloth
from .parts import hair_faces, load_bust
from .skin import Skin
from .things import add_ball, add_covering, add_glasses, add_hand, add_thing

# Kinds of persons, and how often: their faces differ most by expression and age.
_PERSONS = (
    ("adult", 0.26),
    ("african", 0.12),
    ("asian", 0.12),
    ("old", 0.08),
    ("child", 0.05),
    ("laughing", 0.12),
    ("open_mouth", 0.05),
    ("shut_eyes", 0.08),
    ("heavy", 0.06),
    ("asymmetric", 0.06),
)
_EXPRESSIONS = "expression/units/"
_DISPLAY = 2.2
_IRISES = ((0.05, 0.02, 0.01), (0.01, 0.006, 0.004), (0.08, 0.13, 0.2), (0.08, 0.12, 0.05))
# Rendered sides per stored one, against stairs at edges.
_FINER = 1.5
# A point of an ear shows when so much of what lies within so many pixels is skin not nearer than it by more mm.
_NEAR, _EAR_SHARE, _EAR_DEPTH = 2, 0.25, 5.0

HeadShape = Callable[[Path, np.random.Generator], np.ndarray]
"""Gives (V, 3) mm of all vertices of MakeHuman's base mesh."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """rgb (S, S, 3) uint8 sRGB, label (S, S) uint8 classes, points (478, 2) of the detector in pixels; the aligned crop
    `room` times wider. ears : (16, 2) pixels of the ear finder's points. ears_seen : (16,) bool, which of them show."""

    rgb: np.ndarray
    label: np.ndarray
    points: np.ndarray
    ears: np.ndarray
    ears_seen: np.ndarray


def make_portrait(data: Path, seed: int, side: int, room: float, shape: HeadShape | None = None) -> Portrait:
    """data : the open input data's folder. side : pixels. shape : makes the person's head, None for a MakeHuman person.
    The same seed gives the same portrait."""
    rng = np.random.default_rng([11, seed])
    return _Sitting(data, rng, round(_FINER * side), room, shape or _makehuman_shape).taken(side)


def _makehuman_shape(data: Path, rng: np.random.Generator) -> np.ndarray:
    return body_positions(data, random_person(data, rng))


class _Sitting:
    def __init__(self, data: Path, rng: np.random.Generator, side: int, room: float, shape: HeadShape):
        self._data, self._rng, self._side = data, rng, side
        self._bust, self._noise = load_bust(data), Noise(rng)
        self._vertices = shape(data, rng)
        self._view = self._camera(room)
        self._lamps, self._hair = Lamps(rng), Hair(rng, self._noise)
        self._skin = Skin(data, rng, self._noise)

    def taken(self, side: int) -> Portrait:
        rng, bust, view = self._rng, self._bust, self._view
        canvas = Canvas(background(rng, self._noise, self._side, self._skin.albedo))
        covering = rng.choice(["none", "hat", "scarf", "band", "mask"], p=[0.77, 0.1, 0.05, 0.04, 0.04])
        style = rng.choice(["mesh", "layer", "thin", "bald"], p=[0.45, 0.28, 0.19, 0.08])
        meshes = [(view.upright(self._vertices), bust.faces)]
        if style == "mesh":
            name, placed = self._hair.placed(self._data, self._vertices)
            meshes.append((view.upright(placed), hair_faces(self._data, name)[0]))
        self._lamps.cast(meshes)
        self._draw_person(canvas, style)
        if style == "mesh":
            self._hair.mesh(canvas, view, self._data, name, placed, self._lamps)
        if style == "layer" or (style == "mesh" and rng.random() < 0.3):
            self._hair.layer(canvas, view, bust, self._vertices, self._lamps)
        if covering != "none":
            add_covering(canvas, view, bust, self._vertices, covering, self._lamps, rng, self._noise)
        marks = view.project(bust.landmarks.evaluate(self._vertices))[:, :2]
        unit = float(np.linalg.norm(marks[45] - marks[36])) + 1e-6
        if style != "bald" and rng.random() < 0.3:
            self._hair.locks(canvas, marks, unit)
        canvas.darken_beside(HAIR, rng)
        points = bust.points.evaluate(self._vertices)
        if rng.random() < 0.24:
            add_glasses(canvas, view, bust, self._vertices, unit / 90.0, self._lamps, rng)
        for _ in range(int(rng.choice([0, 1, 2], p=[0.68, 0.26, 0.06]))):
            upright = view.upright(points)
            add_hand(canvas, view, self._data, upright, self._lamps, self._skin, rng, self._noise)
        if rng.random() < 0.15:
            add_thing(canvas, marks, rng, self._noise)
        if rng.random() < 0.1:
            add_ball(canvas, marks, self._lamps, rng, self._noise)
        rgb = np.clip(canvas.rgb, 0.0, 1.5) ** (1.0 / _DISPLAY)
        rgb = cv2.resize(np.clip(rgb, 0.0, 1.0), (side, side), interpolation=cv2.INTER_AREA)
        label = cv2.resize(canvas.label, (side, side), interpolation=cv2.INTER_NEAREST)
        seen = view.project(points)[:, :2] * (side / self._side)
        ears, ears_seen = self._ears(canvas)
        ears = (ears * side / self._side).astype(np.float32)
        rgb = np.round(255.0 * rgb).astype(np.uint8)
        return Portrait(rgb, label, seen.astype(np.float32), ears, ears_seen)

    def _ears(self, canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
        """(N, 2) pixels of the ears' points, and (N,) bool whether the picture shows them: skin of about that depth is
        within a pixel or two, as rims end there."""
        placed = self._view.project(self._bust.ear_points.evaluate(self._vertices))
        skin = np.isin(canvas.label, (SKIN, EAR_OR_NECK))
        seen = np.zeros(len(placed), bool)
        reach = np.arange(-_NEAR, _NEAR + 1)
        for number, (column, row, depth) in enumerate(placed):
            rows, columns = int(row) + reach[:, None], int(column) + reach
            if 0 <= rows.min() and rows.max() < canvas.side and 0 <= columns.min() and columns.max() < canvas.side:
                there = canvas.depth[rows, columns] > depth - _EAR_DEPTH
                seen[number] = (skin[rows, columns] & there).mean() > _EAR_SHARE
        return placed[:, :2], seen

    def _camera(self, room: float) -> View:
        """A lens from near to far, turned mostly a little; the picture is the aligned crop."""
        rng = self._rng
        yaw = rng.normal(0.0, 24.0) if rng.random() < 0.8 else rng.uniform(-60.0, 60.0)
        rotation = Rotation.from_euler("xy", [rng.normal(0.0, 11.0), yaw], degrees=True).as_matrix()
        points = self._bust.points.evaluate(self._vertices)
        centre = points[:468].mean(axis=0) - (0.0, 0.0, 50.0)
        distance = float(np.exp(rng.uniform(np.log(350.0), np.log(3000.0))))
        view = View(rotation, centre, distance, np.eye(2, 3))
        crop = aligned_crop(view.project(points), self._side, room)
        return View(rotation, centre, distance, crop.matrix)

    def _draw_person(self, canvas: Canvas, style: str) -> None:
        rng, bust, noise = self._rng, self._bust, self._noise
        seen = fragments(self._view, self._vertices, bust.faces, canvas.side)
        upright = self._view.upright(self._vertices)
        normals = seen.of_vertices(vertex_normals(upright, bust.triangles))
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        normals *= np.where(normals[:, 2:] < 0.0, -1.0, 1.0)
        rest, label = seen.of_vertices(bust.rest), bust.classes[seen.numbers].copy()
        rgb = self._skin_colours(seen, rest, label)
        self._features(seen, rest, label, rgb)
        shading = self._lamps.shading(seen.of_vertices(upright), normals)
        lit = rgb * shading
        shiny = np.isin(label, (SKIN, EAR_OR_NECK, LIP, BROW))
        if rng.random() < 0.65:
            lit += rng.uniform(0.0, 0.25) * self._lamps.gloss(normals, rng.uniform(8.0, 40.0)) * shiny[:, None]
        lit[label == EYE] += 0.5 * self._lamps.gloss(normals[label == EYE], 120.0)
        lit[label == EYE] *= 0.7
        lit[label == MOUTH] *= 0.6
        if style != "bald":
            self._hair.on_scalp(bust, seen, rest, shading, lit, label, thin=style == "thin")
        collar = rng.uniform(530.0, 612.0) + rng.uniform(0.0, 0.5) * np.abs(rest[:, 0])
        collar = collar + rng.uniform(-0.1, 0.5) * (rest[:, 2] - 20.0)
        clothed = (rest[:, 1] < collar) & (label == EAR_OR_NECK)
        x, y = rest[clothed, 0] + rest[clothed, 2], rest[clothed, 1]
        folds = 1.0 + 0.2 * noise(x, y, 20.0, 2.0)[:, None]
        lit[clothed] = cloth(rng, noise, x, y) * shading[clothed] * folds
        label[clothed] = CLOTHES
        canvas.draw(seen, lit, label)

    def _skin_colours(self, seen: Fragments, rest: np.ndarray, label: np.ndarray) -> np.ndarray:
        """(N, 3) albedo of skin with make-up."""
        rng = self._rng
        rgb = self._skin(seen.of_corners(self._bust.uvs[seen.numbers]), rest)
        if rng.random() < 0.7:
            lipstick = np.clip(
                np.array([0.5, 0.07, 0.09]) * rng.uniform(0.2, 1.3) * np.exp(0.2 * rng.normal(size=3)), 0, 1
            )
            lips = ((label == LIP) * rng.uniform(0.0, 0.65))[:, None]
            rgb += lips * (lipstick - rgb)
        return np.clip(rgb, 0.002, 0.95)

    def _features(self, seen: Fragments, rest: np.ndarray, label: np.ndarray, rgb: np.ndarray) -> None:
        """Eyes, teeth, brows, lids' lines and beards."""
        rng, bust, noise = self._rng, self._bust, self._noise
        gaze, iris = rng.normal(0.0, 0.12, 2), np.array(_IRISES[rng.integers(len(_IRISES))]) * rng.uniform(0.5, 1.5)
        white = np.array([0.65, 0.58, 0.53]) * rng.uniform(0.7, 1.1)
        places = seen.of_vertices(self._vertices)
        for rows, side in zip(bust.eyes, (-1.0, 1.0)):
            own = (label == EYE) & (rest[:, 0] * side > 0.0)
            away = places[own] - self._vertices[rows].mean(axis=0)
            away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
            angle = np.hypot(away[:, 0] - gaze[0], away[:, 1] - gaze[1])[:, None]
            rgb[own] = np.where(angle < 0.18, 0.005, np.where(angle < 0.43, iris, white))
        teeth = bust.teeth[seen.numbers]
        rgb[(label == MOUTH) & ~teeth] = np.array([0.12, 0.02, 0.02]) * rng.uniform(0.2, 1.6)
        rgb[teeth] = np.array([0.62, 0.55, 0.42]) * rng.uniform(0.7, 1.2)

        x, y = rest[:, 0], rest[:, 1]
        hairs = self._hair.albedo * rng.uniform(0.5, 1.3)
        away, width = seen.of_vertices(bust.brow), rng.uniform(2.5, 6.5)
        dense = np.clip((width - away) / 4.0 + 0.5, 0.0, 1.0) * rng.uniform(0.15, 1.0)
        dense = np.clip(dense * (0.8 + 0.35 * noise(x, y, 1.0, 0.6)), 0.0, 1.0) * (label == SKIN)
        rgb += dense[:, None] * (hairs - rgb)
        label[(away < width) & (label == SKIN)] = BROW
        if rng.random() < 0.7:
            lined = np.clip((rng.uniform(1.0, 4.0) - seen.of_vertices(bust.lashes)) / 1.5, 0.0, 1.0)
            rgb += (rng.uniform(0.2, 1.0) * lined * (label == SKIN))[:, None] * (0.5 * hairs - rgb)
        if rng.random() < 0.3:
            # Beards stay skin: they belong to the face's texture.
            area = seen.of_vertices(bust.beard) * (label == SKIN)
            if rng.random() < 0.3:
                area = area * (np.abs(x) < rng.uniform(22.0, 35.0))  # goatee, moustache
            patchy = np.clip(2.2 * area - 0.5 + 0.2 * noise(x, y, 12.0), 0.0, 1.0)
            amount = rng.uniform(0.1, 0.9) * patchy * (1.0 + 0.5 * noise(x, y, 0.9, 1.8))
            rgb += np.clip(amount, 0.0, 0.97)[:, None] * (hairs * rng.uniform(0.7, 1.6) - rgb)


def random_person(data: Path, rng: np.random.Generator) -> Person:
    """A random person with, mostly, some more of MakeHuman's expression units."""
    kinds, shares = zip(*_PERSONS)
    made = person(data, str(rng.choice(kinds, p=np.array(shares))), int(rng.integers(2**31)))
    units = [name for name in target_names(data) if name.startswith(_EXPRESSIONS)]
    if rng.random() < 0.7:
        for name in rng.choice(units, rng.integers(1, 4), replace=False):
            made.weights.setdefault(str(name), float(rng.uniform(0.0, 0.8)))
    return made
