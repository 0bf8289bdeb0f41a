"""Choosing an interpreter, and creating the backend's environment."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import bpy
import pytest

PREFERENCES = "bl_ext.user_default.headbridge"


@pytest.fixture
def environment(addon):
    return addon("environment")


@pytest.fixture
def no_variable(monkeypatch):
    monkeypatch.delenv("HEADBRIDGE_PYTHON")
    yield
    bpy.context.preferences.addons[PREFERENCES].preferences.interpreter = ""


def test_environment_variable_comes_before_the_preferences(addon, monkeypatch, no_variable):
    bpy.context.preferences.addons[PREFERENCES].preferences.interpreter = "/chosen/python"
    assert addon("paths").interpreter_choice() == ("/chosen/python", "preferences")
    monkeypatch.setenv("HEADBRIDGE_PYTHON", "/named/python")
    assert addon("paths").interpreter_choice()[0] == "/named/python"


def test_own_environment_is_found(addon, no_variable):
    assert addon("paths").interpreter_choice() == ("", "")
    python = Path(addon("paths").environment_python(addon("paths").environment_folder()))
    python.parent.mkdir(parents=True)
    python.touch()
    try:
        assert addon("paths").interpreter_choice() == (str(python), "created by HeadBridge")
    finally:
        python.unlink()


def test_python_range(environment, tmp_path):
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nrequires-python = ">=3.11,<3.13"\n')
    assert environment.python_range(str(project)) == ((3, 11), (3, 13))
    project.write_text('[project]\nrequires-python = ">=3.11"\n')
    assert environment.python_range(str(project)) == ((3, 11), None)


@pytest.mark.parametrize(
    ("version", "on_path", "expected"),
    [
        ((3, 11), {"python3.11": "/usr/bin/python3.11"}, "/blender/python"),
        ((3, 13), {"python3.11": "/usr/bin/python3.11"}, "/usr/bin/python3.11"),
        ((3, 13), {"py": "LAUNCHER"}, "C:/Python311/python.exe"),
    ],
)
def test_base_interpreter(environment, tmp_path, version, on_path, expected):
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nrequires-python = ">=3.11,<3.12"\n')
    launcher = tmp_path / "py"
    launcher.write_text('#!/bin/sh\n[ "$1" = "-3.11" ] && echo C:/Python311/python.exe\n')
    launcher.chmod(0o755)
    found = {name: str(launcher) if path == "LAUNCHER" else path for name, path in on_path.items()}
    assert environment.base_interpreter("/blender/python", version, found.get, str(project)) == expected


def test_no_fitting_python_says_what_to_install(environment, tmp_path):
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nrequires-python = ">=3.11,<3.12"\n')
    with pytest.raises(Exception, match=r"needs Python 3.11, and this Blender carries 3.13(.|\n)*python.org"):
        environment.base_interpreter("/blender/python", (3, 13), lambda _name: None, str(project))


def test_shipped_files_name_the_python_and_the_packages(environment):
    assert environment.python_range()[0] == (3, 11)
    pinned = Path(environment.REQUIREMENTS_FILE).read_text()
    assert "warp-lang==" in pinned and "numpy==" in pinned


def run(setup):
    deadline = time.monotonic() + 120.0
    while not setup.finished:
        time.sleep(0.05)
        assert time.monotonic() < deadline
    return setup


def test_setup_makes_a_working_environment(environment, addon, tmp_path):
    (tmp_path / "none.txt").write_text("# nothing\n")
    folder, log = str(tmp_path / "made"), str(tmp_path / "setup.log")
    check = (
        "-c",
        "import headbridge, sys; assert sys.prefix != sys.base_prefix; print('fits', headbridge.__version__)",
    )
    setup = run(environment.EnvironmentSetup(folder, log, sys.executable, str(tmp_path / "none.txt"), check))
    assert (setup.error, setup.cancelled) == ("", False)
    assert os.path.isfile(addon("paths").environment_python(folder))
    assert "fits 0." in Path(log).read_text()


def test_failed_setup_leaves_nothing_but_its_log(environment, tmp_path):
    folder, log = str(tmp_path / "made"), str(tmp_path / "setup.log")
    setup = run(environment.EnvironmentSetup(folder, log, sys.executable, str(tmp_path / "missing.txt")))
    assert "exit code 1" in setup.error and "missing.txt" in setup.error
    assert not os.path.exists(folder) and "missing.txt" in Path(log).read_text()


def test_cancelled_setup_leaves_nothing(environment, tmp_path):
    folder, log = str(tmp_path / "made"), str(tmp_path / "setup.log")
    setup = environment.EnvironmentSetup(folder, log, sys.executable, str(tmp_path / "missing.txt"))
    setup.cancel()
    run(setup)
    assert setup.cancelled and not setup.error and not os.path.exists(folder)


def test_nothing_is_downloaded_offline(monkeypatch):
    bpy.context.preferences.system.use_online_access = False
    with pytest.raises(RuntimeError, match="Blender is offline"):
        bpy.ops.headbridge.setup_backend()


def test_backend_without_packages_is_told(addon, scene_content, tmp_path, monkeypatch):
    # An interpreter that ignores the environment it is in: the backend's packages cannot be found.
    program = tmp_path / "bare"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("HEADBRIDGE_PYTHON", str(program))
    before = scene_content()
    with pytest.raises(RuntimeError):
        bpy.ops.headbridge.check_backend()
    assert bpy.context.window_manager.headbridge.error
    assert scene_content() == before
    addon("backend_worker").stop()
