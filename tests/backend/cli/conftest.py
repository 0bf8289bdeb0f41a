"""Running commands with a stand-in for their computation, and reading how they ended."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from headbridge.cli.main import main
from headbridge.device import available_devices

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


@pytest.fixture
def run_here(tmp_path, monkeypatch, capfd):
    """Runs a command in the test's folder without a process of its own; returns exit code, stdout and stderr."""
    # What Warp says once when it starts is not the command's.
    available_devices()
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def run_stand_in(run_here, monkeypatch):
    """Runs a command like `run_here`, with a stand-in for the computation that the first argument chooses."""
    spec = importlib.util.spec_from_file_location("job_stand_in", STAND_IN)
    stand_ins = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stand_ins)

    def run(stand_in, *arguments):
        for name, module in stand_ins.modules(stand_in).items():
            monkeypatch.setitem(sys.modules, name, module)
        return run_here(*arguments)

    return run


@pytest.fixture
def refused(tmp_path, run_here, one_line):
    """Runs a command that its arguments or input make fail; returns its error line after checking that this is the only
    output, the exit code is 2 and no file was touched."""

    def run(*arguments):
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        code, out, err = run_here(*arguments)
        assert (code, out) == (2, "")
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
        return one_line(err)

    return run
