"""Pictures of a head in a studio: from all sides, and under lights that its photo did not have."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from ...mesh import Mesh
from ...progress import Progress
from ...render.lighting import SH_CONSTANTS
from .pictures import eight_bits
from .posed_photo import PosedPhoto
from .rendering import PhotoRender
from .texels import PaintedTexture

# Where the turntable stops, degrees; pixels along a side and samples along a pixel's, mm to the camera, and how much of
# the picture is left free.
_YAWS = (-90, -45, 0, 45, 90, 180)
_SIDE, _SAMPLES, _DISTANCE, _MARGIN = 400, 2, 900.0, 0.96
# The backdrop at top and bottom, and what lies behind the skin (of a mouth without a lining); sRGB.
_CEILING, _FLOOR, _INSIDE = (0.36, 0.38, 0.41), (0.20, 0.21, 0.23), (0.16, 0.08, 0.07)
# Soft light from the upper left before the head, by `render.sh_basis`.
_PLASTER = (0.70, 0.71, 0.73)
_STUDIO = np.zeros((9, 3))
_STUDIO[:4] = np.array([2.45, -0.20, 0.20, 0.30])[:, None]
# Other lights: where they come from, how much of the shading has a direction, and their colour.
_LAMPS = (
    ((-0.85, 0.25, 0.45), 0.50, (1.05, 0.97, 0.88)),
    ((0.85, 0.25, 0.45), 0.50, (0.92, 0.98, 1.06)),
    ((0.0, 0.95, 0.30), 0.45, (1.0, 1.0, 1.0)),
)
_AMBIENT = 0.52


@dataclass(frozen=True, eq=False)
class StudioHead:
    """A head upright in the studio. vertices : (V, 3) mm. template : its faces. openness : as `PosedPhoto` has it."""

    vertices: np.ndarray
    template: Mesh
    texture: PaintedTexture
    openness: np.ndarray | None = None

    def turntable(self, progress: Progress = Progress()) -> np.ndarray:
        """(2 * 400, 6 * 400, 3) uint8 sRGB from six sides: a row with its texture, one with its shape alone."""
        textures = (torch.from_numpy(self.texture.picture)[None], torch.tensor(_PLASTER)[None, None, None])
        rows = [[], []]
        for number, yaw in enumerate(_YAWS):
            progress.report(number / len(_YAWS), "Taking pictures")
            render, behind = self._seen_from(yaw)
            for row, texture in zip(rows, textures, strict=True):
                row.append(_picture(render, texture, behind))
        return eight_bits(np.concatenate([np.concatenate(row, axis=1) for row in rows]))

    def relit(self) -> np.ndarray:
        """(400, 3 * 400, 3) uint8 sRGB from the front: warm light from the picture's left, cool light from its right,
        light from above. What is left of the photo's own light shows here."""
        texture = torch.from_numpy(self.texture.picture)[None]
        render, behind = self._seen_from(0)
        pictures = []
        for lamp in _LAMPS:
            render.relight(_lamp(*lamp))
            pictures.append(_picture(render, texture, behind))
        return eight_bits(np.concatenate(pictures, axis=1))

    def _seen_from(self, yaw: float) -> tuple[PhotoRender, np.ndarray]:
        """The head under the studio's light, and (800, 800, 3) sRGB of what lies behind its skin."""
        mesh = self.texture.packed(self.template)
        centred = self.vertices - 0.5 * (self.vertices.min(axis=0) + self.vertices.max(axis=0))
        focal = 0.5 * _SIDE * _DISTANCE / (_MARGIN * np.linalg.norm(centred, axis=1).max())
        pixels, middle = _SIDE * _SAMPLES, _SIDE / 2
        matrix = np.diag([_SAMPLES, _SAMPLES, 1.0]) @ [[focal, 0.0, middle], [0.0, focal, middle], [0.0, 0.0, 1.0]]
        turn, height = np.radians(yaw), np.linspace(1.0, 0.0, pixels)[:, None, None]
        # The camera goes to the head's left, so the head turns to its right.
        axes = [[np.cos(turn), 0.0, -np.sin(turn)], [0.0, 1.0, 0.0], [np.sin(turn), 0.0, np.cos(turn)]]
        placed = centred @ np.transpose(axes) - (0.0, 0.0, _DISTANCE)
        backdrop = height * np.array(_CEILING) + (1.0 - height) * np.array(_FLOOR)
        backdrop = np.repeat(backdrop.astype(np.float32), pixels, axis=1)
        render = PhotoRender(PosedPhoto(backdrop, placed, matrix, _STUDIO, openness=self.openness), mesh)
        return render, np.where((render.triangle >= 0)[..., None], np.array(_INSIDE, np.float32), backdrop)


def _picture(render: PhotoRender, texture: torch.Tensor, behind: np.ndarray) -> np.ndarray:
    """(400, 400, 3) sRGB with a (1, H, W, 3) texture."""
    return cv2.resize(render.over(render.colours(texture), behind), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)


def _lamp(direction: tuple[float, ...], strength: float, colour: tuple[float, ...]) -> np.ndarray:
    """(9, 3) light of which `strength` comes from a direction, and the rest from everywhere."""
    light = np.zeros((9, 3))
    light[0] = _AMBIENT / SH_CONSTANTS[0]
    light[1:4] = (
        strength / SH_CONSTANTS[1] * np.array(direction)[:, None] / np.linalg.norm(direction) * np.array(colour)
    )
    return light
