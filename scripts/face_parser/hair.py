"""Hair in several ways: on the scalp, as a thick layer, as MakeHuman's meshes, and as single locks drawn over the face."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from strangers.hair import fitted_hair

from headbridge.detection.parsing.classes import EYE, HAIR
from headbridge.mesh.normals import vertex_normals
from headbridge.render import Faces

from .canvas import Canvas, Fragments, View, fragments
from .lamps import Lamps
from .noise import Noise
from .parts import HAIR_STYLES, Bust, hair_faces

# Linear albedo, and how common it is: black, browns, blonds, red, greys, dyed.
_TONES = (
    ((0.006, 0.005, 0.004), 0.2),
    ((0.012, 0.008, 0.006), 0.15),
    ((0.03, 0.016, 0.009), 0.13),
    ((0.07, 0.035, 0.018), 0.1),
    ((0.15, 0.08, 0.035), 0.1),
    ((0.32, 0.2, 0.09), 0.09),
    ((0.55, 0.4, 0.2), 0.07),
    ((0.16, 0.04, 0.012), 0.05),
    ((0.2, 0.19, 0.18), 0.05),
    ((0.55, 0.53, 0.5), 0.03),
    ((0.25, 0.015, 0.04), 0.015),
    ((0.04, 0.06, 0.2), 0.015),
)
# Hair grows from the scalp down at the front, where rest positions are before and above these, mm.
_FRONT, _ABOVE_EYES = 20.0, 700.0


class Hair:
    """The hair of one person: albedo, contrast between strands, and where it grows."""

    def __init__(self, rng: np.random.Generator, noise: Noise):
        self._rng, self._noise = rng, noise
        tones, shares = zip(*_TONES)
        tone = np.array(tones[rng.choice(len(tones), p=shares)])
        self.albedo = np.clip(tone * rng.uniform(0.5, 1.6) * np.exp(0.1 * rng.standard_normal(3)), 0.003, 0.9)
        self.contrast = rng.uniform(0.15, 0.6)
        self._fine = rng.uniform(0.5, 1.4)
        kind = rng.choice(["plain", "fringe", "parted", "high"], p=[0.4, 0.27, 0.2, 0.13])
        low, high = {"plain": (-12, 12), "fringe": (10, 55), "parted": (0, 30), "high": (-45, -10)}[kind]
        self._low, self._slope = rng.uniform(low, high), 35.0 * rng.choice([-1.0, 1.0]) * (kind == "parted")
        self._rough = rng.uniform(1.0, 12.0) * (2.0 if kind == "fringe" else 1.0)
        self._sideburn = rng.uniform(10.0, 50.0) if rng.random() < 0.35 else 0.0

    def growth(self, bust: Bust, rest: np.ndarray, hair_line: np.ndarray) -> np.ndarray:
        """(N,) mm inside of the area where hair grows, negative outside; rest : (N, 3) places on the base head."""
        x, none = rest[:, 0] + 500.0, np.zeros(len(rest))
        lower = self._low + self._slope * np.clip(rest[:, 0] / 60.0 - 0.2, -1.0, 1.0)
        for size, share in ((2.5, 1.0), (7.0, 1.0), (30.0, 0.5)):
            lower = lower + share * self._rough * self._noise(x, none, size)
        front = (rest[:, 2] > _FRONT) & (rest[:, 1] > _ABOVE_EYES)
        grown = hair_line + np.where(front, lower, 0.0)
        if self._sideburn:
            jaw = bust.landmarks.subset([0, 1, 16, 15]).evaluate(bust.rest)
            for top, below in (jaw[:2], jaw[2:]):
                down = top[1] + 25.0 - rest[:, 1]
                beside = np.abs(
                    rest[:, 2] - np.interp(rest[:, 1], *np.sort([[below[1], below[2]], [top[1], top[2]]], 0).T)
                )
                same_side = rest[:, 0] * top[0] > 0.0
                lock = 7.0 - beside - np.maximum(down - self._sideburn - 25.0, 0.0)
                grown = np.where(same_side & (down > 0.0), np.maximum(grown, lock), grown)
        return grown

    def _strands(self, across: np.ndarray, along: np.ndarray) -> np.ndarray:
        """(N,) brightness of strands that run along, mm; mean 1."""
        fine = self._noise(across, along, 0.9 / self._fine, 30.0) + self._noise(across, along, 2.2 / self._fine, 20.0)
        return np.clip(np.exp(self.contrast * 0.7 * fine + 0.2 * self._noise(across, along, 20.0, 0.5)), 0.15, 4.0)

    def _scalp_strands(self, rest: np.ndarray) -> np.ndarray:
        around = np.arctan2(rest[:, 0], rest[:, 2] + 30.0) * 60.0
        down = np.hypot(rest[:, 0], rest[:, 2]) * 0.7 + rest[:, 1]
        return self._strands(around + 4.0 * self._noise(around, down, 25.0), down)

    def on_scalp(self, bust: Bust, seen: Fragments, rest: np.ndarray, shading, rgb, label, thin: bool) -> None:
        """Paint hair that lies on the skin into the fragments' rgb (N, 3) and label (N,). thin : it is sparse or short, so
        that skin shines through."""
        rng = self._rng
        grown = self.growth(bust, rest, seen.of_vertices(bust.hair_line))
        soft = rng.uniform(3.0, 40.0) if thin else 3.0
        ragged = self._noise(rest[:, 0], rest[:, 1], 1.5, 3.0)
        alpha = np.clip(grown / soft + 0.5 + 0.3 * ragged, 0.0, 1.0) * (rng.uniform(0.5, 1.0) if thin else 1.0)
        alpha *= (seen.of_vertices(bust.ears) < 0.3) & (label != EYE)
        strands = self._scalp_strands(rest)
        if thin:
            # Single hairs before skin.
            alpha = np.clip(alpha * np.clip(1.4 - 0.5 * np.log(strands), 0.3, 1.6), 0.0, 1.0)
        rgb += alpha[:, None] * (self.albedo * (strands * 1.2)[:, None] * shading - rgb)
        label[alpha > (0.35 if thin else 0.5)] = HAIR

    def layer(self, canvas: Canvas, view: View, bust: Bust, vertices: np.ndarray, lamps: Lamps) -> None:
        """A layer of some thickness over the scalp, with a ragged edge."""
        rng = self._rng
        grown = self.growth(bust, bust.rest, bust.hair_line)
        over_ears = rng.random() < 0.3
        body, normals = bust.skin_triangles, vertex_normals(vertices, bust.skin_triangles)
        if over_ears:
            grown = np.maximum(grown, np.where(bust.ears > 0.5, 4.0, -1e3))
        thickness = rng.uniform(4.0, 38.0) * np.clip(grown / rng.uniform(10.0, 35.0), 0.0, 1.0)
        bumps = 1.0 + 0.35 * self._noise(bust.rest[:, 0] + bust.rest[:, 2], bust.rest[:, 1], 40.0)
        placed = vertices + normals * (thickness * np.clip(bumps, 0.2, 2.0))[:, None]
        inside = (grown[body] > 0.0).all(axis=1) & ((bust.ears[body] < 0.5).all(axis=1) | over_ears)
        if inside.sum() < 20:
            return
        triangles = body[inside]
        seen = fragments(view, placed, Faces(triangles, len(placed)), canvas.side)
        if not len(seen):
            return
        rest = seen.of_vertices(bust.rest)
        strands = self._scalp_strands(rest)
        edge = seen.of_vertices(grown)
        keep = np.clip((edge - 4.0 + 5.0 * self._noise(rest[:, 0], rest[:, 1], 1.5, 6.0)) / 8.0 + 0.5, 0.0, 1.0)
        self._draw(canvas, view, seen, placed, triangles, strands, lamps, keep, 1.0)

    def mesh(self, canvas: Canvas, view: View, data: Path, style: str, placed: np.ndarray, lamps: Lamps) -> None:
        """One of MakeHuman's hair meshes, whose strips show strands with gaps."""
        rng = self._rng
        faces, uvs = hair_faces(data, style)
        triangles = faces.triangles.numpy()
        # Layers behind the gaps of the nearer ones.
        group = (
            rng.integers(0, 3, len(triangles))
            if rng.random() < 0.5
            else np.arange(len(triangles)) * 3 // len(triangles)
        )
        gaps, pitch = rng.uniform(-1.6, -0.2), rng.uniform(60.0, 160.0)
        for number in range(3):
            part = triangles[group == number]
            seen = fragments(view, placed, Faces(part, len(placed)), canvas.side)
            if not len(seen):
                continue
            uv = seen.of_corners(uvs[group == number][seen.numbers])
            strands = self._strands(uv[:, 0] * 2.0 * pitch, uv[:, 1] * 60.0)
            open_ = self._noise(uv[:, 0] * pitch, uv[:, 1] * 100.0, 1.6, 8.0) + 0.6 * self._noise(
                uv[:, 0] * pitch, uv[:, 1] * 100.0, 5.0, 3.0
            )
            self._draw(canvas, view, seen, placed, part, strands, lamps, np.clip((open_ - gaps) * 2.5 + 0.5, 0, 1), 3.0)

    def placed(self, data: Path, positions: np.ndarray) -> tuple[str, np.ndarray]:
        """A style and its vertices on a person, a little swollen, ruffled, perhaps mirrored."""
        rng = self._rng
        style = str(rng.choice(HAIR_STYLES))
        points = np.array(fitted_hair(data, style, positions).vertices)
        middle = np.array([0.0, 750.0, 20.0])
        points = middle + (points - middle) * (1.0 + rng.uniform(-0.01, 0.07))
        ruffled = [self._noise(points[:, 1] + 100.0 * axis, points[:, 0] + points[:, 2], 25.0) for axis in range(3)]
        points += rng.uniform(0.0, 5.0) * np.stack(ruffled, axis=1)
        if rng.random() < 0.5:
            points[:, 0] *= -1.0
        return style, points

    def _draw(self, canvas, view, seen, placed, triangles, strands, lamps, alpha, nearer: float) -> None:
        upright = view.upright(placed)
        normals = seen.of_vertices(vertex_normals(upright, triangles))
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        normals *= np.where(normals[:, 2:] < 0.0, -1.0, 1.0)
        shading = lamps.shading(seen.of_vertices(upright), normals)
        shine = self._rng.uniform(0.0, 0.06) * lamps.gloss(normals, 12.0) * (strands**2)[:, None]
        canvas.draw(seen, self.albedo * strands[:, None] * shading + shine, HAIR, alpha, nearer)

    def locks(self, canvas: Canvas, points: np.ndarray, unit: float) -> None:
        """Locks before the sides of the face or across the forehead, as many drawn hairs. points : (68, 2) landmarks in
        the picture; unit : pixels of the width between the outer eye corners."""
        rng, middle = self._rng, points[27]
        for _ in range(rng.integers(1, 5)):
            side = rng.choice([-1.0, 1.0])
            root = middle + unit * np.array([side * rng.uniform(-0.3, 0.7), -rng.uniform(0.9, 1.3)])
            if rng.random() < 0.65:
                end = middle + unit * np.array([side * rng.uniform(0.7, 1.3), rng.uniform(0.2, 2.2)])
                bend = middle + unit * np.array([side * rng.uniform(0.55, 1.15), rng.uniform(-0.5, 0.2)])
            else:
                end = middle + unit * np.array([side * rng.uniform(-0.4, 0.9), -rng.uniform(0.0, 0.5)])
                bend = 0.5 * (root + end) + unit * rng.normal(0.0, 0.15, 2)
            width = unit * rng.uniform(0.015, 0.25)
            depth = rng.uniform(0.6, 1.4)
            share = np.linspace(0.0, 1.0, 14)[:, None]
            for offset in np.sort(rng.normal(size=int(np.clip(width * rng.uniform(0.8, 3.5), 2, 140)))):
                apart = np.array([0.5 * offset * width, rng.normal(0.0, 0.02 * unit)])
                curve = (1 - share) ** 2 * (root + 0.6 * apart) + 2 * share * (1 - share) * (bend + apart)
                curve = curve + share**2 * (end + apart * rng.uniform(0.6, 1.6) + rng.normal(0.0, 0.04 * unit, 2))
                colour = np.clip(self.albedo * depth * np.exp(self.contrast * rng.standard_normal()), 0.0, 1.0)
                thick, line = int(rng.choice([1, 1, 2, 3])), [np.round(16.0 * curve).astype(np.int32)]
                cv2.polylines(canvas.rgb, line, False, tuple(colour.tolist()), thick, cv2.LINE_AA, 4)
                cv2.polylines(canvas.label, line, False, HAIR, thick, cv2.LINE_8, 4)
