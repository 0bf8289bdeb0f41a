"""Colours of eyes and teeth as photos show them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from headbridge.fitting.photo.inner_parts import TEETH_COLOUR
from headbridge.fitting.photo.job import DETECTED, PhotoLandmarks
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.fitting.photo.seen_face import SeenFace
from headbridge.fitting.photo.tones import eye_colours, teeth_colour
from headbridge.fitting.photo.view import Screen
from headbridge.texture.atlas.eye_colours import EyeColours
from headbridge.texture.atlas.painted_eyes import paint_eyes
from headbridge.topologies import load_topology

from .painted_heads import PaintedHead, soft_light

SIZE = 768
BLUE = EyeColours((0.30, 0.42, 0.55), (0.84, 0.80, 0.78), 6.1)


@dataclass
class Told:
    """A parse that says where eyes are."""

    eyes: np.ndarray

    def chance(self, classes) -> np.ndarray:
        return self.eyes


@pytest.fixture(scope="module")
def scene():
    """A lit head with eyes of known colours, the irises' points, and which pixels show the eyes."""
    head, topology = PaintedHead("flame"), load_topology("flame")
    paint_eyes(head.picture, np.zeros(head.layout.shape), head.layout.raster, head.layout.packed, topology, BLUE)
    photo = head.photo(0.0, soft_light(), SIZE)
    render = PhotoRender(photo, head.layout.packed)
    balls = [topology.regions[f"{side}_eyeball"] for side in ("right", "left")]
    eyes = np.append(np.any(balls, axis=0)[head.layout.packed.triangles].all(axis=1), False)[render.triangle]
    points = []
    for ball in balls:
        vertices = photo.vertices[ball]
        middle, radius = 0.5 * (vertices.min(axis=0) + vertices.max(axis=0)), 0.5 * np.ptp(vertices[:, 1])
        across, ahead = BLUE.iris_radius, np.sqrt(radius**2 - BLUE.iris_radius**2)
        ring = [(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1)]
        points += [photo.projected((middle + (across * x, across * y, ahead))[None])[0, :2] for x, y in ring]
    face = SeenFace(
        "eyes", photo.pixels, Screen.whole(SIZE, SIZE), PhotoLandmarks(np.array(points), np.arange(468, 478), DETECTED)
    )
    return face, photo, render, Told(eyes.astype(np.float32))


def test_the_colours_of_painted_eyes_are_found_again(scene):
    face, photo, render, told = scene
    found = eye_colours([face], [photo], [render], [told])
    np.testing.assert_allclose(found.iris, BLUE.iris, atol=0.05)
    np.testing.assert_allclose(found.white, BLUE.white, atol=0.04)
    assert abs(found.iris_radius - BLUE.iris_radius) < 0.2


def test_glints_and_what_no_parser_calls_an_eye_do_not_count(scene):
    face, photo, render, told = scene
    pixels = np.array(face.pixels)
    for middle in face.landmarks.points[[0, 5]].astype(int):
        pixels[middle[1] - 2 : middle[1], middle[0] + 2 : middle[0] + 5] = 1.0
    glinting = eye_colours([replace(face, pixels=pixels)], [replace(photo, pixels=pixels)], [render], [told])
    np.testing.assert_allclose(glinting.iris, BLUE.iris, atol=0.05)
    assert eye_colours([face], [photo], [render], [Told(0.0 * told.eyes)]).iris == EyeColours().iris


def test_teeth_take_the_colour_between_the_lips_and_without_any_the_usual_one(scene):
    _, photo, render, _ = scene
    triangles = np.zeros(int(render.triangle.max()) + 1, bool)
    triangles[:3000] = True
    yellow = np.float32((0.80, 0.74, 0.58))
    pixels = np.where(render.covered[..., None], yellow * render.shading, 0.0).astype(np.float32)
    mouth = replace(photo, pixels=pixels, weights=np.ones((SIZE, SIZE), np.float32))
    np.testing.assert_allclose(teeth_colour([mouth], [render], triangles), yellow, atol=0.02)
    none = replace(mouth, weights=np.zeros((SIZE, SIZE), np.float32))
    assert np.array_equal(teeth_colour([none], [render], triangles), TEETH_COLOUR)
