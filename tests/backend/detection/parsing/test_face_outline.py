import numpy as np
import pytest

from headbridge.detection.crops import Crop
from headbridge.detection.parsing.classes import BACKGROUND, CLASSES, HAIR, SKIN
from headbridge.detection.parsing.face_outline import face_outline
from headbridge.detection.parsing.parse import FaceParse

SIDE, RADIUS = 176, 50.0


def parse_of_a_disc(crop: Crop) -> FaceParse:
    """A disc of skin in the crop's middle, hair on its left, background elsewhere."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    inside = np.clip(RADIUS - np.hypot(x - SIDE / 2, y - SIDE / 2) + 0.5, 0.0, 1.0)
    chances = np.zeros((len(CLASSES), SIDE, SIDE), np.float32)
    chances[SKIN] = inside
    chances[HAIR] = (1.0 - inside) * (x < SIDE / 2 - 20)
    chances[BACKGROUND] = 1.0 - inside - chances[HAIR]
    return FaceParse(chances, crop, (400, 400))


@pytest.mark.parametrize("angle", [0.0, 40.0])
def test_the_outline_is_that_of_the_skin_against_the_background(angle):
    crop = Crop((180.0, 220.0), 264.0, angle=angle, size=SIDE)
    low = crop.to_picture(np.full((478, 2), (SIDE / 2, SIDE / 2 + 30.0)))
    points, normals = face_outline(parse_of_a_disc(crop), low)
    away = points - (180.0, 220.0)
    distance = np.linalg.norm(away, axis=1)
    assert len(points) > 20
    assert np.abs(distance - RADIUS * 264.0 / SIDE).max() < 1.5
    assert (np.einsum("nd,nd->n", away, normals) / distance).min() > 0.97
    # Not beside the hair, and not below the chin.
    placed = away @ crop.matrix[:, :2].T / crop.scale
    assert placed[:, 0].min() > -30.0 * 1.5 and placed[:, 1].max() < 31.0 * 1.5


def test_without_a_person_there_is_none():
    chances = np.zeros((len(CLASSES), SIDE, SIDE), np.float32)
    chances[BACKGROUND] = 1.0
    points, normals = face_outline(
        FaceParse(chances, Crop((50.0, 50.0), 90.0, size=SIDE), (100, 100)), np.zeros((478, 2))
    )
    assert points.shape == normals.shape == (0, 2)
