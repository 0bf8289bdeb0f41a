"""The open head models, read once."""

import pytest

from headbridge.fitting.heads import load_head


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
