"""A video tracked in Blender: the head lies on it, and it lies behind the head."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest

from .motion_checks import camera_of, in_world, pixels_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """The path of a video, and what `film_reference.py` says of it."""
    folder = tmp_path_factory.mktemp("film")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "backend")}
    script = ROOT / "tests" / "addon" / "film_reference.py"
    subprocess.run([os.environ["HEADBRIDGE_PYTHON"], script, folder], env=environment, check=True)
    with np.load(folder / "film.npz", allow_pickle=False) as stored:
        return str(folder / "film.mp4"), {name: stored[name] for name in stored.files}


def test_a_video_becomes_a_head_that_lies_on_it(film):
    path, known = film
    assert bpy.ops.headbridge.track_video(filepath=path, model="open-flame", overlays=0, size=256) == {"FINISHED"}
    obj, scene = bpy.context.object, bpy.context.scene
    camera = camera_of(obj)
    (shown,) = camera.data.background_images
    assert shown.image.source == "MOVIE" and os.path.samefile(bpy.path.abspath(shown.image.filepath), path)
    size = np.array([224, 224])
    scene.render.resolution_x, scene.render.resolution_y = size.tolist()
    outer = np.linalg.norm(known["pixels"][:, 36] - known["pixels"][:, 45], axis=1).max()
    for number, wanted in enumerate(known["pixels"]):
        scene.frame_set(number)
        corners = pixels_of(in_world(obj), camera, size)[known["rows"]]
        found = np.einsum("nk,nkd->nd", known["weights"], corners)
        assert np.linalg.norm(found - wanted, axis=1)[17:].mean() < 0.06 * outer
    assert obj.parent.animation_data.action is not None
    # Its skin is the film's, which has one colour.
    nodes = [node for material in obj.data.materials for node in material.node_tree.nodes]
    (image,) = {node.image for node in nodes if node.type == "TEX_IMAGE"}
    cheek = np.array(image.pixels[:], np.float32).reshape(256, 256, 4)[100:130, 60:95, :3]
    assert np.abs(np.median(cheek, axis=(0, 1)) - known["skin"]).max() < 0.12


def test_what_is_no_video_leaves_the_scene_as_it_was(tmp_path):
    (tmp_path / "text.mp4").write_text("no video\n")
    before = set(bpy.data.objects)
    with pytest.raises(RuntimeError, match="no video that can be read"):
        bpy.ops.headbridge.track_video(filepath=str(tmp_path / "text.mp4"))
    assert set(bpy.data.objects) == before
