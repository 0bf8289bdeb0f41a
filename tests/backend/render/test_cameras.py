"""Cameras project as OpenCV does, crops show the same picture, and their parameters have gradients."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.render import OrthographicCamera, PerspectiveCamera

ROTATION = cv2.Rodrigues(np.array([0.3, -0.5, 0.2]))[0]
TRANSLATION = np.array([0.1, -0.2, 5.0])
MATRIX = np.array([[700.0, 0.0, 250.0], [0.0, 720.0, 260.0], [0.0, 0.0, 1.0]])
VERTICES = np.random.default_rng(0).normal(size=(20, 3))


def tensors(*arrays):
    return [torch.tensor(array[None]) for array in arrays]


def test_perspective_projects_as_opencv_with_pixel_centres_at_halves():
    camera = PerspectiveCamera.from_opencv(*tensors(MATRIX, ROTATION, TRANSLATION))
    expected = cv2.projectPoints(VERTICES, ROTATION, TRANSLATION, MATRIX, None)[0][:, 0]
    points = camera.project(*tensors(VERTICES))[0].numpy()
    np.testing.assert_allclose(points[:, :2], expected + 0.5, atol=1e-9)
    np.testing.assert_allclose(points[:, 2], VERTICES @ ROTATION[2] + TRANSLATION[2], atol=1e-12)


def test_scaled_orthographic_keeps_lengths_across_the_view():
    camera = OrthographicCamera(*tensors(np.array(30.0), np.array([64.0, 50.0]), ROTATION, TRANSLATION))
    points = camera.project(*tensors(VERTICES))[0].numpy()
    in_camera = VERTICES @ ROTATION.T + TRANSLATION
    np.testing.assert_allclose(points[:, :2], 30.0 * in_camera[:, :2] + (64.0, 50.0), atol=1e-9)
    np.testing.assert_allclose(points[:, 2], in_camera[:, 2], atol=1e-12)


@pytest.mark.parametrize("kind", ["perspective", "orthographic"])
def test_a_crop_moves_and_enlarges_the_picture(kind):
    if kind == "perspective":
        camera = PerspectiveCamera(*tensors(MATRIX, ROTATION, TRANSLATION))
    else:
        camera = OrthographicCamera(*tensors(np.array(30.0), np.array([64.0, 50.0]), ROTATION, TRANSLATION))
    whole = camera.project(*tensors(VERTICES))[0].numpy()
    part = camera.cropped(20.0, 33.0, 2.5).project(*tensors(VERTICES))[0].numpy()
    np.testing.assert_allclose(part[:, :2], 2.5 * (whole[:, :2] - (20.0, 33.0)), atol=1e-9)
    np.testing.assert_allclose(part[:, 2], whole[:, 2])


def test_parameters_have_gradients_and_one_serves_all_views():
    matrix, rotation, translation, vertices = tensors(MATRIX, ROTATION, TRANSLATION, VERTICES[:3])
    translations = translation.repeat(2, 1) + torch.tensor([[0.0], [0.3]])
    assert PerspectiveCamera(matrix, rotation, translations).project(vertices).shape == (2, 3, 3)

    def project(*parameters):
        return PerspectiveCamera(*parameters).project(vertices)

    assert torch.autograd.gradcheck(project, [p.requires_grad_() for p in (matrix, rotation, translations)])


def test_wrong_shapes_are_refused():
    matrix, rotation, translation, vertices = tensors(MATRIX, ROTATION, TRANSLATION, VERTICES)
    with pytest.raises(InputError, match="rotation should have shape"):
        PerspectiveCamera(matrix, rotation[0], translation)
    camera = PerspectiveCamera(matrix, rotation, translation)
    with pytest.raises(InputError, match="should have shape"):
        camera.project(vertices[0])
    with pytest.raises(InputError, match="positive"):
        camera.cropped(0.0, 0.0, 0.0)
