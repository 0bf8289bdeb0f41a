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


def test_the_inner_side_is_dark_unless_both_are_lit():
    turned = Mesh.from_faces(CORNERS, [[3, 2, 1, 0]])
    middle = (32, 32)
    outside, inside, both = (
        scene.render(FRONT)[middle].sum() for scene in (Scene(SQUARE), Scene(turned), Scene(turned, two_sided=True))
    )
    assert inside < 0.1 * outside and both == outside
