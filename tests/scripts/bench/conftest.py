"""Paths to the benches, and the open input data, which a checkout may lack."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts" / "bench"))


@pytest.fixture(scope="session")
def open_data() -> Path:
    """The folder of the open input data; the test is skipped where it is not there."""
    from strangers.open_data import open_data_folder

    try:
        return open_data_folder()
    except FileNotFoundError as problem:
        pytest.skip(str(problem))
