"""FLAME files of two versions in the published form, with eyelids, where users put them."""

from __future__ import annotations

import numpy as np
import pytest

from ..models.flame.forge import published_arrays, published_form, python2_pickle

VERTICES = 5023


@pytest.fixture(scope="session")
def published():
    """The dictionaries of the model files by version, metres."""
    return {"2020": published_arrays(0), "2023": published_arrays(1)}


@pytest.fixture(scope="session")
def eyelid_shapes():
    """(2, 5023, 3) metres, left and right."""
    return np.random.default_rng(5).normal(0.0, 1e-3, (2, VERTICES, 3))


@pytest.fixture(scope="session")
def models_folder(published, eyelid_shapes, tmp_path_factory):
    """A models folder as its owner unpacked the archives: FLAME2020/generic_model.pkl and flame/flame2023.pkl."""
    folder = tmp_path_factory.mktemp("models")
    for name, version in (("FLAME2020/generic_model.pkl", "2020"), ("flame/flame2023.pkl", "2023")):
        (folder / name).parent.mkdir()
        (folder / name).write_bytes(python2_pickle(published_form(published[version])))
    for name, shape in zip(("l_eyelid.npy", "r_eyelid.npy"), eyelid_shapes):
        np.save(folder / "flame" / name, shape)
    return folder


@pytest.fixture
def models(models_folder, monkeypatch):
    """The models folder, in place."""
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(models_folder))
    return models_folder
