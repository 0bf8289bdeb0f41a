"""The open head models, read once."""

import numpy as np
import pytest

from headbridge.fitting.heads import load_head
from headbridge.models.hack import HackBones, HackData
from headbridge.topologies import load_builtin, load_deltas


@pytest.fixture(scope="session")
def open_flame():
    return load_head("open-flame")


@pytest.fixture(scope="session")
def ict_as_hack(without_model_files):
    return load_head("hack")


@pytest.fixture(scope="session", autouse=True)
def without_model_files(tmp_path_factory):
    """No model files of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADBRIDGE_MODELS", str(tmp_path_factory.mktemp("no_models")))
        patch.setenv("HOME", str(tmp_path_factory.mktemp("no_home")))
        yield


@pytest.fixture(scope="module")
def hack_data():
    """Few smooth shapes of ICT-FaceKit, a made-up spine with tilted axes, random correctives and larynx."""
    random = np.random.default_rng(0)
    mean, deltas = load_builtin("hack").vertices, load_deltas("hack")
    count = len(mean)
    axes = np.stack([np.linalg.qr(np.eye(3) + 0.3 * random.normal(size=(3, 3)))[0] for _ in range(8)])
    axes *= np.sign(np.linalg.det(axes))[:, None, None]
    joints = np.stack([np.zeros(8), np.linspace(-120.0, -10.0, 8), np.full(8, -40.0)], axis=1)
    reach = np.exp(-0.5 * ((mean[:, 1:2] - joints[:, 1]) / 30.0) ** 2) + 1e-6
    return HackData(
        mean=mean,
        identity=deltas.identity[:12],
        expression=deltas.expression[2:8],
        expression_names=deltas.expression_names[2:8],
        pose_correctives=random.normal(size=(63, count, 3)),
        bones=HackBones(tuple("abcdefgh"), np.arange(8) - 1, joints, axes),
        weights=reach / reach.sum(axis=1, keepdims=True),
        larynx=random.random((16, 16)).astype(np.float32),
        larynx_places=random.uniform(-1.0, 1.0, (count, 2)),
        larynx_push=np.array([0.0, -4.5, 8.9]),
        name="made up",
    )
