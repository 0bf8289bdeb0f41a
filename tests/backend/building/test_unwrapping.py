"""What is taken of a fit to a photo; the fit is a stand-in."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from headbridge.building import unwrapping
from headbridge.building.job import BuildTextureSpaceSettings
from headbridge.building.unwrapping import FittedUnwrap
from headbridge.errors import InputError
from headbridge.images import Image, Photo
from headbridge.progress import Progress
from headbridge.topologies import load_builtin, load_topology

SIZE = 64
SETTINGS = BuildTextureSpaceSettings(model="open-flame", size=SIZE)
CAMERA = SimpleNamespace(
    matrix=np.array([[30.0, 0.0, 10.0], [0.0, 30.0, 10.0], [0.0, 0.0, 1.0]]),
    rotation=np.diag([1.0, -1.0, -1.0]),
    translation=np.array([0.0, 0.0, 700.0]),
)
FIT = SimpleNamespace(vertices=load_builtin("flame").vertices)
PHOTO = Photo(np.zeros((20, 20, 3), np.float32), name="me.png")


def texel(mesh, vertex):
    """Row and column of a vertex in the layout."""
    u, v = mesh.uvs[np.flatnonzero(mesh.corners == vertex)[0]]
    return int((1.0 - v) * SIZE), int(u * SIZE)


def fitted(monkeypatch, coverage, landmark_error=0.02, skin=1.0):
    """Lets every fit give a grey texture with a coverage (SIZE, SIZE) uint8, and skin, which all but the eyes is; returns
    the settings fits were given."""
    given = []

    def fit_photo(inputs, settings, progress):
        assert inputs.views[0].photo is PHOTO
        given.append(settings)
        image = Image(np.full((SIZE, SIZE, 3), 100.2 / 255.0, np.float32))
        return SimpleNamespace(
            texture=SimpleNamespace(images={(0, 0): image}, coverages={(0, 0): coverage}),
            metrics={"landmark_error": landmark_error},
            views=(SimpleNamespace(metrics={"psnr": 33.0}, skin=None, camera=CAMERA, fit=FIT),),
        )

    def seen_texels(posed, layout, topology, render):
        return SimpleNamespace(skin=np.broadcast_to(skin, layout.shape)[layout.covered])

    monkeypatch.setattr(unwrapping, "fit_photo", fit_photo)
    monkeypatch.setattr(unwrapping, "seen_texels", seen_texels)
    return given


def test_known_is_what_the_photo_shows_alone_without_its_edges_but_with_the_eyes(monkeypatch):
    mesh, topology = load_builtin("flame"), load_topology("flame")
    nose = texel(mesh, np.flatnonzero(topology.regions["nose"])[0])
    # An eye's front, of which little is seen.
    ball = np.flatnonzero(topology.regions["left_eyeball"])
    eye = texel(mesh, ball[np.argmax(mesh.vertices[ball, 2])])
    coverage = np.full((SIZE, SIZE), 255, np.uint8)
    coverage[nose] = 200
    coverage[eye[0], eye[1] + 2] = 0
    given = fitted(monkeypatch, coverage)
    monkeypatch.setattr(unwrapping, "_EDGE", 2.5 * 512 / SIZE)
    found = FittedUnwrap(SETTINGS)(PHOTO, Progress())
    assert given[0].size == SIZE and given[0].model == "open-flame" and not given[0].landmarks_only
    assert found.pictures.dtype == np.uint8 and (found.pictures == 100).all()
    rows, columns = np.mgrid[:SIZE, :SIZE]
    near = np.hypot(rows - nose[0], columns - nose[1]) <= 2.5
    assert not found.known[0][near].any()
    assert found.known[0][eye] and not found.known[0][eye[0], eye[1] + 2]
    assert found.known[0, 3 * SIZE // 4, SIZE // 2]
    assert (found.landmark_error, found.psnr) == (0.02, 33.0)


def test_what_is_no_skin_is_not_known_but_the_eyes_are(monkeypatch):
    mesh, topology = load_builtin("flame"), load_topology("flame")
    ball = np.flatnonzero(topology.regions["left_eyeball"])
    eye = texel(mesh, ball[np.argmax(mesh.vertices[ball, 2])])
    skin = np.ones((SIZE, SIZE), np.float32)
    skin[: SIZE // 2] = 0.4
    fitted(monkeypatch, np.full((SIZE, SIZE), 255, np.uint8), skin=skin)
    monkeypatch.setattr(unwrapping, "_EDGE", 0.0)
    found = FittedUnwrap(SETTINGS)(PHOTO, Progress())
    forehead, chin = found.known[0, SIZE // 4, SIZE // 2], found.known[0, 3 * SIZE // 4, SIZE // 2]
    assert eye[0] < SIZE // 2 and found.known[0][eye] and not forehead and chin


def test_fits_that_miss_the_face_or_show_too_little_are_of_no_use(monkeypatch):
    coverage = np.full((SIZE, SIZE), 255, np.uint8)
    fitted(monkeypatch, coverage, landmark_error=0.4)
    with pytest.raises(InputError, match="me.png: the head does not fit the face .landmarks 40 %"):
        FittedUnwrap(SETTINGS)(PHOTO, Progress())
    fitted(monkeypatch, np.where(np.arange(SIZE) == SIZE // 2, coverage, 0).astype(np.uint8))
    with pytest.raises(InputError, match="shows only"):
        FittedUnwrap(SETTINGS)(PHOTO, Progress())


@pytest.mark.slow
def test_photos_are_fitted_with_the_first_basis_and_its_content_counts(monkeypatch, tmp_path):
    used = []

    def fit_photo(inputs, settings, progress):
        used.append(settings.texture)
        raise InputError("me.png: no face")

    monkeypatch.setattr(unwrapping, "fit_photo", fit_photo)
    path, keys = tmp_path / "mine.npz", []
    for content in (b"one", b"another"):
        path.write_bytes(content)
        unwrap = FittedUnwrap(replace(SETTINGS, texture=str(path)))
        keys.append(unwrap.key)
        with pytest.raises(InputError):
            unwrap(PHOTO, Progress())
    assert used == 2 * [str(path)] and len({*keys, FittedUnwrap(SETTINGS).key}) == 3


@pytest.mark.slow
def test_its_key_tells_what_a_fit_depends_on():
    key = FittedUnwrap(SETTINGS).key
    assert FittedUnwrap(replace(SETTINGS, seed=4, steps=3, completion="space")).key == key
    assert FittedUnwrap(replace(SETTINGS, working_size=400)).key != key
    assert FittedUnwrap(replace(SETTINGS, model="hack")).layout == "hack"
