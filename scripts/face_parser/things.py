"""What covers heads: hands, things held before them, glasses, hats, scarves and masks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from headbridge.detection.parsing.classes import CLOTHES, COVER, GLASSES
from headbridge.mesh.normals import vertex_normals
from headbridge.render import Faces

from .canvas import Canvas, View, fragments
from .hands import hand_normals, held_before, load_hand
from .lamps import Lamps
from .noise import Noise, cloth
from .parts import Bust
from .skin import Skin

# Millimetres of a usual face from the bridge of the nose to the chin.
_FACE = 105.0
_SLEEVE = 0.35
# How often a hand is held below the face, before throat or collar, and how far, mm.
_BELOW, _LOWER = 0.3, (10.0, 90.0)
# Of the 68 landmarks, those that balls are held before: mouth, chin, nose, jaw.
_BEFORE = (57, 62, 8, 33, 48, 54, 3, 13)


def add_hand(
    canvas: Canvas, view: View, data: Path, points: np.ndarray, lamps: Lamps, skin: Skin, rng, noise: Noise
) -> None:
    """points : (478, 3) of the face in the upright frame. skin : the person's."""
    hand = load_hand(data)
    scale = np.linalg.norm(points[152] - points[168]) / _FACE * rng.uniform(0.85, 1.15)
    target = points[rng.integers(468)] + rng.normal(0.0, 8.0, 3)
    if rng.random() < _BELOW:
        target = points[152] + (rng.normal(0.0, 40.0), -rng.uniform(*_LOWER), rng.uniform(-30.0, 10.0))
    placed = held_before(hand, rng, target, scale)
    seen = fragments(view, placed @ view.rotation + view.centre, hand.faces, canvas.side)
    if not len(seen):
        return
    normals = seen.of_vertices(hand_normals(placed, hand))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    rest = seen.of_vertices(hand.vertices)
    albedo = skin(seen.of_corners(hand.uvs[seen.numbers]), rest)
    albedo *= rng.uniform(0.7, 1.35) * np.exp(0.08 * rng.standard_normal(3))
    if rng.random() < 0.12:
        albedo *= rng.uniform(0.01, 0.9, 3) / skin.albedo  # a glove
    if rng.random() < 0.5:
        sleeve = rest[:, 0] < np.quantile(hand.vertices[:, 0], _SLEEVE)
        albedo = np.where(sleeve[:, None], cloth(rng, noise, rest[:, 0], rest[:, 1]), albedo)
    shading = lamps.shading(seen.of_vertices(placed), normals)
    gloss = rng.uniform(0.0, 0.05) * lamps.gloss(normals, 20.0)
    canvas.draw(seen, albedo * shading + gloss, COVER)
    canvas.darken_beside(COVER, rng)


def add_thing(canvas: Canvas, points: np.ndarray, rng, noise: Noise) -> None:
    """A microphone, cup, phone, bar, anything: an outline with a pattern and rounded shading. points : (68, 2) pixels."""
    unit = np.linalg.norm(points[8] - points[27])
    middle = points[rng.integers(68)] + rng.normal(0.0, 0.5 * unit, 2)
    mask = np.zeros((canvas.side, canvas.side), np.float32)
    outline = rng.choice(["corners", "bar", "round"], p=[0.4, 0.25, 0.35])
    if outline == "corners":
        corners = middle + rng.normal(0.0, 0.35 * unit, (rng.integers(3, 9), 2))
        cv2.fillConvexPoly(mask, cv2.convexHull(corners.astype(np.int32)), 1.0, cv2.LINE_AA)
    elif outline == "bar":
        size = unit * np.array([rng.uniform(0.08, 0.6), rng.uniform(0.6, 4.0)])
        bar = cv2.boxPoints((middle.tolist(), size.tolist(), float(rng.choice([0.0, 90.0]) + rng.normal(0.0, 20.0))))
        cv2.fillConvexPoly(mask, bar.astype(np.int32), 1.0, cv2.LINE_AA)
    else:
        axes = np.maximum(rng.uniform(0.08, 0.5, 2) * unit, 1.0).astype(int)
        cv2.ellipse(mask, middle.astype(int).tolist(), axes.tolist(), rng.uniform(0, 180), 0, 360, 1.0, -1, cv2.LINE_AA)
    row, column = np.mgrid[: canvas.side, : canvas.side].astype(np.float32)
    pattern = cloth(rng, noise, column.ravel() * 0.7, row.ravel() * 0.7).reshape(canvas.side, canvas.side, 3)
    inside = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 3) / max(0.3 * unit, 1.0)
    round_ = 0.5 + 0.6 * np.sqrt(np.clip(inside, 0.0, 1.0))
    lit = pattern * (round_ * rng.uniform(0.3, 1.2))[..., None] + rng.uniform(0, 0.4) * (inside > 0.8)[..., None]
    canvas.cover(mask, lit, COVER)
    canvas.darken_beside(COVER, rng)


def add_ball(canvas: Canvas, points: np.ndarray, lamps: Lamps, rng, noise: Noise) -> None:
    """A microphone, a fruit, a cup: something round before the face, mostly on a stick. points : (68, 2) pixels."""
    unit = np.linalg.norm(points[8] - points[27])
    middle, radius = points[rng.choice(_BEFORE)] + rng.normal(0.0, 0.2 * unit, 2), unit * rng.uniform(0.1, 0.35)
    row, column = np.mgrid[: canvas.side, : canvas.side].astype(np.float32) + 0.5
    x, y = (column - middle[0]) / radius, (middle[1] - row) / radius
    normals = np.stack([x, y, np.sqrt(np.clip(1.0 - x**2 - y**2, 0.05, None))], axis=2).reshape(-1, 3)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    albedo = rng.uniform(0.01, 0.06, 3) if rng.random() < 0.5 else cloth(rng, noise, column.ravel(), row.ravel())
    lit = albedo * lamps.shading(None, normals) + rng.uniform(0.0, 0.3) * lamps.gloss(normals, rng.uniform(5.0, 60.0))
    if rng.random() < 0.7:
        stick, lean = np.zeros((canvas.side, canvas.side), np.float32), rng.normal(0.0, 0.5)
        end = middle + 4.0 * unit * np.array([np.sin(lean), np.cos(lean)])
        ends = [tuple(point.astype(int).tolist()) for point in (middle, end)]
        cv2.line(stick, *ends, 1.0, max(1, int(radius * rng.uniform(0.4, 1.5))), cv2.LINE_AA)
        canvas.cover(stick, rng.uniform(0.0, 0.5, 3) ** 2, COVER)
    canvas.cover(np.clip((1.0 - np.hypot(x, y)) * radius + 0.5, 0.0, 1.0), lit.reshape(*x.shape, 3), COVER)
    canvas.darken_beside(COVER, rng)


def add_glasses(canvas: Canvas, view: View, bust: Bust, vertices: np.ndarray, unit: float, lamps: Lamps, rng) -> None:
    """Rims, bridge and temples; clear, tinted, mirrored or black lenses. unit : pixels of a millimetre."""
    eyes = [vertices[rows].mean(axis=0) for rows in bust.eyes]
    ears = bust.landmarks.subset([0, 16]).evaluate(vertices)
    across, tall = rng.uniform(22.0, 34.0), rng.uniform(13.0, 28.0)
    power, drop = rng.choice([2.0, 2.5, 4.0, 8.0]), rng.uniform(-7.0, 3.0)
    thick = unit * rng.choice([0.7, 1.2, 2.0, 3.5, 5.5])
    angle = np.linspace(0.0, 2.0 * np.pi, 48, endpoint=False)
    curve = [np.sign(f) * np.abs(f) ** (2.0 / power) for f in (np.cos(angle), np.sin(angle))]
    outline = np.stack([across * curve[0], tall * curve[1] + drop, -6.0 * np.cos(angle) ** 2], axis=1)
    if rng.random() < 0.3:
        # Pilots' glasses narrow towards the nose below.
        outline[:, 0] *= np.where(outline[:, 1] < drop, 0.85, 1.0)
    side = canvas.side
    rim, lens = np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    lower_only, rimless = rng.random() < 0.1, rng.random() < 0.08

    def pixels(points: np.ndarray) -> np.ndarray:
        return np.round(16.0 * (view.project(points)[:, :2] - 0.5)).astype(np.int32)

    def line(points: np.ndarray, width: float, closed: bool = False) -> None:
        cv2.polylines(rim, [pixels(points)], closed, 1.0, max(1, round(width)), cv2.LINE_AA, 4)

    nose = [eye + (0.0, 0.0, 17.0) for eye in eyes]
    for number, (centre, ear) in enumerate(zip(nose, ears)):
        outer = -1.0 if number == 0 else 1.0
        shape = centre + outline * (outer, 1.0, 1.0)
        cv2.fillPoly(lens, [pixels(shape)], 1.0, cv2.LINE_AA, 4)
        if not rimless:
            half = shape[np.argsort(angle)[:25]] if lower_only else shape
            line(half, thick, not lower_only)
        hinge = centre + (outer * across, 0.4 * tall, -7.0)
        end = np.array([ear[0] * 1.02, hinge[1] + 3.0, ear[2]])
        if (view.rotation @ (outer, 0.0, 0.0))[2] > -0.25:
            line(np.stack([hinge, 0.5 * (hinge + end) + (outer * 4.0, 0.0, 0.0), end]), max(thick, 1.0 * unit))
    gap = [centre + (-outer * across, 0.3 * tall + drop, 0.0) for outer, centre in zip((-1.0, 1.0), nose)]
    line(np.stack([gap[0], 0.5 * (gap[0] + gap[1]) + (0.0, 3.0, 4.0), gap[1]]), thick)
    _lenses(canvas, lens, rng)
    tone = np.full(3, rng.uniform(0.0, 0.03)) if rng.random() < 0.6 else rng.uniform(0.0, 0.8, 3) ** 2
    light = float(np.mean(lamps.sky)) + rng.uniform(0.2, 0.7)
    canvas.cover(np.clip(rim, 0.0, 1.0), tone * light, GLASSES)
    if rng.random() < 0.5 and thick > 1.5:
        shine = np.roll(rim, (int(rng.integers(-1, 2)), 1), axis=(0, 1)) * rim
        canvas.cover(shine * rng.uniform(0.0, 0.3), np.ones(3), None)


def _lenses(canvas: Canvas, lens: np.ndarray, rng) -> None:
    row, column = np.mgrid[: canvas.side, : canvas.side].astype(np.float32)
    wave = rng.uniform(0.02, 0.12, 2)
    stripes = np.clip(np.sin(column * wave[0] + row * wave[1] + rng.uniform(0.0, 6.0)), 0.0, 1.0) ** 3
    kind = rng.choice(["clear", "tinted", "dark"], p=[0.62, 0.14, 0.24])
    if kind == "dark":
        down = np.linspace(rng.uniform(0.85, 1.0), rng.uniform(0.6, 1.0), canvas.side, dtype=np.float32)[:, None]
        canvas.cover(lens * down, rng.uniform(0.0, 0.35, 3) ** 2, GLASSES)
    elif kind == "tinted":
        # What shines through is still seen, but is not what the skin looks like.
        strength = rng.uniform(0.3, 0.6)
        canvas.cover(lens * strength, rng.uniform(0.0, 0.6, 3) ** 2, None)
        canvas.label[lens > 0.5] = GLASSES
    else:
        canvas.cover(lens * rng.uniform(0.0, 0.12), np.ones(3) * rng.uniform(0.1, 0.9), None)
    if rng.random() < 0.35:
        amount = lens * stripes * rng.uniform(0.1, 0.7)
        canvas.cover(amount, rng.uniform(0.6, 1.0, 3), None)
        canvas.label[amount > 0.45] = GLASSES


def add_covering(canvas: Canvas, view: View, bust: Bust, vertices, kind: str, lamps: Lamps, rng, noise: Noise) -> None:
    """A hat or cap, a headscarf, a band, or a mask over nose and mouth, as a layer over the skin."""
    rest = bust.rest
    if kind == "hat":
        tilt = rng.normal(0.0, 0.15)
        inside = rest[:, 1] - tilt * rest[:, 0] - 0.35 * np.maximum(rest[:, 2], -40.0) - rng.uniform(722.0, 765.0)
        thickness, steep = rng.uniform(5.0, 35.0), rng.uniform(5.0, 30.0)
    elif kind == "scarf":
        opening = (rest[:, :2] - (0.0, 715.0)) / (rng.uniform(58.0, 80.0), rng.uniform(80.0, 110.0))
        inside = 40.0 * (np.linalg.norm(opening, axis=1) - 1.0) + np.where(rest[:, 2] < 40.0, 60.0, 0.0)
        inside = np.where(rest[:, 1] > 560.0, inside, -1.0)
        thickness, steep = rng.uniform(5.0, 20.0), rng.uniform(5.0, 15.0)
    elif kind == "band":
        height = rest[:, 1] - 0.35 * rest[:, 2] - rng.uniform(735.0, 775.0)
        wide = rng.uniform(8.0, 25.0)
        inside = np.where(bust.ears > 0.3, -1.0, wide - np.abs(height - wide))
        thickness, steep = rng.uniform(2.0, 6.0), 3.0
    else:
        marks = bust.landmarks.evaluate(rest)
        top = marks[rng.choice([28, 29])][1]
        down = np.minimum(top - 0.25 * np.abs(rest[:, 0]) - rest[:, 1], rest[:, 1] - marks[8, 1] + 12.0)
        inside = np.where((rest[:, 2] > 25.0) & (np.abs(rest[:, 0]) < rng.uniform(52.0, 68.0)), down, -1.0)
        thickness, steep = rng.uniform(3.0, 10.0), 10.0
    body, normals = bust.skin_triangles, vertex_normals(vertices, bust.skin_triangles)
    bumps = np.clip(1.0 + 0.3 * noise(rest[:, 0] + rest[:, 2], rest[:, 1], 30.0), 0.2, 2.0)
    placed = vertices + normals * (2.0 + thickness * np.clip(inside / steep, 0.0, 1.0) * bumps)[:, None]
    uncovered_ears = (bust.ears[body] > 0.5).any(axis=1) & (kind != "scarf")
    chosen = body[(inside[body] > 0.0).all(axis=1) & ~uncovered_ears]
    meshes = [(placed, chosen)] if len(chosen) > 10 else []
    if kind == "hat" and rng.random() < 0.6 and meshes:
        meshes.append(_brim(placed, chosen, rng))
    for points, triangles in meshes:
        seen = fragments(view, points, Faces(triangles, len(points)), canvas.side)
        if not len(seen):
            continue
        upright = view.upright(points)
        where = seen.of_vertices(rest if len(points) == len(rest) else points)
        shown = seen.of_vertices(vertex_normals(upright, triangles))
        folds = [0.3 * noise(where[:, axis] + where[:, 2], where[:, 1], 8.0, 2.0) for axis in range(3)]
        shown = shown * np.where(shown[:, 2:] < 0.0, -1.0, 1.0) + np.stack(folds, axis=1)
        shown /= np.maximum(np.linalg.norm(shown, axis=1, keepdims=True), 1e-9)
        albedo = cloth(rng, noise, where[:, 0] + where[:, 2], where[:, 1])
        canvas.draw(
            seen, albedo * lamps.shading(seen.of_vertices(upright), shown), COVER if kind == "mask" else CLOTHES
        )
    canvas.darken_beside(COVER if kind == "mask" else CLOTHES, rng)


def _brim(placed: np.ndarray, triangles: np.ndarray, rng) -> tuple[np.ndarray, np.ndarray]:
    """A brim all around or a visor at the front, at the hat's lower edge."""
    points = placed[np.unique(triangles)]
    low = points[points[:, 1] < np.quantile(points[:, 1], 0.25)]
    middle = low.mean(axis=0)
    radii = np.abs(low[:, [0, 2]] - middle[[0, 2]]).max(axis=0)
    visor = rng.random() < 0.5
    angle = np.linspace(*((0.15 * np.pi, 0.85 * np.pi) if visor else (0.0, 2.0 * np.pi)), 40)
    ring = np.stack([np.cos(angle) * radii[0], np.zeros(40), np.sin(angle) * radii[1]], axis=1)
    front = points[points[:, 2] > np.quantile(points[:, 2], 0.9)]
    middle = middle * (1, 0, 1) + (0.0, np.quantile(front[:, 1], 0.1), 0.0)
    wide = rng.uniform(25.0, 75.0) * np.sin(np.linspace(0.0, np.pi, 40)) ** 0.5 if visor else rng.uniform(20.0, 70.0)
    outer = ring * (1.0 + (wide / radii.mean() * np.ones(40))[:, None]) + (0.0, rng.uniform(-25.0, 8.0), 0.0)
    vertices = np.concatenate([middle + ring, middle + outer])
    k = np.arange(39)
    return vertices, np.concatenate([np.stack([k, k + 1, k + 41], 1), np.stack([k, k + 41, k + 40], 1)])
