"""An identity that is known beforehand, such as MICA's, is started from and held to."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting.heads import load_head
from headbridge.fitting.photo.fit import fit_photo
from headbridge.fitting.photo.given_identity import given_identity
from headbridge.fitting.photo.job import FitPhotoInput, FitPhotoSettings, PhotoView
from headbridge.fitting.photo.prior import photo_prior
from headbridge.fitting.posable import HeadState, Posed
from headbridge.images import Photo
from headbridge.mesh.io import write_mesh
from headbridge.topologies import load_builtin, load_topology

from ...models.flame.forge import published_arrays, published_form, python2_pickle
from .posed_faces import SCREEN, exact_face, posed_view

FACE = load_topology("flame").regions["face"]


@pytest.fixture(autouse=True)
def without_files(monkeypatch, tmp_path):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path / "models"))


def neutral(head, identity) -> np.ndarray:
    coefficients = np.zeros(head.coefficient_count)
    coefficients[: len(identity)] = identity
    rest = head.neutral()
    return Posed(head, HeadState(coefficients, rest.rotations, rest.translation, 0.0)).vertices()


def face_error(head, identity, truth) -> float:
    """Mean distance of neutral faces, mm, each about its middle."""
    found, wanted = neutral(head, identity)[FACE], neutral(head, truth)[FACE]
    return float(np.linalg.norm((found - found.mean(axis=0)) - (wanted - wanted.mean(axis=0)), axis=1).mean())


@pytest.mark.slow
def test_a_mesh_beside_the_codes_makes_the_face_of_one_photo_truer(open_flame, tmp_path):
    view = posed_view(open_flame, 4, yaw=0.0)
    truth = view.head.coefficients[open_flame.parts["identity"]]
    face = exact_face(open_flame, view)
    # MICA is a millimetre off; its codes say nothing to the open head.
    off = truth + np.random.default_rng(0).normal(0.0, 0.3, len(truth))
    write_mesh(tmp_path / "mesh.ply", load_builtin("flame").with_vertices(neutral(open_flame, off)))
    np.save(tmp_path / "identity.npy", np.zeros(300, np.float32))
    photo = PhotoView(Photo(np.zeros((SCREEN.height, SCREEN.width, 3), np.float32), name="photo"), face.landmarks)
    errors = {}
    for identity in ("", str(tmp_path / "identity.npy")):
        settings = FitPhotoSettings(model="open-flame", identity=identity, landmarks_only=True)
        result = fit_photo(FitPhotoInput((photo,)), settings)
        errors[identity] = face_error(open_flame, result.state.identity, truth)
    plain, helped = errors.values()
    assert helped < 0.6 * plain and helped < 1.2 * face_error(open_flame, off, truth)
    assert any("mesh.ply, held to" in note for note in result.notes)


def test_codes_are_those_of_the_users_model(tmp_path):
    path = tmp_path / "generic_model.pkl"
    path.write_bytes(python2_pickle(published_form(published_arrays(0))))
    head = load_head("flame", str(path))
    codes = np.random.default_rng(1).normal(size=(1, 300)).astype(np.float32)
    np.save(tmp_path / "identity.npy", codes)
    found, note = given_identity(tmp_path / "identity.npy", head, FitPhotoSettings(model_file=str(path)))
    np.testing.assert_allclose(found[:300], codes[0], rtol=1e-6)
    assert "identity.npy, held to" in note


def test_the_prior_is_least_at_what_is_given(open_flame):
    given = np.random.default_rng(2).normal(size=open_flame.identity_count)
    view = posed_view(open_flame, 3)
    view.head.coefficients[: len(given)] = given
    prior, plain = photo_prior(open_flame, identity=given), photo_prior(open_flame)
    _, right = prior.normal_equations(view)
    np.testing.assert_allclose(right[: len(given)], 0.0, atol=1e-12)
    assert np.abs(prior.size_equations(given)[1]).max() < 1e-9
    # Held three times as firmly in each direction as the mean head is.
    assert prior.precision[0] == pytest.approx(plain.precision[0] / 0.09)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.zeros(300, np.float32), "mean nothing to the open FLAME-topology head; name generic_model.pkl"),
        (np.zeros((2, 300), np.float32), "a row of numbers"),
        (np.full(300, np.nan), "standard deviations"),
        (np.full(300, 1e3), "up to 1e\\+03"),
    ],
)
def test_what_is_no_identity_is_told(open_flame, tmp_path, content, message):
    np.save(tmp_path / "identity.npy", content)
    with pytest.raises(InputError, match=message):
        given_identity(tmp_path / "identity.npy", open_flame, FitPhotoSettings(model="open-flame"))
