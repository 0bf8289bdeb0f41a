"""The extension's life in Blender: enabled from the built zip, disabled without a trace, enabled again."""

from __future__ import annotations

import os
import time
from pathlib import Path

import bpy
import pytest

MODULE = "bl_ext.user_default.headbridge"


def operators() -> set[str]:
    return set(dir(bpy.ops.headbridge))


def test_installed_from_the_zip(extension):
    assert MODULE in bpy.context.preferences.addons
    assert Path(extension.__file__).is_relative_to(os.environ["BLENDER_USER_RESOURCES"])
    assert {"add_head", "register", "cancel", "compare", "pick_pairs", "export_pairs", "setup_backend"} <= operators()
    assert {"transfer_uvs", "bake_texture", "show_uvs", "select_uv_problems"} <= operators()


def test_disabling_leaves_nothing_and_enabling_brings_it_back():
    before = operators()
    handlers = len(bpy.app.handlers.undo_post)
    bpy.ops.preferences.addon_disable(module=MODULE)
    owners = (bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager)
    assert not any(hasattr(owner, "headbridge") for owner in owners)
    assert not [name for name in dir(bpy.types) if name.startswith("HEADBRIDGE_")]
    assert len(bpy.app.handlers.undo_post) == handlers - 1
    bpy.ops.preferences.addon_enable(module=MODULE)
    assert operators() == before and hasattr(bpy.types.Scene, "headbridge")


def test_disabling_ends_the_worker(heads, fake_worker, addon):
    fake_worker("answer")
    bpy.ops.headbridge.register(source="Source", target="Target")
    worker = addon("backend_worker").worker()
    bpy.ops.preferences.addon_disable(module=MODULE)
    assert not worker.alive
    bpy.ops.preferences.addon_enable(module=MODULE)


def test_every_class_is_named_after_the_extension():
    names = [name for name in dir(bpy.types) if "headbridge" in name.lower()]
    assert len(names) >= 20
    assert all(name.split("_")[0] == "HEADBRIDGE" and name.split("_")[1] in {"OT", "PT", "PG", "UL"} for name in names)


def test_leftovers_of_old_sessions_are_removed(addon, tmp_path):
    (tmp_path / "job-old").mkdir()
    (tmp_path / "job-old" / "source.npz").touch()
    (tmp_path / "new.log").touch()
    (tmp_path / "old.log").touch()
    past = time.time() - 10 * 86400
    for name in ("job-old", "old.log"):
        os.utime(tmp_path / name, (past, past))
    addon("paths").remove_old(str(tmp_path), 3.0)
    assert [entry.name for entry in tmp_path.iterdir()] == ["new.log"]


@pytest.mark.parametrize(
    ("task", "holder", "operator"),
    [
        ("register", "settings", "register"),
        ("uv", "uv_settings", "transfer_uvs"),
        ("bake", "bake_settings", "bake_texture"),
    ],
)
def test_settings_become_properties(addon, task, holder, operator):
    described = addon("settings").DESCRIPTIONS[task]
    group = getattr(bpy.context.scene.headbridge, holder)
    # Blender's numbers are single precision.
    assert addon("settings").values(group, task) == pytest.approx({item["name"]: item["default"] for item in described})
    for item in described:
        declared = group.bl_rna.properties[item["name"]]
        assert declared.name.lower() == item["label"].lower()
        if item["choices"]:
            assert list(declared.enum_items.keys()) == item["choices"]
        elif item["minimum"] is not None:
            assert (declared.hard_min, declared.hard_max) == (item["minimum"], item["maximum"]) or item[
                "type"
            ] == "float"
    operators = getattr(bpy.ops.headbridge, operator).get_rna_type().properties.keys()
    assert set(addon("settings").names(task)) <= set(operators)
