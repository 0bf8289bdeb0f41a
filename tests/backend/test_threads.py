"""The number of threads: said before libraries load, and without a trace in the results."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from headbridge import threads
from headbridge.threads import VARIABLES, asked_threads, thread_count, usable_cores

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        (["register", "a", "b"], None),
        (["register", "--threads", "3", "a"], 3),
        (["register", "a", "--threads=12"], 12),
        (["register", "--threads", "0"], None),
        (["register", "--threads=-2"], None),
        (["register", "a", "--threads"], None),
    ],
)
def test_the_number_on_a_command_line(arguments, number):
    assert asked_threads(arguments) == number


def test_the_number_that_is_used(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert thread_count() == 3
    for nothing in ("", "0", "many"):
        monkeypatch.setenv("OMP_NUM_THREADS", nothing)
        assert thread_count() == usable_cores()


def headbridge(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    variables = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    variables |= {"PYTHONPATH": str(ROOT / "backend"), "HEADBRIDGE_CACHE": ""}
    command = [sys.executable, "-m", "headbridge", *arguments]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("number", ["0", "-1", "two"])
def test_no_number_of_threads(tmp_path, number):
    ended = headbridge(tmp_path, "register", "flame", "hack", f"--threads={number}")
    assert ended.returncode == 2 and "is no number of threads; give 1 or more" in ended.stderr


@pytest.mark.slow
def test_libraries_use_that_many(tmp_path):
    script = (
        "import sys\n"
        "from headbridge import __main__\n"
        "from headbridge.cli import main\n"
        "def told(arguments=None):\n"
        "    import cv2, torch\n"
        "    from headbridge.linalg.blas_threads import _libraries\n"
        "    from headbridge.spatial.blocks import _pool\n"
        "    print(cv2.getNumThreads(), torch.get_num_threads(), _pool()._max_workers, *{get() for get, _ in _libraries()})\n"
        "main.main = told\n"
        "sys.argv[1:] = ['register', 'a', 'b', '--threads', '2']\n"
        "__main__.console()\n"
    )
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "backend")}
    told = subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True, timeout=60)
    assert told.stdout.split() == ["2", "2", "2", "2"] or os.cpu_count() < 2, told.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "made"),
    [
        (("register", "flame", "hack", "--output", "out.obj"), "out.obj"),
        (("fit-photo", str(ROOT / "scripts" / "demo" / "portrait.png"), "--landmarks-only", "-o", "."), "head.npz"),
    ],
)
def test_the_same_bits_for_any_number(tmp_path, arguments, made):
    contents = []
    for number in ("1", "3"):
        ended = headbridge(tmp_path, *arguments, "--threads", number)
        assert ended.returncode == 0, ended.stderr
        contents.append((tmp_path / made).read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "max 100000"}, 16),
        ({"quota": "300000", "period": "100000"}, 3),
        ({"quota": "-1", "period": "100000"}, 16),
        ({"cpu.max": "nonsense"}, 16),
        ({}, 16),
    ],
)
def test_containers_and_bound_cores_count(tmp_path, monkeypatch, files, cores):
    for name, text in files.items():
        (tmp_path / name).write_text(text + "\n")
    paths = {name: str(tmp_path / name) for name in ("cpu.max", "quota", "period")}
    monkeypatch.setattr(threads, "_QUOTAS", ((paths["cpu.max"], ""), (paths["quota"], paths["period"])))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    assert usable_cores() == cores
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert usable_cores() == 1
