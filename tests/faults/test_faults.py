"""A few faults of every kind. The long run is `python -m tests.faults --count 1000`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_nothing_is_lost_and_the_next_job_is_the_same(backend_environment):
    """In a process of its own: copies are made of it, which pytest's threads would not survive."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--count", "20", "--seed", "1"],
        env=backend_environment, cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 faults, 0 wrong" in done.stdout
