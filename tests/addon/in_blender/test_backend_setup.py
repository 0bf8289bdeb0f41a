"""Choosing an interpreter, and creating the backend's environment."""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from pathlib import Path
from unittest.mock import MagicMock

import bpy
import pytest

STUB = Path(__file__).resolve().parents[1] / "environment" / "stub_python.sh"
SYSTEM = {"darwin": "macosx_11_0_arm64"}.get(sys.platform, "manylinux_2_28_x86_64")
_WITHOUT_ASSETS = shutil.ignore_patterns("assets", "__pycache__")
PREFERENCES = "bl_ext.user_default.headbridge"


@pytest.fixture(autouse=True)
def environments(tmp_path, monkeypatch) -> Path:
    """The folder of the environments, not the user's."""
    monkeypatch.setenv("HEADBRIDGE_ENVIRONMENTS", str(tmp_path / "env"))
    return tmp_path / "env"


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


def test_shared_environment_is_found_and_tells_when_it_is_for_other_packages(addon, no_variable, environments):
    paths, store = addon("paths"), addon("environment.store")
    assert paths.interpreter_choice() == ("", "") and not paths.needs_update()
    made = store.Environment(str(environments / "abcdef-1"), "abcdef", "3.11", "cpu")
    Path(made.folder).mkdir(parents=True)
    paths.environments().switch(made)
    assert paths.interpreter_choice() == (made.interpreter, "created by HeadBridge") and paths.needs_update()
    own = store.Environment(str(environments / "123456-1"), paths.pins(), "3.11", "cpu")
    Path(own.folder).mkdir()
    paths.environments().switch(own)
    assert paths.interpreter_choice() == (own.interpreter, "created by HeadBridge") and not paths.needs_update()


def test_files_of_the_environments_are_read_when_a_pointer_was_written(addon, no_variable, environments, monkeypatch):
    paths, store = addon("paths"), addon("environment.store")
    reads = []
    best = store.Store.best
    monkeypatch.setattr(store.Store, "best", lambda self, pins: reads.append(pins) or best(self, pins))
    for number in range(1, 4):
        made = store.Environment(str(environments / f"123456-{number}"), paths.pins(), "3.11", "cpu")
        Path(made.folder).mkdir(parents=True)
        paths.environments().switch(made)
        for _redraw in range(5):
            assert paths.interpreter_choice()[0] == made.interpreter and not paths.needs_update()
        assert len(reads) == number
    shutil.rmtree(made.folder)
    assert paths.interpreter_choice() == ("", "")


def test_environment_of_an_earlier_version_works_until_the_update(addon, no_variable):
    paths = addon("paths")
    python = Path(addon("environment.place").environment_python(paths.earlier_environment()))
    python.parent.mkdir(parents=True)
    python.touch()
    try:
        assert paths.interpreter_choice() == (str(python), "created by HeadBridge") and paths.needs_update()
        assert paths.interpreter() == str(python)
    finally:
        python.unlink()


def test_environment_whose_python_is_gone_is_told(addon, no_variable, environments, monkeypatch):
    paths, base_python = addon("paths"), addon("environment.base_python")
    made = addon("environment.store").Environment(str(environments / "123456-1"), paths.pins(), "3.11", "cpu")
    Path(made.interpreter).parent.mkdir(parents=True)
    (environments / "123456-1" / "pyvenv.cfg").write_text("home = /gone/blender\n")
    os.symlink("/gone/blender/python", made.interpreter)
    paths.environments().switch(made)
    monkeypatch.setattr(base_python, "probed", lambda _command: None)
    with pytest.raises(Exception, match="Python 3.11 in /gone/blender, which is gone: press Update Environment"):
        paths.interpreter()


def test_shipped_files_name_the_python_and_the_packages(addon):
    paths = addon("paths")
    assert addon("environment.pins").python_range(paths.PROJECT_FILE)[0] == (3, 11)
    pinned = Path(paths.REQUIREMENTS_FILE).read_text()
    assert "warp-lang==" in pinned and "numpy==" in pinned


@pytest.fixture
def stub(tmp_path, addon, monkeypatch):
    """A Python that makes itself into environments, in place of Blender's own; HB_STAGE and HB_WAY say how it fails."""
    program = tmp_path / "base" / "python"
    program.parent.mkdir()
    shutil.copy(STUB, program)
    program.chmod(0o755)
    base_python, setup = addon("environment.base_python"), addon("environment.setup")
    monkeypatch.setattr(base_python, "find", lambda *_: base_python.BasePython(str(program), (3, 11)))
    monkeypatch.setattr(addon("operators.backend_setup"), "Order", functools.partial(setup.Order, check=("check",)))
    bpy.context.preferences.system.use_online_access = True
    yield program
    bpy.context.preferences.system.use_online_access = False


def test_button_makes_an_environment(addon, no_variable, stub, environments):
    assert bpy.ops.headbridge.setup_backend() == {"FINISHED"}
    path, origin = addon("paths").interpreter_choice()
    assert origin == "created by HeadBridge" and Path(path).is_relative_to(environments) and os.path.isfile(path)
    assert not addon("paths").needs_update()
    assert bpy.context.window_manager.headbridge.task == ""


def test_button_that_fails_leaves_the_environment(addon, no_variable, stub, monkeypatch):
    bpy.ops.headbridge.setup_backend()
    before = addon("paths").interpreter_choice()
    monkeypatch.setenv("HB_STAGE", "pip")
    monkeypatch.setenv("HB_WAY", "full")
    with pytest.raises(RuntimeError, match="Installing the packages failed. The disk is full: make room"):
        bpy.ops.headbridge.setup_backend()
    assert addon("paths").interpreter_choice() == before
    log = Path(bpy.context.window_manager.headbridge.error_log)
    assert "No space left on device" in log.read_text()


def test_that_another_file_ended_the_set_up_is_said_in_that_file(addon):
    class SetupOperator(addon("operators.backend_setup").SetupOperator):
        def report(self, *_):
            pass

    SetupOperator()._say_ended()
    bpy.ops.wm.read_homefile(use_empty=True)
    state = bpy.context.window_manager.headbridge
    assert "another file was opened" in state.error and state.error_of == "SetupOperator" and not state.task
    bpy.ops.wm.read_homefile(use_empty=True)
    assert not bpy.context.window_manager.headbridge.error


def test_install_from_a_file_needs_no_network(addon, no_variable, stub, tmp_path):
    bpy.context.preferences.system.use_online_access = False
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / f"numpy-2.4.6-cp311-cp311-{SYSTEM}.whl").touch()
    assert bpy.ops.headbridge.setup_from_file(filepath=str(wheels)) == {"FINISHED"}
    folder = Path(addon("paths").interpreter_choice()[0]).parents[1]
    assert f"--no-index --find-links {wheels}" in (folder / "pip_arguments").read_text()


def test_install_from_what_is_no_file_is_told(tmp_path):
    (tmp_path / "bundle.zip").write_text("no zip")
    with pytest.raises(RuntimeError, match="bundle.zip cannot be read"):
        bpy.ops.headbridge.setup_from_file(filepath=str(tmp_path / "bundle.zip"))


def test_preferences_say_sizes_and_room(addon, environments):
    text = addon("preferences").room_text("CPU")
    assert "About 1.7 GB on the disk, 0.5 GB to download" in text and f"free for {environments}" in text


def drawn(draw, findings: str = "") -> dict[str, list[str]]:
    """What a function draws into a layout: the texts of labels and of operators that have their own, by kind."""
    layout = MagicMock()
    for name in ("row", "column", "box"):
        getattr(layout, name).return_value = layout
    context = MagicMock()
    context.window_manager.headbridge.task = context.window_manager.headbridge.error = ""
    context.window_manager.headbridge.findings = findings
    context.region.width, context.preferences.system.ui_scale = 4000, 1.0
    draw(layout, context)
    return {
        kind: [call.kwargs["text"] for call in getattr(layout, kind).call_args_list if "text" in call.kwargs]
        for kind in ("label", "operator")
    }


def test_each_line_of_the_examination_offers_what_mends_it(addon, no_variable, tmp_path, monkeypatch):
    findings = [
        {"subject": "numpy", "state": "ok", "text": "version 2", "fix": "", "folder": ""},
        {"subject": "scipy", "state": "problem", "text": "not installed", "fix": "environment", "folder": ""},
        {"subject": "FLAME", "state": "warning", "text": "not found", "fix": "folder", "folder": str(tmp_path / "new")},
    ]
    shown = drawn(addon("preferences").draw_findings, json.dumps(findings))
    assert shown["label"][1:] == ["numpy", "version 2", "scipy", "not installed", "FLAME", "not found"]
    assert shown["operator"] == ["Examine", "Create Environment"]
    monkeypatch.setenv("HEADBRIDGE_PYTHON", sys.executable)
    assert drawn(addon("preferences").draw_findings, json.dumps(findings))["operator"][1] == "Update Environment"
    (tmp_path / "file").touch()
    with pytest.raises(RuntimeError, match="'.*below' cannot be made"):
        bpy.ops.headbridge.open_folder(folder=str(tmp_path / "file" / "below"))


def test_panels_offer_the_update(addon, no_variable, environments):
    """Jobs run on with the environment of other packages, and the buttons say what to press."""
    preferences = bpy.context.preferences.addons[PREFERENCES].preferences
    draw_setup = addon("preferences").HEADBRIDGE_AP_preferences._draw_setup

    def preferences_drawn():
        return drawn(lambda layout, context: draw_setup(preferences, layout, context))

    def panel_drawn():
        return drawn(addon("panel_parts").draw_status)

    assert "Update Environment" not in preferences_drawn()["operator"]
    assert panel_drawn()["label"] == ["Not set up yet"]
    store = addon("environment.store")
    for pins, outdated in (("abcdef", True), (addon("paths").pins(), False)):
        made = store.Environment(str(environments / f"{pins}-1"), pins, "3.11", "cpu")
        Path(made.folder).mkdir(parents=True)
        addon("paths").environments().switch(made)
        assert ("Update Environment" in preferences_drawn()["operator"]) == outdated
        assert panel_drawn()["label"] == ["Of another version" if outdated else "Ready"]
    assert any("1.7 GB on the disk" in text for text in preferences_drawn()["label"])


def test_setup_makes_a_working_environment(addon, tmp_path):
    """With a real Python and pip: an extension without packages of its own, whose backend is importable."""
    base_python, setup = addon("environment.base_python"), addon("environment.setup")
    shutil.copytree(addon("paths").BACKEND_FOLDER, tmp_path / "extension" / "backend", ignore=_WITHOUT_ASSETS)
    (tmp_path / "extension" / setup.REQUIREMENTS).write_text("# nothing\n")
    check = "import headbridge, sys; assert sys.prefix != sys.base_prefix; print('fits', headbridge.__version__)"
    base = base_python.find(sys.version_info[:2], (3, sys.version_info[1] + 1))
    order = setup.Order(str(tmp_path / "extension"), base, "cpu", check=("-c", check))
    running = setup.EnvironmentSetup(addon("paths").environments(), order, str(tmp_path / "setup.log"))
    running.wait()
    assert (running.error, running.cancelled) == ("", False)
    assert "fits 0." in (tmp_path / "setup.log").read_text()


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
