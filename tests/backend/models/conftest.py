"""One synthetic FLAME file in the published form for all tests of head models."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from headbridge.cache import Cache
from headbridge.models.flame import FlameData, FlameParameters, read_flame_file

from .flame.forge import published_arrays, published_form, python2_pickle
from .torch_models.flame import FlameModel


@pytest.fixture(scope="session")
def published():
    """The dictionary of a model file, metres."""
    return published_arrays()


@pytest.fixture(scope="session")
def flame_pickle(published) -> bytes:
    """The dictionary as Python 2 wrote it."""
    return python2_pickle(published_form(published))


@pytest.fixture(scope="session")
def flame_file(flame_pickle, tmp_path_factory):
    path = tmp_path_factory.mktemp("FLAME2020") / "generic_model.pkl"
    path.write_bytes(flame_pickle)
    return path


@pytest.fixture(scope="session")
def flame_data(flame_file, tmp_path_factory) -> FlameData:
    return read_flame_file(flame_file, Cache(tmp_path_factory.mktemp("flame_cache")))


@pytest.fixture(scope="session")
def few(flame_data) -> FlameData:
    """A part of the model with 40 vertices, 6 identities and 5 expressions, for tests that evaluate it many times."""
    rows = np.arange(0, 5023, 126)
    regressor = np.random.default_rng(2).dirichlet(np.ones(len(rows)), 5)
    return dataclasses.replace(
        flame_data,
        template=flame_data.template[rows],
        identity=flame_data.identity[:6, rows],
        expression=flame_data.expression[:5, rows],
        pose_correctives=flame_data.pose_correctives[:, rows],
        joint_regressor=regressor,
        weights=flame_data.weights[rows],
    )


@pytest.fixture(scope="session")
def flame_model(flame_data) -> FlameModel:
    """The whole model in double precision."""
    return FlameModel(flame_data, dtype=torch.float64)


@pytest.fixture
def random_parameters():
    """Makes parameters with every joint turned: `random_parameters(3, identity=6, expression=5)`, float64."""

    def make(batch: int = 2, seed: int = 1, identity: int = 300, expression: int = 100, without=()) -> FlameParameters:
        random = np.random.default_rng(seed)
        widths = {"identity": identity, "expression": expression, "translation": 3}
        widths |= dict.fromkeys(("root", "neck", "jaw", "left_eye", "right_eye"), 3)
        scale = {"identity": 1.0, "expression": 1.0, "translation": 20.0}
        drawn = {n: torch.from_numpy(random.normal(0.0, scale.get(n, 0.4), (batch, w))) for n, w in widths.items()}
        return FlameParameters(**{name: tensor for name, tensor in drawn.items() if name not in without})

    return make
