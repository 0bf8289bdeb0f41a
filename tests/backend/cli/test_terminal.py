"""The command line where output, folders and names are not what programs hope for: one line each."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes, devices and names of Unix")


@pytest.fixture
def shell(backend_environment, tmp_path):
    """Runs a shell line in which $H is the command line; gives exit code and lines of stderr."""

    def run(line: str) -> tuple[int, list[str]]:
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; H='{sys.executable} -m headbridge'; {line}"],
            cwd=tmp_path,
            env=backend_environment,
            capture_output=True,
            timeout=120,
        )
        return done.returncode, done.stderr.decode().splitlines()

    return run


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_behind_stdout(shell):
    code, lines = shell("$H --version > /dev/full")
    assert code == 1 and len(lines) == 1 and "could not be written to stdout (No space left" in lines[0]


def test_a_reader_that_has_gone(backend_environment):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "headbridge", "--version"]
    done = subprocess.run(command, env=backend_environment, stdout=writing, stderr=subprocess.PIPE, timeout=120)
    os.close(writing)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1 and len(lines) == 1 and "Broken pipe" in lines[0]


def test_closed_streams(shell):
    assert shell("$H register none.obj flame -o out.obj 2>&-")[0] == 2
    assert shell("$H --version >&-") == (0, [])


def test_a_folder_that_was_deleted(shell):
    code, lines = shell("mkdir gone; cd gone; rmdir ../gone; $H register flame hack -o out.obj")
    assert (code, lines) == (
        2,
        ["headbridge: error: the current folder does not exist any more; change into another one"],
    )


@pytest.mark.parametrize("made", ["mkfifo", "ln -s /dev/zero"])
def test_pipes_and_devices_are_no_files(shell, made):
    code, lines = shell(f"{made} a.npz; timeout 60 $H register a.npz flame -o out.obj")
    assert (
        code == 2 and len(lines) == 1 and "a.npz: this is a pipe or a device; save what it gives to a file" in lines[0]
    )


def test_names_do_not_reach_the_terminal_as_they_are(shell):
    code, lines = shell("$H register $'two\\nlines\\e[31m\\u202e.obj' flame -o out.obj")
    assert (code, lines) == (
        2,
        ["headbridge: error: two\\nlines\\x1b[31m\\u202e.obj: there is no such file; check the path."],
    )


def test_names_that_no_disk_holds(shell):
    long = "n" * 300
    for line in (f"$H register {long}.obj flame -o out.obj", f"$H register flame hack -o {long}.obj"):
        code, lines = shell(line)
        assert code == 2 and len(lines) == 1 and "too long" in lines[0]
