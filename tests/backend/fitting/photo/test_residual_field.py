"""Smooth fields on top of a texture."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from headbridge.baking.padding import pad_image
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.fitting.photo.residual_field import ResidualField
from headbridge.topologies import load_topology

from .painted_heads import PaintedHead, decibels, soft_light


@pytest.fixture(scope="module", params=["flame", "hack"])
def head(request) -> PaintedHead:
    return PaintedHead(request.param)


def padded(head: PaintedHead, picture: np.ndarray) -> np.ndarray:
    return pad_image(picture, head.layout.covered, 4)


def offsets_of(head: PaintedHead, photos, texture: np.ndarray) -> tuple[ResidualField, np.ndarray]:
    residual = ResidualField(head.layout, load_topology(head.key))
    return residual, residual.fit(photos, padded(head, texture))


def inside_face(head: PaintedHead, render: PhotoRender) -> np.ndarray:
    """(H, W) bool, pixels of the face."""
    face = load_topology(head.key).regions["face"][head.layout.packed.triangles].all(axis=1)
    return np.append(face, False)[render.triangle] & render.covered


@pytest.mark.slow
def test_what_a_flat_texture_lacks_is_found_under_light(head):
    photo = head.photo(15.0, soft_light())
    flat = np.broadcast_to(np.float32((0.6, 0.5, 0.42)), head.picture.shape)
    residual, offsets = offsets_of(head, [photo], flat)
    render = PhotoRender(photo, head.layout.packed)
    face = inside_face(head, render)

    def error(texture: np.ndarray) -> float:
        colours = render.colours(torch.from_numpy(padded(head, texture))[None])
        return decibels((colours - photo.pixels)[face])

    assert error(flat) < 24.0
    assert error(flat + residual.picture(offsets)) > 34.0


@pytest.mark.slow
def test_nothing_is_added_where_no_photo_looks(head):
    _, offsets = offsets_of(head, [head.photo(0.0)], np.zeros_like(head.picture))
    face = load_topology(head.key).regions["face"]
    depth = head.template.vertices[:, 2]
    # Fields fade within a few times their reach behind the face.
    behind = depth < depth[face].min() - 30.0
    assert behind.any() and np.abs(offsets[behind]).max() < 0.01
    assert np.abs(offsets[face & (depth > np.median(depth[face]))]).max() > 0.3


@pytest.mark.slow
def test_pixels_that_the_user_masks_out_tell_nothing(head):
    photo = head.photo(0.0)
    known = np.ones(photo.pixels.shape[:2], np.float32)
    known[:, : known.shape[1] // 2] = 0.0
    spoilt = np.where(known[..., None] > 0.0, photo.pixels, 0.0).astype(np.float32)
    texture = 0.9 * head.picture
    for name, one in (("taken", replace(photo, pixels=spoilt)), ("masked", replace(photo, pixels=spoilt, known=known))):
        _, offsets = offsets_of(head, [one], texture)
        # The picture's left half shows the head's right side.
        away = load_topology(head.key).regions["narrow_face"] & (head.template.vertices[:, 0] < -25.0)
        assert (np.abs(offsets[away]).max() > 0.3) == (name == "taken")
        assert name == "taken" or np.abs(offsets[away]).max() < 0.01
