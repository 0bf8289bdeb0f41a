"""The texture of a head that was filmed, and its light."""

from __future__ import annotations

import numpy as np
import torch

from headbridge.fitting.photo.job import PhotoTexture
from headbridge.fitting.video.colouring import Colouring, _between, _light, _packed, _unpacked
from headbridge.images import Image
from headbridge.render import sh_basis


def test_what_is_kept_comes_back():
    image = np.random.default_rng(0).random((8, 8, 3), np.float32)
    coverage = np.arange(64, dtype=np.uint8).reshape(8, 8)
    texture = PhotoTexture({(1, 0): Image(image)}, {(1, 0): coverage})
    found = _unpacked(_packed(Colouring(texture, 31.5, np.ones((2, 9, 3)), ("a note.",))))
    assert (found.psnr, found.notes, [*found.texture.images]) == (31.5, ("a note.",), [(1, 0)])
    assert np.array_equal(found.texture.images[1, 0].pixels, image)
    assert np.array_equal(found.texture.coverages[1, 0], coverage) and np.array_equal(found.light, np.ones((2, 9, 3)))


def test_light_is_the_usual_one_as_bright_as_the_frame_is():
    random = np.random.default_rng(0)
    normals = random.normal(size=(4000, 3))
    normals[:, 2] = np.abs(normals[:, 2]) + 0.3
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    usual = np.zeros((9, 3))
    usual[0], usual[1:4] = 2.6, [[0.3] * 3, [0.4] * 3, [0.3] * 3]
    bare = random.uniform(0.3, 0.8, (4000, 3))
    shading = sh_basis(torch.from_numpy(normals)).numpy() @ (0.7 * usual)
    seen = bare * shading
    # A hand before the face is no light.
    seen[:400] = (0.1, 0.5, 0.9)
    light = _light(bare, seen, normals, usual)
    np.testing.assert_allclose(sh_basis(torch.from_numpy(normals)).numpy() @ light, shading, rtol=0.03)


def test_light_between_frames_lies_between():
    lights = [np.zeros((9, 3)), np.ones((9, 3))]
    found = _between(np.array([0.0, 1.0, 2.0, 4.0]), np.array([0, 2]), lights)
    np.testing.assert_allclose(found[:, 4, 1], [0.0, 0.5, 1.0, 1.0])
