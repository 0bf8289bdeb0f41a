"""Fit to Photo and Project Texture in Blender with the real backend, from landmarks of a known head."""

from __future__ import annotations

import json
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix

SIZE = (640, 480)
COLOUR = (0.2, 0.6, 0.4)


def positions(vertices) -> np.ndarray:
    values = np.empty(3 * len(vertices), np.float32)
    vertices.foreach_get("co", values)
    return values.reshape(-1, 3).astype(np.float64)


def in_world(obj) -> np.ndarray:
    """(V, 3) evaluated vertices in the world, metres."""
    bpy.context.view_layer.update()
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    matrix = np.array(evaluated.matrix_world, np.float64)
    return positions(evaluated.data.vertices) @ matrix[:3, :3].T + matrix[:3, 3]


def seen(camera, points) -> np.ndarray:
    """(N, 2) pixels at which Blender draws (N, 3) world points in a picture of SIZE."""
    bpy.context.view_layer.update()
    projection = camera.calc_matrix_camera(bpy.context.evaluated_depsgraph_get(), x=SIZE[0], y=SIZE[1])
    clipped = np.c_[points, np.ones(len(points))] @ np.array(projection @ camera.matrix_world.inverted(), np.float64).T
    return (0.5 + 0.5 * clipped[:, :2] / clipped[:, 3:] * (1.0, -1.0)) * SIZE


@pytest.fixture
def landmarks(addon):
    """`landmarks(vertices)` gives names and points of the 51 landmarks on the FLAME head."""
    with np.load(Path(addon("paths").ASSETS_FOLDER) / "flame_topology.npz", allow_pickle=False) as stored:
        names, weights = stored["landmarks_51_names"].tolist(), stored["landmarks_51_weights"]
        places = stored["landmarks_51_vertices"]
    return lambda vertices: (names, np.einsum("nk,nkx->nx", weights, vertices[places]))


@pytest.fixture
def known(addon, landmarks):
    """A photo in the panel, of one colour all over, with the landmarks of a known head: their names and pixels."""
    bpy.ops.headbridge.add_rigged_head(model="open-flame", identity_count=20, expression_count=5)
    known = bpy.context.object
    known.data.shape_keys.key_blocks["identity001"].value = 1.0
    names, points = landmarks(in_world(known))
    data = bpy.data.cameras.new("Taken")
    data.lens, data.sensor_width, data.sensor_fit = 60.0, 36.0, "HORIZONTAL"
    taken = bpy.data.objects.new("Taken", data)
    bpy.context.scene.collection.objects.link(taken)
    # Before the face, somewhat to its left and above.
    taken.matrix_world = (
        Matrix.Rotation(0.35, 4, "Z") @ Matrix.Translation((0.0, -0.8, 0.1)) @ Matrix.Rotation(1.45, 4, "X")
    )
    bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = SIZE
    pixels = seen(taken, points)
    assert pixels.min() > 0.0 and (pixels < SIZE).all()

    image = bpy.data.images.new("Plain", *SIZE)
    image.pixels.foreach_set(np.tile(np.float32((*COLOUR, 1.0)), SIZE[0] * SIZE[1]))
    module = addon("photo.photo_camera")
    placed = module.new_camera("Placed", module.usual_view(SIZE), image, {"source": None}, bpy.context.scene)
    bpy.context.scene.collection.objects.link(placed)
    addon("photo.landmark_points").add(placed, names, pixels, bpy.context.scene.collection, exact=names)
    item = bpy.context.scene.headbridge.fits.photos.add()
    item.image, item.camera = image, placed
    return names, pixels


def test_a_known_head_from_its_landmarks(addon, landmarks, known):
    names, pixels = known
    assert bpy.ops.headbridge.fit_photo(model="open-flame", landmarks_only=True) == {"FINISHED"}
    head = bpy.context.object
    (camera,) = addon("photo.photo_camera").cameras_of(addon("rig.rigged_head").find(head))
    # The fitted head, seen through the camera in Blender, has the landmarks where they were given and reported.
    _names, points = landmarks(in_world(head))
    found = seen(camera, points)
    reported = json.loads(head["headbridge_fit"])["views"][0]["landmarks"]
    order = [reported["names"].index(name) for name in names]
    np.testing.assert_allclose(found, np.array(reported["projected"])[order], atol=0.1)
    eyes = np.linalg.norm(pixels[names.index("left eye outer corner")] - pixels[names.index("right eye outer corner")])
    assert np.linalg.norm(found - pixels, axis=1).mean() < 0.015 * eyes

    assert bpy.ops.headbridge.project_texture(size=256) == {"FINISHED"}
    texture, coverage = head.headbridge.texture, head.headbridge.coverage
    values, seen_texels = (np.array(shown.pixels[:]).reshape(256, 256, -1) for shown in (texture, coverage))
    inside = seen_texels[:, :, 0] == 1.0
    assert 0.1 < inside.mean() < 0.7
    assert np.abs(values[inside][:, :3] - COLOUR).max() < 1.5 / 255.0


def colours(image) -> np.ndarray:
    """(H, W, 3), row 0 at the top, in 255ths."""
    values = np.array(image.pixels[:], np.float32).reshape(image.size[1], image.size[0], -1)
    return 255.0 * values[::-1, :, :3]


@pytest.mark.parametrize("kind", ["space", "generator"])
def test_sliders_begin_where_the_fit_ended(addon, known, small_generator, kind):
    texture = "open" if kind == "space" else small_generator
    settings = {"model": "open-flame", "size": 256, "working_size": 128, "iterations": 1, "texture": texture}
    assert bpy.ops.headbridge.fit_photo(**settings) == {"FINISHED"}
    head = bpy.context.object
    image, told = head.headbridge.texture, json.loads(head["headbridge_fit"])["texture_model"]
    state, count = image.headbridge, len(image.headbridge.coefficients)
    assert [each.name for each in state.coefficients] == told["labels"] and state.kind == kind
    assert count == (38 if kind == "space" else 8)
    np.testing.assert_allclose([each.value for each in state.coefficients], told["coefficients"], atol=1e-6)
    own, follow = colours(image), addon("texture.follow")

    def followed():
        follow._begin(image)
        while follow._tick() is not None:
            time.sleep(0.01)
        assert not follow.problem(image) and addon("texture.live").is_up_to_date(image)

    with follow.held():
        state.coefficients[0].value -= 1.5
    followed()
    moved = colours(image) - own
    skin = own.min(axis=2) > 30.0
    assert np.abs(moved[skin]).mean() > 3.0
    if kind == "space":
        # The neighbour has the whole of the fit's detail: what changed is broad.
        steps = np.abs(np.diff(moved, axis=1))[skin[:, 1:] & skin[:, :-1]]
        assert np.median(steps) < 0.2 * np.abs(moved[skin]).mean()
    np.testing.assert_allclose(colours(state.original), own, atol=0.01)
    with follow.held():
        bpy.ops.headbridge.texture_as_fitted()
    followed()
    np.testing.assert_allclose(colours(image), own, atol=0.01)


def test_command_line_through_blender(addon, tmp_path, capfd):
    assert addon("command").run(["fit-photo", str(tmp_path / "none.png"), "-o", str(tmp_path / "fit")]) == 2
    assert "none.png" in capfd.readouterr().err
