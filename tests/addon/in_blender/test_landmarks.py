"""Landmark pairs from empties, vertex groups and files, in canonical millimetres."""

from __future__ import annotations

import json

import bpy
import numpy as np
import pytest
from mathutils import Vector


@pytest.fixture
def pairs(addon):
    return addon("landmark_pairs")


def collection_of_empties(name, owner, points, pairs):
    collection = bpy.data.collections.new(name)
    bpy.context.scene.collection.children.link(collection)
    for label, point in points.items():
        pairs.add_empty(label, point, owner, collection)
    bpy.context.view_layer.update()
    return collection


def test_empties_pair_by_name_and_follow_their_object(heads, pairs):
    source, target = heads
    points = {"nose (source)": (0.1, 0, 0), "chin (source)": (0, 0.2, 0), "ear (source)": (0, 0, 0.3)}
    others = {name.replace("source", "target"): np.add(point, 1.0) for name, point in reversed(points.items())}
    left = collection_of_empties("Left", source, points, pairs)
    right = collection_of_empties("Right", target, others, pairs)
    source.location.z = 1.0
    bpy.context.view_layer.update()
    found = pairs.from_empties(left, right)
    assert found.names == ("chin", "ear", "nose")
    np.testing.assert_allclose(found.source, [(0, 1000, -200), (0, 1300, 0), (100, 1000, 0)], atol=1e-3)
    np.testing.assert_allclose(found.target, [(1000, 1000, -1200), (1000, 1300, -1000), (1100, 1000, -1000)], atol=1e-3)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("nose", "nose"),
        ("nose.001", "nose"),
        ("nose tip (target)", "nose tip"),
        ("nose_source.002", "nose"),
        ("source", ""),
    ],
)
def test_pair_names(pairs, name, plain):
    assert pairs.pair_name(name) == plain


def test_empty_without_partner_is_named(heads, pairs):
    left = collection_of_empties("Left", heads[0], {"a": (0, 0, 0), "b": (1, 0, 0), "c": (0, 1, 0)}, pairs)
    right = collection_of_empties("Right", heads[1], {"a": (0, 0, 0), "b": (1, 0, 0)}, pairs)
    with pytest.raises(ValueError, match="Landmark 'c' has no partner in 'Right'"):
        pairs.from_empties(left, right)


def test_two_empties_are_too_few(heads, pairs):
    left = collection_of_empties("Left", heads[0], {"a": (0, 0, 0), "b": (1, 0, 0)}, pairs)
    right = collection_of_empties("Right", heads[1], {"a": (0, 0, 0), "b": (1, 0, 0)}, pairs)
    with pytest.raises(ValueError, match="2 landmark pairs(.|\n)*at least 3"):
        pairs.from_empties(left, right)


def test_vertex_groups_give_weighted_centres(heads, pairs):
    for obj in heads:
        for name, weights in {"lm a": {0: 1.0, 1: 1.0}, "lm b": {1: 1.0, 2: 3.0}, "lm c": {3: 0.5}}.items():
            group = obj.vertex_groups.new(name=name)
            for vertex, weight in weights.items():
                group.add([vertex], weight * 0.2, "REPLACE")
    found = pairs.from_vertex_groups(*heads, "lm")
    np.testing.assert_allclose(found.source, [(50, 0, 0), (100, 0, -75), (0, 0, -100)], atol=1e-3)


def write(tmp_path, content) -> str:
    path = tmp_path / "pairs.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_file_by_vertex_and_by_position(heads, pairs, tmp_path):
    source, target = heads
    target.location.x = 1.0
    target["headbridge_head"] = "hack"
    bpy.context.view_layer.update()
    listed = [{"name": str(i), "source": {"vertex": i}, "target": [10.0 * i, 20.0, 30.0]} for i in range(3)]
    found = pairs.from_file(write(tmp_path, {"pairs": listed}), source, target)
    np.testing.assert_allclose(found.source, [(0, 0, 0), (100, 0, 0), (100, 0, -100)], atol=1e-3)
    # A built-in head's positions are its own millimetres, Y up, and move with the object.
    np.testing.assert_allclose(found.target, [(1000, 20, 30), (1010, 20, 30), (1020, 20, 30)], atol=1e-3)


def test_exported_pairs_come_back(heads, pairs, tmp_path):
    source, target = heads
    target["headbridge_head"] = "hack"
    target.rotation_euler, target.location = (0.3, 0.5, -0.2), (1.0, 2.0, 3.0)
    bpy.context.view_layer.update()
    points = {"a": (0.1, 0, 0), "b": (0, 0.2, 0), "c": (0, 0, 0.3)}
    scene = bpy.context.scene.headbridge
    scene.source, scene.target = heads
    scene.source_landmarks = collection_of_empties("Left", source, points, pairs)
    scene.target_landmarks = collection_of_empties("Right", target, points, pairs)
    path = str(tmp_path / "pairs.json")
    assert bpy.ops.headbridge.export_pairs(filepath=path) == {"FINISHED"}
    back = pairs.from_file(path, source, target)
    assert back.names == ("a", "b", "c")
    np.testing.assert_allclose(back.source, [(100, 0, 0), (0, 0, -200), (0, 300, 0)], atol=1e-3)
    np.testing.assert_allclose(back.target, back.source, atol=1e-3)


def test_demo_pairs_fit_the_shipped_heads(addon, pairs):
    bpy.ops.headbridge.add_head(kind="HACK")
    bpy.ops.headbridge.add_head(kind="LEE_PERRY_SMITH")
    assert bpy.ops.headbridge.use_demo_pairs() == {"FINISHED"}
    scene = bpy.context.scene.headbridge
    assert scene.landmarks == "FILE"
    bpy.context.view_layer.update()
    found = pairs.from_file(scene.landmarks_file, scene.source, scene.target)
    # The points lie on the scan's surface.
    arrays = addon("mesh_arrays")
    local = arrays.transform_points(scene.target.matrix_world.inverted(), arrays.from_canonical(found.target))
    away = [(scene.target.closest_point_on_mesh(point)[1] - Vector(point)).length for point in local]
    assert len(away) >= 10 and max(away) < 0.002


def test_demo_pairs_are_refused_for_other_heads(heads):
    with pytest.raises(RuntimeError, match="demo pairs are for"):
        bpy.ops.headbridge.use_demo_pairs()


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("{", "not a landmark pair file"),
        ({"points": []}, "not a landmark pair file"),
        ({"pairs": [{"name": "a", "source": {"vertex": 99}, "target": [0, 0, 0]}]}, "names vertex 99"),
        ({"pairs": [{"name": "a", "source": [0, 0], "target": [0, 0, 0]}]}, "not a landmark pair file"),
        ({"pairs": []}, "at least 3"),
    ],
)
def test_bad_file(heads, pairs, tmp_path, content, match):
    with pytest.raises(ValueError, match=match):
        pairs.from_file(write(tmp_path, content), *heads)


def test_missing_file(heads, pairs):
    with pytest.raises(ValueError, match="cannot be read"):
        pairs.from_file("/nowhere/pairs.json", *heads)
