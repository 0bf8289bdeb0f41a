"""What tests of batches share: batches of jobs that misbehave."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

STAND_IN = Path(__file__).with_name("stand_in.py")


@pytest.fixture(scope="session")
def stand_in():
    """The module `stand_in`."""
    spec = importlib.util.spec_from_file_location("batch_stand_in", STAND_IN)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def heads_folder(tmp_path):
    """Makes a folder with a file for each head, by name what is in it."""

    def make(**texts: str) -> Path:
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.txt").write_text(text)
        return folder

    return make


@pytest.fixture
def run_batch(tmp_path, stand_in, heads_folder, monkeypatch, backend_environment):
    """Runs a batch over a folder of heads with workers of `stand_in`; returns its records by name."""
    monkeypatch.setenv("PYTHONPATH", backend_environment["PYTHONPATH"])

    def run(folder, times=1, retry_failed=False, stopped=lambda: False, **pool):
        records = []
        heads = stand_in.heads_of(folder, times)
        stand_in.pool_of(tmp_path / "out", **pool).run(heads, retry_failed, records.append, lambda: None, stopped)
        assert len(records) == len(heads)
        return {record.name: record for record in records}

    return run
