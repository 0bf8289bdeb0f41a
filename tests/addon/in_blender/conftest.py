"""Fixtures of the tests that run inside a `bpy` process, which `test_in_blender.py` starts with a clean profile."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

from . import user_state

MODULE = "bl_ext.user_default.headbridge"
# Scene property of a file whose settings are watched.
_WATCHED = "headbridge_test_watched"
FAKE_WORKER = Path(__file__).resolve().parent.parent / "fake_worker.py"


@pytest.fixture(scope="session", autouse=True)
def extension():
    """The extension, installed from the built zip; unregistered before the process ends."""
    done = bpy.ops.extensions.package_install_files(
        filepath=os.environ["HEADBRIDGE_TEST_ZIP"], repo="user_default", enable_on_install=True
    )
    assert done == {"FINISHED"}
    yield sys.modules[MODULE]
    bpy.ops.preferences.addon_disable(module=MODULE)


@pytest.fixture(autouse=True)
def empty_scene(extension):
    """A file without objects."""
    bpy.ops.wm.read_homefile(use_empty=True)


@pytest.fixture(autouse=True)
def the_users_own_stays(empty_scene, request):
    """Whatever a test runs: once what was borrowed is given back, view, shading, render settings, colours and world are
    the user's. Not where the test has loaded another file, or is marked to change them (`changes_settings`)."""
    user_state.set_unusual()
    bpy.context.scene[_WATCHED] = True
    before = user_state.settings()
    yield
    if _WATCHED not in bpy.context.scene or request.node.get_closest_marker("changes_settings"):
        return
    user_state.give_back()
    assert user_state.settings() == before


@pytest.fixture(scope="session")
def addon(extension):
    """`addon("mesh_arrays")` is that module of the installed extension."""
    import importlib

    return lambda name: importlib.import_module(f"{MODULE}.addon.{name}")


@pytest.fixture
def fake_worker(tmp_path, monkeypatch, addon):
    """`fake_worker(mode)` makes the add-on start tests/addon/fake_worker.py in place of the backend."""

    def use(mode: str) -> None:
        program = tmp_path / "interpreter"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE_WORKER}"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("HEADBRIDGE_PYTHON", str(program))
        monkeypatch.setenv("HEADBRIDGE_FAKE", mode)

    yield use
    addon("backend_worker").stop()


@pytest.fixture
def small_generator(tmp_path, addon):
    """The file of a small generator in FLAME's layout, whose pictures mean nothing."""
    path = str(tmp_path / "small.safetensors")
    script = (
        "import sys, torch\n"
        "from headbridge.texture.stylegan import Generator, GeneratorShape, save_generator\n"
        "torch.manual_seed(1)\n"
        "save_generator(sys.argv[1], Generator(GeneratorShape(6, 8, 2, (6, 6, 6, 4, 4))), 'flame')\n"
    )
    environment = addon("job_client").worker_environment(addon("paths").BACKEND_FOLDER)
    backend = os.environ.get("HEADBRIDGE_PYTHON", sys.executable)
    subprocess.run([backend, "-c", script, path], env=environment, check=True)
    return path


@pytest.fixture
def make_mesh():
    """`make_mesh(name)` adds a mesh object of a quad, a triangle and a pentagon with UVs and two materials."""

    def make(name: str) -> bpy.types.Object:
        points = np.array(
            [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (2, 0.5, 0.3), (2, 2, 0), (0.5, 2.5, 0.2), (0, 2, 0.1)], float
        )
        faces = [(0, 1, 2, 3), (1, 4, 2), (2, 5, 6, 7, 3)]
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(points * 0.1, [], faces)
        layer = mesh.uv_layers.new(name="UVMap")
        layer.uv.foreach_set("vector", (np.arange(24) / 24.0).astype(np.float32))
        for material in ("Skin", "Teeth"):
            mesh.materials.append(bpy.data.materials.new(material))
        mesh.polygons[1].material_index = 1
        obj = bpy.data.objects.new(name, mesh)
        bpy.context.scene.collection.objects.link(obj)
        return obj

    return make


@pytest.fixture
def heads(make_mesh):
    """Two different mesh objects, "Source" and "Target"."""
    return make_mesh("Source"), make_mesh("Target")


@pytest.fixture
def scene_content():
    """`scene_content()` tells everything a failed job could have left: data-blocks, objects, meshes, images."""

    def uv_layers(mesh) -> list:
        return [
            (layer.name, layer.active, layer.active_render, [tuple(uv.vector) for uv in layer.uv])
            for layer in mesh.uv_layers
        ] + sorted(mesh.attributes.keys())

    def content() -> dict:
        bpy.context.view_layer.update()
        return {
            "blocks": {
                kind: sorted(block.name for block in getattr(bpy.data, kind))
                for kind in ("objects", "meshes", "materials", "images", "collections", "shape_keys")
            },
            "objects": {
                obj.name: (
                    tuple(map(tuple, obj.matrix_world)),
                    obj.hide_get(),
                    obj.hide_render,
                    [slot.material.name if slot.material else None for slot in obj.material_slots],
                    [tuple(vertex.co) for vertex in obj.data.vertices] if obj.type == "MESH" else None,
                    uv_layers(obj.data) if obj.type == "MESH" else None,
                )
                for obj in bpy.context.scene.objects
            },
            "images": {
                image.name: (image.filepath, image.is_dirty, image.source, image.packed_file is not None)
                + (image.colorspace_settings.name, image.file_format, tuple(image.size))
                for image in bpy.data.images
            },
        }

    return content
