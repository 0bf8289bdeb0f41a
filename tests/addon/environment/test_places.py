"""Where environments are, what they are called, and the worker's own variables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {}, "~/.local/share/headbridge/env"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/headbridge/env"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "~/.local/share/headbridge/env"),
        ("darwin", {}, "~/Library/Application Support/HeadBridge/env"),
        ("linux", {"HEADBRIDGE_ENVIRONMENTS": "/short"}, "/short"),
    ],
)
def test_folder(plain_addon, platform, variables, folder):
    assert plain_addon("environment.place").environments_folder(variables, platform) == os.path.expanduser(folder)


def test_folder_of_windows_is_short(plain_addon):
    variables = {"LOCALAPPDATA": r"C:\Users\twenty_characters_xx\AppData\Local"}
    folder = plain_addon("environment.place").environments_folder(variables, "win32").replace("/", "\\")
    assert folder == variables["LOCALAPPDATA"] + r"\HeadBridge\env"
    # PyTorch's longest file below site-packages has 167 characters; Windows allows 259.
    assert len(folder + r"\abcdef-1\Lib\site-packages" + "\\") + 167 <= 259


def test_names(plain_addon, tmp_path):
    pins = plain_addon("environment.pins")
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"# said\nnumpy==2.4.6\ntorch==2.13.0  # why\n")
    other.write_bytes(b"torch==2.13.0\r\nnumpy==2.4.6\r\n\r\n")
    name = pins.pins_id(str(one))
    assert name == pins.pins_id(str(other)) and len(name) == 6
    other.write_bytes(b"torch==2.13.1\nnumpy==2.4.6\n")
    assert name != pins.pins_id(str(other))
    asked = [((3, 11), "cpu"), ((3, 13), "cpu"), ((3, 11), "nvidia")]
    assert len({pins.environment_id(name, *what) for what in asked}) == 3


def test_python_range(plain_addon, tmp_path):
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nrequires-python = ">=3.11,<3.14"\n')
    python_range = plain_addon("environment.pins").python_range
    assert python_range(str(project)) == ((3, 11), (3, 14))
    assert python_range(str(ROOT / "pyproject.toml"))[0] == (3, 11)
    project.unlink()
    with pytest.raises(plain_addon("job_client").BackendError, match="install the extension again"):
        python_range(str(project))


def test_newest_other_environment_serves_until_the_update(plain_addon, tmp_path):
    module = plain_addon("environment.store")
    store = module.Store(str(tmp_path / "env"))
    assert store.best("aaaaaa") is None
    for number, pins in enumerate(("bbbbbb", "cccccc")):
        Path(folder := store.new_folder(pins)).mkdir(parents=True)
        store.switch(module.Environment(folder, pins, "3.11", "cpu"))
        os.utime(tmp_path / "env" / f"{pins}.current", (number, number))
    assert store.best("aaaaaa").pins == "cccccc" and store.best("bbbbbb").pins == "bbbbbb"
    # One whose folder was deleted by hand is none.
    (Path(store.of_pins("cccccc").folder) / "headbridge.json").unlink()
    assert store.best("aaaaaa").pins == "bbbbbb" and store.of_pins("cccccc") is None


def test_only_environments_of_the_store_are_held(plain_addon, tmp_path):
    store = plain_addon("environment.store").Store(str(tmp_path / "env"))
    assert store.use("/usr/bin/python3") is None
    lock = store.use(str(tmp_path / "env" / "abcdef-1" / "bin" / "python"))
    assert os.path.basename(lock.path) == f"abcdef-1.{os.getpid()}"
    lock.release()


def test_files_of_the_current_folder_are_not_run(plain_addon, tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('ran a file of the current folder')\n")
    variables = plain_addon("job_client").worker_environment(str(ROOT / "backend"), threads=3)
    script = (
        "import headbridge, json, os, sys; print(json.dumps([headbridge.__version__, os.environ['OMP_NUM_THREADS']]))"
    )
    told = subprocess.run([sys.executable, "-c", script], env=variables, cwd=tmp_path, capture_output=True, text=True)
    assert json.loads(told.stdout)[1] == "3", told.stderr


def test_waiting_threads_do_not_spin_unless_the_user_says_so(plain_addon):
    worker_environment = plain_addon("job_client").worker_environment
    variables = worker_environment("/backend", {})
    assert variables["OMP_WAIT_POLICY"] == "PASSIVE" and "OMP_NUM_THREADS" not in variables
    assert worker_environment("/backend", {"OMP_WAIT_POLICY": "ACTIVE"})["OMP_WAIT_POLICY"] == "ACTIVE"
