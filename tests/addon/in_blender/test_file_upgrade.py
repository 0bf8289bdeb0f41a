"""Files of earlier versions are brought into the present form when they are loaded."""

from __future__ import annotations

import json

import bpy
import numpy as np
import pytest

SMILE = np.array([0.0, 0.0, 0.01])


@pytest.fixture
def old_result(heads):
    """A result as version 0 left it: "Registered" at 0.75 and a key of the user's, relative to the aligned basis."""
    result = heads[0].copy()
    result.data = heads[0].data.copy()
    result.name = "Result"
    bpy.context.scene.collection.objects.link(result)
    aligned = np.array([tuple(vertex.co) for vertex in result.data.vertices])
    registered = aligned * 1.5
    result.shape_key_add(name="Basis")
    for name, positions, value in (("Registered", registered, 0.75), ("Smile", aligned + SMILE, 0.5)):
        key = result.shape_key_add(name=name, from_mix=False)
        key.data.foreach_set("co", positions.astype(np.float32).ravel())
        key.value = value
    result["headbridge_result"] = json.dumps({"source": "Source", "target": "Target"})
    return aligned, registered


def loaded(tmp_path):
    path = str(tmp_path / "old.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    return bpy.data.objects["Result"]


def positions(key) -> np.ndarray:
    return np.array([tuple(point.co) for point in key.data])


def seen(obj) -> np.ndarray:
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([tuple(vertex.co) for vertex in evaluated.data.vertices])


def test_registered_shape_becomes_the_basis_and_all_looks_the_same(old_result, tmp_path):
    aligned, registered = old_result
    result = loaded(tmp_path)
    keys = result.data.shape_keys.key_blocks
    assert keys.keys() == ["Basis", "Aligned", "Smile"]
    np.testing.assert_allclose(positions(keys["Basis"]), registered, atol=1e-6)
    np.testing.assert_allclose(positions(keys["Aligned"]), aligned, atol=1e-6)
    np.testing.assert_allclose(positions(keys["Smile"]), registered + SMILE, atol=1e-6)
    assert keys["Aligned"].value == pytest.approx(0.25)
    np.testing.assert_allclose(seen(result), aligned + 0.75 * (registered - aligned) + 0.5 * SMILE, atol=1e-6)


def test_names_become_pointers_once(old_result, tmp_path, addon):
    result = loaded(tmp_path)
    result_object = addon("result_object")
    assert result_object.source_of(result) == bpy.data.objects["Source"]
    assert result_object.target_of(result) == bpy.data.objects["Target"]
    bpy.data.objects.remove(bpy.data.objects["Source"])
    bpy.data.objects["Target"].name = "Source"
    result = loaded(tmp_path)
    assert result_object.source_of(result) is None
    assert result_object.target_of(result) == bpy.data.objects["Source"]


def test_two_shapes_of_a_scan_have_the_scans_own_as_basis(heads, tmp_path):
    obj = heads[0]
    obj.name = "Result"
    obj["headbridge_fit"] = "{}"
    obj.shape_key_add(name="Model")
    detail = obj.shape_key_add(name="Detail")
    for point in detail.data:
        point.co.z += 0.2
    detail.value = 1.0
    expected = positions(detail)
    keys = loaded(tmp_path).data.shape_keys.key_blocks
    assert keys.keys() == ["Detail", "Model"] and keys["Model"].value == 0.0
    np.testing.assert_allclose(positions(keys["Detail"]), expected, atol=1e-6)
