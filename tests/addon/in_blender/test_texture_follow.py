"""Textures that follow their sliders beside the main thread, as with a window, with the fake worker."""

from __future__ import annotations

import time

import bpy
import numpy as np
import pytest


def colour(image) -> tuple:
    """The first pixel, in 255ths."""
    return tuple(np.rint(255.0 * np.array(image.pixels[:3])).astype(int).tolist())


@pytest.fixture
def texture(fake_worker):
    """`texture(space)` gives the active FLAME head a texture of it."""
    fake_worker("answer")
    bpy.ops.headbridge.add_head(kind="FLAME")

    def make(space: str):
        assert bpy.ops.headbridge.new_texture(space=space) == {"FINISHED"}
        return bpy.context.object.headbridge.texture

    return make


@pytest.fixture
def followed(addon):
    """`followed(image, values)` moves coefficients and lets the image follow as Blender's timers do with a window."""
    follow = addon("texture.follow")

    def to_the_end(image, **values):
        with follow.held():
            for number, value in values.items():
                image.headbridge.coefficients[int(number[1:])].value = value
        follow._begin(image)
        end = time.monotonic() + 30.0
        while follow._tick() is not None:
            assert time.monotonic() < end
            time.sleep(0.005)

    yield to_the_end
    follow.stop()
    if bpy.app.timers.is_registered(follow._tick):
        bpy.app.timers.unregister(follow._tick)


def test_components_that_are_not_here_are_read_by_the_way(texture, followed, addon):
    image = texture("open")
    addon("texture.basis").forget()
    followed(image, k0=2.0, k4=-1.0)
    assert colour(image) == (178, 102, 128) and addon("texture.live").is_up_to_date(image)
    assert addon("texture.basis").find(addon("texture.live").key_of(image)) is not None
    followed(image, k0=0.0)
    assert colour(image) == (128, 102, 128)


def test_a_generator_is_asked_for_pictures_and_its_whole_one_waits(texture, followed):
    image = texture("a-generator")
    assert image.headbridge.kind == "generator" and not image.headbridge.draft
    followed(image, k1=3.0)
    assert colour(image) == (128, 204, 128) and image.headbridge.draft
    assert bpy.ops.headbridge.reset_texture() == {"FINISHED"}
    followed(image)
    assert colour(image) == (128, 128, 128)


def test_what_moves_meanwhile_is_made_next(texture, followed, addon, monkeypatch):
    image, follow = texture("a-generator"), addon("texture.follow")
    asked = []

    class Request(follow.requests.PicturesRequest):
        def __init__(self, image):
            super().__init__(image)
            asked.append([each.value for each in image.headbridge.coefficients][0])
            if len(asked) == 1:
                with follow.held():
                    for value in (1.0, 3.0):
                        image.headbridge.coefficients[0].value = value

    monkeypatch.setattr(follow.requests, "PicturesRequest", Request)
    followed(image, k0=-1.0)
    assert asked == [-1.0, 3.0] and colour(image) == (204, 128, 128)


def test_a_slow_generator_is_left_to_render(texture, followed, addon):
    image, follow = texture("slow-generator"), addon("texture.follow")
    followed(image, k0=3.0)
    assert not follow.is_slow(image) and colour(image) == (204, 128, 128)
    followed(image, k0=1.0)
    assert follow.is_slow(image) and colour(image) == (153, 128, 128)
    followed(image, k0=3.0)
    assert colour(image) == (153, 128, 128) and not addon("texture.live").is_up_to_date(image)


def test_what_cannot_be_asked_is_told_and_tried_again(texture, followed, addon, fake_worker):
    image, follow = texture("open"), addon("texture.follow")
    addon("texture.basis").forget()
    addon("backend_worker").stop()
    fake_worker("refuse")
    followed(image, k0=1.0)
    assert "repair it" in follow.problem(image) and colour(image) == (128, 128, 128)
    addon("backend_worker").stop()
    fake_worker("answer")
    followed(image, k0=2.0)
    assert colour(image) == (128, 128, 128)
    assert bpy.ops.headbridge.reload_texture() == {"FINISHED"}
    assert not follow.problem(image) and colour(image) == (178, 128, 128)


def test_other_jobs_go_before(texture, addon, monkeypatch):
    image, follow, requests = texture("open"), addon("texture.follow"), addon("texture.requests")
    addon("texture.basis").forget()
    image.headbridge.coefficients[0].value = 2.0
    follow._begin(image)
    with monkeypatch.context() as patch:
        # A worker that takes its time.
        patch.setattr(requests.BasisRequest, "step", lambda self: False)
        assert follow._tick() is not None
    running = follow._session
    assert isinstance(running, requests.BasisRequest)
    assert bpy.ops.headbridge.new_texture(space="another") == {"FINISHED"}
    assert running.state in {"cancelling", "cancelled"}
    bpy.context.window_manager.headbridge.task = "fit_photo"
    for _ in range(5):
        assert follow._tick() is not None and follow._session is None
    bpy.context.window_manager.headbridge.task = ""
    while follow._tick() is not None:
        time.sleep(0.005)
    assert colour(image) == (178, 128, 128)
    follow.stop()


def test_a_mode_is_left_alone(texture, followed, addon):
    image = texture("a-generator")
    bpy.ops.object.mode_set(mode="EDIT")
    followed(image, k0=1.0)
    assert bpy.context.mode == "EDIT_MESH" and colour(image) == (153, 128, 128)


def test_an_image_that_is_gone_or_painted_is_let_be(texture, followed, addon):
    image = texture("open")
    image.pixels[0] = 0.25
    assert image.is_dirty
    followed(image, k0=1.0)
    assert image.is_dirty and colour(image) == (64, 128, 128)
    follow = addon("texture.follow")
    follow._begin(image)
    bpy.data.images.remove(image)
    assert follow._tick() is None


def test_loading_another_file_ends_it(texture, addon, monkeypatch):
    image, follow = texture("open"), addon("texture.follow")
    addon("texture.basis").forget()
    image.headbridge.coefficients[0].value = 2.0
    monkeypatch.setattr(addon("texture.requests").BasisRequest, "step", lambda self: False)
    follow._begin(image)
    follow._tick()
    running = follow._session
    bpy.ops.wm.read_homefile(use_empty=True)
    assert running.state in {"cancelling", "cancelled"} and follow._session is None and follow._tick() is None


def test_pictures_wait_while_values_are_held(texture, addon):
    image, follow = texture("open"), addon("texture.follow")
    with follow.held():
        image.headbridge.coefficients[0].value = 3.0
        with follow.held():
            image.headbridge.coefficients[1].value = 3.0
        image.headbridge.coefficients[2].value = 3.0
        assert colour(image) == (128, 128, 128)
    follow.moved(image)
    assert colour(image) == (204, 204, 204)
