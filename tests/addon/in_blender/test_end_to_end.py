"""The whole way: built-in heads, the register operator and the real backend worker."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import bpy
import numpy as np
import pytest


def test_flame_onto_hack(addon):
    bpy.ops.headbridge.add_head(kind="FLAME")
    bpy.ops.headbridge.add_head(kind="HACK")
    target = bpy.data.objects["HACK"]
    target.rotation_euler = (0.2, -0.4, 0.9)
    target.scale = (1.7, 1.7, 1.7)
    bpy.context.view_layer.update()
    assert bpy.ops.headbridge.register(source="FLAME", target="HACK") == {"FINISHED"}

    result = bpy.context.scene.headbridge.result
    kept = json.loads(result["headbridge_result"])
    # The same distance, measured by Blender on its own objects; the job says how long a unit of the target's world is.
    matrix = target.matrix_world.inverted() @ result.matrix_world
    aligned, points = (
        [matrix @ point.co for point in result.data.shape_keys.key_blocks[key].data] for key in ("Aligned", "Basis")
    )
    distance = np.empty(len(points), np.float32)
    result.data.attributes["distance_mm"].data.foreach_get("value", distance)
    known = np.flatnonzero(np.isfinite(distance))[::20]
    measured, before = (
        np.array([(target.closest_point_on_mesh(at[i])[1] - at[i]).length for i in known]) for at in (points, aligned)
    )
    assert np.median(measured) < 0.2 * np.median(before)
    in_mm = measured * 1.7 * 1000.0 * kept["mm_per_target_unit"]
    np.testing.assert_allclose(in_mm, distance[known], atol=2e-3)
    assert 0.9 < kept["mm_per_target_unit"] * 1.7 < 1.1
    rows = dict(addon("result_object").report_rows(kept))
    assert rows["Flipped triangles"] == str(kept["metrics"]["flipped_triangles"])


# Vertices of the tip of the nose.
NOSE = {"FLAME": 3564, "HACK": 4857}


def corner_uvs(obj, layer: str) -> np.ndarray:
    uvs = np.empty(2 * len(obj.data.loops), np.float32)
    obj.data.uv_layers[layer].uv.foreach_get("vector", uvs)
    return uvs.reshape(-1, 2)


def test_hack_wears_the_layout_and_a_texture_of_flame():
    bpy.ops.headbridge.add_head(kind="FLAME")
    bpy.ops.headbridge.add_head(kind="HACK")
    assert bpy.ops.headbridge.transfer_uvs(source="FLAME", target="HACK") == {"FINISHED"}
    source, target = bpy.data.objects["FLAME"], bpy.data.objects["HACK"]
    assert target.data.uv_layers.active.name == "FLAME"
    worn = corner_uvs(target, "FLAME")
    starts = np.array([face.loop_start for face in target.data.polygons])
    a, b, c = (worn[starts + step].astype(np.float64) for step in (0, 1, 2))
    turned = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] <= 0.0
    assert turned.mean() < 0.001
    tips = []
    for obj, layer in ((source, "UVMap"), (target, "FLAME")):
        corner = next(loop.index for loop in obj.data.loops if loop.vertex_index == NOSE[obj.name])
        tips.append(corner_uvs(obj, layer)[corner])
    assert np.linalg.norm(tips[0] - tips[1]) < 8.0 / 1024.0

    # A picture that says at every place where in FLAME's layout that is.
    size = 64
    ramp = (np.arange(size, dtype=np.float32) + 0.5) / size
    pixels = np.ones((size, size, 4), np.float32)
    pixels[:, :, 0], pixels[:, :, 1] = ramp[None, :], ramp[:, None]
    image = bpy.data.images.new("Places", size, size, float_buffer=True)
    image.pixels.foreach_set(pixels.ravel())
    assert bpy.ops.headbridge.bake_texture(source="FLAME", target="HACK", image="Places", size=512) == {"FINISHED"}
    baked = bpy.context.scene.headbridge.baked
    texels = first_tile(baked)
    own = corner_uvs(target, "UVMap")
    # Face centres, which lie well inside their charts, of the first tile.
    sizes = np.array([face.loop_total for face in target.data.polygons])
    centres, places = (np.add.reduceat(uvs, starts) / sizes[:, None] for uvs in (own, worn))
    inside = ((centres > 0.0) & (centres < 1.0)).all(axis=1)
    rows, columns = (centres[inside, ::-1] * len(texels)).astype(int).T
    error = np.abs(texels[rows, columns, :2] - places[inside]).max(axis=1)
    assert np.median(error) < 0.003 and np.percentile(error, 90) < 0.02


def first_tile(image) -> np.ndarray:
    """(H, W, C) pixels of tile 1001, row 0 at the bottom."""
    pixels = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(image.size[1], image.size[0], image.channels)


def test_cancel_while_the_backend_computes(addon, scene_content):
    bpy.ops.headbridge.add_head(kind="HACK")
    bpy.ops.headbridge.add_head(kind="FLAME")
    before = scene_content()
    module = addon("register_session")
    settings = addon("settings").values(bpy.context.scene.headbridge.settings, "register")
    session = module.RegisterSession(module.RegisterRequest("HACK", "FLAME", {**settings, "hold_out_folds": 51}))
    step_until(session, lambda: session.fraction > 0.2)
    session.cancel()
    asked = time.monotonic()
    step_until(session, lambda: session.finished)
    assert time.monotonic() - asked < 1.5
    assert session.state == "cancelled"
    assert scene_content() == before


def step_until(session, reached):
    deadline = time.monotonic() + 60.0
    while not reached():
        session.step()
        time.sleep(0.01)
        assert time.monotonic() < deadline


def backend_info() -> dict:
    assert bpy.ops.headbridge.check_backend() == {"FINISHED"}
    return json.loads(bpy.context.window_manager.headbridge.backend_info)


def test_cuda_without_a_device_is_refused(scene_content):
    if "cuda" in backend_info()["devices"]:
        pytest.skip("this machine has a CUDA device")
    bpy.ops.headbridge.add_head(kind="FLAME")
    bpy.ops.headbridge.add_head(kind="HACK")
    before = scene_content()
    with pytest.raises(RuntimeError, match="no CUDA device"):
        bpy.ops.headbridge.register(source="FLAME", target="HACK", device="cuda")
    assert scene_content() == before


def test_broken_vertices_are_refused():
    bpy.ops.headbridge.add_head(kind="FLAME")
    bpy.ops.headbridge.add_head(kind="HACK")
    bpy.data.objects["FLAME"].data.vertices[7].co.x = float("nan")
    before = {obj.name for obj in bpy.data.objects}, {mesh.name for mesh in bpy.data.meshes}
    with pytest.raises(RuntimeError, match="(?i)nan|finite"):
        bpy.ops.headbridge.register(source="FLAME", target="HACK")
    assert ({obj.name for obj in bpy.data.objects}, {mesh.name for mesh in bpy.data.meshes}) == before


def test_check_backend_shows_what_is_installed(addon):
    info = backend_info()
    pinned = Path(addon("paths").REQUIREMENTS_FILE).read_text()
    assert f"numpy=={info['packages']['numpy']}" in pinned
    assert info["devices"][0] == "cpu" and info["interpreter"] == os.environ["HEADBRIDGE_PYTHON"]


def test_command_line_through_blender(addon, tmp_path, capfd):
    output = tmp_path / "out.obj"
    assert addon("command").run(["register", "nobody", "hack", "-o", str(output)]) == 2
    assert "nobody" in capfd.readouterr().err
    assert addon("command").run(["--version"]) == 0
    assert "headbridge 0." in capfd.readouterr().out


def test_command_line_writes_a_blend_file(addon, tmp_path):
    output = tmp_path / "transferred.blend"
    assert addon("command").run(["register", "flame", "hack", "-o", str(output)]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(output))
    (obj,) = bpy.data.objects
    assert (obj.name, len(obj.data.vertices), len(obj.data.polygons)) == ("transferred", 5023, 9976)
    # A HACK head in metres: FLAME's own is 0.32 m high and ends lower.
    assert 0.2 < obj.dimensions.z < 0.5 and len(obj.data.uv_layers) == 1
    assert json.loads(obj["headbridge_metrics"])["settings"]["device"] == "cpu"


def test_command_line_writes_uvs_into_a_blend_file(addon, tmp_path):
    output = tmp_path / "dressed.blend"
    # One topology in two layouts needs no mapping: the layer holds FLAME's own UVs.
    assert addon("command").run(["uv", "flame", "flame", "-o", str(output)]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(output))
    (obj,) = bpy.data.objects
    assert [layer.name for layer in obj.data.uv_layers] == ["FLAME"] and 0.2 < obj.dimensions.z < 0.5
    bpy.ops.headbridge.add_head(kind="FLAME")
    np.testing.assert_array_equal(corner_uvs(obj, "FLAME"), corner_uvs(bpy.context.object, "UVMap"))


def test_command_line_bakes(addon, tmp_path, capfd):
    picture = str(tmp_path / "flame.png")
    values = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Path(picture).write_bytes(addon("image_encoding").png_file(values))
    output = tmp_path / "baked.png"
    arguments = ["bake", "--from", "flame", picture, "--to", "flame", "-o", str(output), "--size", "32"]
    assert addon("command").run(arguments) == 0
    assert tuple(bpy.data.images.load(str(output)).size) == (32, 32)
    arguments[3] = str(tmp_path / "none.png")
    assert addon("command").run(arguments) == 2
    assert "none.png" in capfd.readouterr().err


def test_blend_file_into_a_missing_folder(addon, tmp_path, capfd):
    assert addon("command").run(["register", "flame", "hack", "-o", str(tmp_path / "none" / "out.blend")]) == 2
    assert "folder does not exist" in capfd.readouterr().err
