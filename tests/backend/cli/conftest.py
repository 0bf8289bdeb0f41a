"""Running commands with a stand-in for their computation, and reading how they ended."""

import subprocess
import sys
from pathlib import Path

import pytest

STAND_IN = str(Path(__file__).with_name("job_stand_in.py"))


@pytest.fixture
def start_command(tmp_path, backend_environment):
    """Starts the command line in a folder of its own: `start_command("wait", "register", ...)`; the first argument
    chooses what stands in for the computation."""

    def start(stand_in, *arguments):
        return subprocess.Popen(
            [sys.executable, STAND_IN, stand_in, *arguments],
            cwd=tmp_path, env=backend_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    return start


@pytest.fixture
def finish():
    """Waits for a command; returns exit code, stdout and stderr."""

    def wait(process):
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    return wait


@pytest.fixture
def one_line():
    """The one error line that stderr consists of."""

    def read(err: str) -> str:
        lines = err.splitlines()
        assert len(lines) == 1 and lines[0].startswith("headbridge: error: "), err
        return lines[0]

    return read
