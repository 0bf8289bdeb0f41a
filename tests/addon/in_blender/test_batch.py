"""A batch from Blender: selected objects and folders, its table, and results out of it."""

from __future__ import annotations

import json
import os

import bpy
import numpy as np
import pytest


@pytest.fixture
def two_heads():
    """Two FLAME heads beside each other, the second larger, both selected; returns their world positions by name."""
    heads = {}
    for name, scale in (("Anna", 1.0), ("Ben ä", 1.25)):
        bpy.ops.headbridge.add_head(kind="FLAME")
        obj = bpy.context.object
        obj.name, obj.scale = name, (scale,) * 3
        bpy.context.view_layer.update()
        heads[name] = np.array([tuple(obj.matrix_world @ vertex.co) for vertex in obj.data.vertices])
    for obj in bpy.data.objects:
        obj.select_set(True)
    return heads


def test_selected_heads_are_done_and_come_back_in_their_place(two_heads, tmp_path):
    bpy.context.scene.headbridge.fits.fit_mesh.scale = True
    assert bpy.ops.headbridge.batch(job="fit_mesh", output=str(tmp_path / "out")) == {"FINISHED"}
    table = bpy.context.window_manager.headbridge.batch
    assert {row.state for row in table.rows} == {"done"} and table.folder == str(tmp_path / "out")
    records = {
        row.name: json.loads((tmp_path / "out" / "records" / f"{row.name}.json").read_text()) for row in table.rows
    }
    for index, row in enumerate(table.rows):
        table.index = index
        assert bpy.ops.headbridge.open_batch_result() == {"FINISHED"}
        obj = bpy.context.object
        bpy.context.view_layer.update()
        got = np.array([tuple(obj.matrix_world @ vertex.co) for vertex in obj.data.vertices])
        expected = two_heads["Anna" if row.name == "Anna" else "Ben ä"]
        assert np.abs(got - expected).max() < 2e-5
    # The same once more keeps what is there.
    for obj in bpy.data.objects:
        obj.select_set(obj.name in two_heads)
    assert bpy.ops.headbridge.batch(job="fit_mesh", output=str(tmp_path / "out")) == {"FINISHED"}
    for name, record in records.items():
        assert json.loads((tmp_path / "out" / "records" / f"{name}.json").read_text()) == record


def test_a_folder_with_a_broken_file(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "broken.ply").write_text("no mesh")
    done = bpy.ops.headbridge.batch(job="fit_mesh", folder=str(tmp_path / "in"), output=str(tmp_path / "out"))
    assert done == {"FINISHED"}
    table = bpy.context.window_manager.headbridge.batch
    assert [(row.name, row.state) for row in table.rows] == [("broken", "failed")]
    assert "no PLY file" in table.rows[0].text
    with pytest.raises(RuntimeError, match="'broken' has no result"):
        bpy.ops.headbridge.open_batch_result(head="broken")


def test_a_batch_that_others_ran_can_be_shown(tmp_path):
    (tmp_path / "report.csv").write_text(
        "name,row,job,state,verdict,message\na,1,uv,check,check,Look.\n", encoding="utf-8"
    )
    assert bpy.ops.headbridge.load_batch(directory=str(tmp_path)) == {"FINISHED"}
    row = bpy.context.window_manager.headbridge.batch.rows[0]
    assert (row.name, row.job, row.state, row.text) == ("a", "uv", "check", "Look.")
    with pytest.raises(RuntimeError, match="There is no result in"):
        bpy.ops.headbridge.open_batch_result()
    with pytest.raises(RuntimeError, match="no table of a batch"):
        bpy.ops.headbridge.load_batch(directory=str(tmp_path / "elsewhere"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"job": "register", "output": "//out"}, "No source object is chosen"),
        ({"job": "fit_mesh"}, "Choose a folder for the results"),
        ({"job": "fit_mesh", "output": "out"}, "No mesh objects are selected"),
        ({"job": "fit_mesh", "output": "out", "folder": "/missing"}, "There is no folder"),
    ],
)
def test_what_is_missing_is_told(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    if "output" in arguments:
        arguments["output"] = str(tmp_path / "out")
    with pytest.raises(RuntimeError, match=message):
        bpy.ops.headbridge.batch(**arguments)
    assert bpy.context.window_manager.headbridge.task == ""
    assert not os.path.exists(tmp_path / "out" / "records")
