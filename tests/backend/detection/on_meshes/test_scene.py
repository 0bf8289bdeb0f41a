"""Pictures of surfaces with known colours."""

import numpy as np

from headbridge.detection.on_meshes.camera import Camera
from headbridge.detection.on_meshes.scene import Scene, texture_colours
from headbridge.images import Image
from headbridge.mesh import Mesh
from headbridge.spatial import SurfaceHits

# The square -1..1 in the plane z = 0, whose layout is all of 0..1.
CORNERS = np.array([[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]])
SQUARE = Mesh.from_faces(CORNERS, [[0, 1, 2, 3]], uvs=np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32))
FRONT = Camera(np.eye(3), np.zeros(3), 2.0, 64)


def at(x: float, y: float) -> SurfaceHits:
    first = y <= x
    weights = [(1 - x) / 2, (x - y) / 2, (1 + y) / 2] if first else [(1 - y) / 2, (1 + x) / 2, (y - x) / 2]
    return SurfaceHits(np.array([[x, y, 0.0]]), np.array([0 if first else 1]), np.array([weights]), np.ones(1))


def test_a_texture_is_read_bilinearly_with_its_first_row_on_top():
    pixels = np.zeros((2, 2, 3), np.float32)
    pixels[0, 0], pixels[1, 1] = (1, 0, 0), (0, 1, 0)
    colours = texture_colours(SQUARE, Image(pixels))
    assert np.allclose(colours(at(-0.5, 0.5)), [[1, 0, 0]]) and np.allclose(colours(at(0.5, -0.5)), [[0, 1, 0]])
    assert np.allclose(colours(at(0.0, 0.0)), [[0.25, 0.25, 0]])


def test_grey_textures_are_grey():
    colours = texture_colours(SQUARE, Image(np.full((4, 4, 1), 0.3, np.float32)))
    assert np.allclose(colours(at(0.2, 0.1)), [[0.3, 0.3, 0.3]])


def test_the_square_fills_the_middle_half_of_the_picture():
    picture, hits = Scene(SQUARE, texture_colours(SQUARE, Image(np.full((4, 4, 3), 0.3, np.float32)))).unlit(FRONT)
    inside = np.zeros((64, 64), bool)
    inside[16:48, 16:48] = True
    assert np.array_equal(hits.hit.reshape(64, 64), inside)
    assert np.allclose(picture[hits.hit], 0.3)


def test_the_inner_side_is_dark_in_colours_and_in_clay():
    turned = Mesh.from_faces(CORNERS, [[3, 2, 1, 0]])
    for outside, inside in (
        (Scene(SQUARE), Scene(turned)),
        (Scene.as_clay(SQUARE, 0.5), Scene.as_clay(turned, 0.5)),
    ):
        bright, dark = outside.render(FRONT)[32, 32], inside.render(FRONT)[32, 32]
        assert dark.sum() < 0.4 * bright.sum() and (outside.render(FRONT)[2, 2] == inside.render(FRONT)[2, 2]).all()


def test_clay_under_open_sky_has_the_light_of_its_three_lamps():
    """A square seen from the front: the lamps' cosines, weighed by their strengths, on the skin's colour."""
    shown = Scene.as_clay(SQUARE, 0.5).render(FRONT)[32, 32] / 255.0
    lamps = [((-0.6, 0.5, 0.7), 0.6), ((0.8, 0.1, 0.6), 0.3), ((0.0, 1.0, 0.1), 0.15)]
    light = 0.35 + 0.65 * sum(strength * d[2] / np.linalg.norm(d) for d, strength in lamps)
    np.testing.assert_allclose(shown, light * np.array((0.80, 0.62, 0.53)), atol=0.5 / 255 + 1e-6)
