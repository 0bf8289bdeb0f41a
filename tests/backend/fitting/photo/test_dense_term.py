"""Dense images in a fit to a photo: all of the head that is seen comes to its place, and wrong images are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting.dense_images import DenseImage, dense_image, surface_places
from headbridge.fitting.photo.dense_term import DenseTerm, NormalTerm, check_by_landmarks, dense_terms
from headbridge.fitting.photo.job import IBUG, PhotoCamera
from headbridge.fitting.photo.landmark_places import landmark_places
from headbridge.fitting.photo.landmark_stage import fit_landmarks, free_unknowns, start_state
from headbridge.fitting.photo.prior import photo_prior
from headbridge.fitting.photo.state import step_size
from headbridge.fitting.posable import Posed
from headbridge.topologies import load_builtin, load_topology

from ..dense_pictures import dense_picture
from .posed_faces import SCREEN, exact_face, posed_view

UPRIGHT = np.diag([1.0, -1.0, -1.0])


def camera_of(view) -> PhotoCamera:
    return PhotoCamera(SCREEN.matrix(view.focal), UPRIGHT, np.zeros(3), SCREEN.width, SCREEN.height)


def seen_error(head, view, found) -> dict[str, float]:
    """How far (mm, mean and largest) the skin that the camera sees is off across its line of sight, by region."""
    truth, made = (Posed(head, each.head).vertices() for each in (view, found))
    places, focal = SCREEN.project(truth, view.focal), view.focal
    apart = np.linalg.norm(SCREEN.project(made, found.focal) - places, axis=1) * -truth[:, 2] / focal
    topology = load_topology("flame")
    seen = np.zeros(len(truth), bool)
    image = dense_picture(truth, camera_of(view))
    rows, columns = np.nonzero(image.valid)
    marks, there = surface_places(image.uvs[rows, columns])
    seen[marks.vertices[there].ravel()] = True
    inside = (places > 0).all(axis=1) & (places < (SCREEN.width, SCREEN.height)).all(axis=1)
    seen &= topology.skin & inside & ~topology.no_match
    parts = {"face": "face", "scalp": "scalp", "neck": "neck"}
    return {name: (apart[seen & topology.regions[key]].mean(), apart[seen & topology.regions[key]].max()) for name, key in parts.items()}  # fmt: skip


def fitted(head, view, dense):
    face = replace(exact_face(head, view, focal=view.focal), dense=dense)
    found = fit_landmarks(
        head, (face,), start_state(head, (face,)), photo_prior(head), free_unknowns(head, 1), 0, lambda *_: None
    )
    return found.state.views[0]


@pytest.fixture(scope="module")
def view(open_flame):
    view = posed_view(open_flame, 4, yaw=35.0, distance=1100.0)
    view.head.rotations[1] = np.eye(3)
    return view


@pytest.mark.slow
def test_what_is_seen_comes_to_its_place_and_noise_leaves_most_of_that(open_flame, view):
    truth = Posed(open_flame, view.head).vertices()
    errors = {}
    for name, given in (("none", None), ("perfect", (0.0, 0.0)), ("noisy", (5.0, 0.2))):
        dense = None if given is None else dense_picture(truth, camera_of(view), *given)
        errors[name] = seen_error(open_flame, view, fitted(open_flame, view, dense))
    assert all(largest < 1.0 for _, largest in errors["perfect"].values()), errors
    for part in ("face", "scalp", "neck"):
        assert errors["noisy"][part][0] < 0.7 * errors["none"][part][0], errors


@pytest.mark.parametrize("kind", ["uvs", "normals"])
def test_slopes_are_those_of_finite_differences(open_flame, view, kind):
    other = posed_view(open_flame, 9, yaw=30.0, distance=1100.0)
    image = dense_picture(Posed(open_flame, view.head).vertices(), camera_of(view))
    image = replace(image, **{"uvs" if kind == "normals" else "normals": None})
    (term,) = dense_terms(image, SCREEN, open_flame, load_builtin("flame").triangles)
    assert isinstance(term, NormalTerm if kind == "normals" else DenseTerm)
    posed = Posed(open_flame, other.head)
    term = term.followed(other, posed)
    _, right, cost = term.normal_equations(other, posed)
    assert cost == pytest.approx(term.cost(other, posed))
    random, count = np.random.default_rng(0), step_size(open_flame)
    for _ in range(3):
        step = random.normal(size=count) * 1e-4
        moved = [other.moved(sign * step) for sign in (1.0, -1.0)]
        costs = [term.cost(each, Posed(open_flame, each.head)) for each in moved]
        assert (costs[1] - costs[0]) / 4.0 == pytest.approx(right @ step, rel=2e-3, abs=1e-6 * cost)


@pytest.mark.parametrize(
    "wrong",
    ["another photo", "shifted", "mirrored", "upside down", "exchanged", "v downwards", "decoded", "encoded"],
)
def test_wrong_images_are_told_by_the_landmarks(open_flame, view, wrong):
    other = posed_view(open_flame, 24, yaw=50.0, distance=1050.0)
    shown = other if wrong == "another photo" else view
    image = dense_picture(Posed(open_flame, shown.head).vertices(), camera_of(shown), noise=3.0, outliers=0.2)
    uvs, valid = image.uvs, image.valid
    changed = {
        "another photo": (uvs, valid),
        "shifted": (np.roll(uvs, 25, axis=1), np.roll(valid, 25, axis=1)),
        "mirrored": (uvs[:, ::-1], valid[:, ::-1]),
        "upside down": (uvs[::-1], valid[::-1]),
        "exchanged": (uvs[..., ::-1], valid),
        "v downwards": (uvs * (1.0, -1.0) + (0.0, 1.0), valid),
        "decoded": (uvs**2.2, valid),
        "encoded": (uvs ** (1.0 / 2.2), valid),
    }[wrong]
    face = exact_face(open_flame, view, focal=view.focal)
    numbers = face.landmarks.numbers
    landmarks, template = landmark_places("flame", IBUG).landmarks.subset(numbers), open_flame.template
    right = dense_picture(Posed(open_flame, view.head).vertices(), camera_of(view), noise=3.0, outliers=0.2)
    check_by_landmarks(right, landmarks, face.landmarks.points, template)
    with pytest.raises(InputError, match="landmarks .* beside where they are in the photo"):
        check_by_landmarks(DenseImage("view.png", changed[1], changed[0]), landmarks, face.landmarks.points, template)


def test_another_view_is_told(open_flame, view):
    other = posed_view(open_flame, 4, yaw=-40.0, distance=1100.0)
    image = dense_picture(Posed(open_flame, other.head).vertices(), camera_of(other))
    with pytest.raises(InputError, match=r"beside where they are in the photo"):
        fitted(open_flame, view, replace(image, uvs=image.uvs[:, ::-1], valid=image.valid[:, ::-1], normals=None))


def test_images_that_are_none_are_told(open_flame):
    image = dense_picture(load_builtin("flame").vertices, PhotoCamera(SCREEN.matrix(1500.0), UPRIGHT, np.array([0.0, 0.0, 900.0]), 640, 480))  # fmt: skip
    alpha = image.valid[..., None].astype(float)
    uvs = np.concatenate([image.uvs, 0.0 * alpha, alpha], axis=-1)
    normals = np.concatenate([0.5 * (image.normals + 1.0), alpha], axis=-1)
    flipped = np.concatenate([0.5 * (1.0 - image.normals), alpha], axis=-1)
    for given, message in (
        ((uvs * (1.0, 1.0, 1.0, 0.0),), "only 0.0% of it is valid"),
        ((np.concatenate([0.01 * image.uvs, 0.0 * alpha, alpha], axis=-1),), "beside the charts"),
        ((uvs[..., :1],), "has 1 channels"),
        ((uvs, flipped), "look away from the camera"),
        ((uvs, normals[:100]), "of different sizes"),
    ):
        with pytest.raises(InputError, match=message):
            dense_image("view.png", *given)
    with pytest.raises(InputError, match="has 640 x 480 pixels, the photo 100 x 100"):
        image.check_size(100, 100, "the photo")
    assert isinstance(dense_image("view.png", None, normals), DenseImage)


def test_backgrounds_do_not_count_however_they_are_filled(open_flame):
    image = dense_picture(load_builtin("flame").vertices, PhotoCamera(SCREEN.matrix(1500.0), UPRIGHT, np.array([0.0, 0.0, 900.0]), 640, 480))  # fmt: skip
    there = image.valid[..., None]
    blue, opaque = np.zeros(there.shape), np.ones(there.shape)
    for uvs in (
        np.concatenate([np.where(there, image.uvs, 0.0), blue], axis=-1),
        np.concatenate([np.where(there, image.uvs, 0.0), blue, opaque], axis=-1),
        np.concatenate([np.where(there, image.uvs, np.nan), blue], axis=-1),
        np.concatenate([np.where(there, image.uvs, np.inf), blue, opaque], axis=-1),
        np.concatenate([np.where(there, image.uvs, -1.0), blue], axis=-1),
    ):
        found = dense_image("view.exr", uvs)
        np.testing.assert_array_equal(found.valid, image.valid)
        assert np.isfinite(found.uvs).all() and np.array_equal(found.uvs[found.valid], image.uvs[image.valid])
    for filled in (0.0, 0.5, 128.0 / 255.0, np.nan):
        found = dense_image("view.exr", None, np.where(there, 0.5 * (image.normals + 1.0), filled))
        np.testing.assert_array_equal(found.valid, image.valid)
        np.testing.assert_allclose(found.normals[found.valid], image.normals[image.valid], atol=1e-9)
        assert np.isfinite(found.normals).all()
