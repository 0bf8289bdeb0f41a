"""Ctrl-C at moments that tests can choose: one line, the exit code of a cancel, no half-written file."""

import os
import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as Unix does")

_START = """
import os, signal, sys
from headbridge.interrupt import exit_on_interrupt, stop_on_interrupt, uninterrupted, unfinished_file
exit_on_interrupt()
def press():
    os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.fixture
def run(backend_environment, tmp_path):
    def go(program: str):
        return subprocess.run(
            [sys.executable, "-c", _START + program],
            cwd=tmp_path,
            env=backend_environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return go


def test_the_process_ends_with_one_line_and_takes_what_is_half_written_away(run, tmp_path):
    done = run("""
with unfinished_file(".out.part"):
    open(".out.part", "w").write("half")
    try:
        press()
    except BaseException:
        print("seen by a library that swallows it")
""")
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "headbridge: error: Cancelled; nothing was changed.\n"
    assert not list(tmp_path.iterdir())


def test_what_has_begun_to_be_renamed_is_finished_first(run):
    done = run("""
with uninterrupted():
    press()
    sys.stdout.write("all files renamed")
    sys.stdout.flush()
sys.stdout.write("too late")
""")
    assert (done.returncode, done.stdout) == (130, "all files renamed")


def test_a_job_is_asked_and_writes_nothing_any_more(run, tmp_path):
    done = run("""
from headbridge.errors import Cancelled
from headbridge.mesh.io.files import write_file
with stop_on_interrupt() as stopped:
    press()
    assert stopped()
    try:
        write_file("result.txt", b"x")
    except Cancelled:
        print("cancelled")
write_file("later.txt", b"x")
""")
    assert (done.returncode, done.stdout) == (0, "cancelled\n"), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["later.txt"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "wait", [b"import 'headbridge.cli.main'", b"import 'numpy'", b"import 'headbridge.fitting.heads'"]
)
def test_the_command_line_ends_so_while_it_loads(wait, backend_environment, tmp_path):
    command = [sys.executable, "-v", "-m", "headbridge", "sample", "-o", "out", "--model", "open-flame"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=backend_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    for line in process.stderr:
        if wait in line:
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors and b"Cancelled; nothing was changed." in errors
    assert not os.listdir(tmp_path)
