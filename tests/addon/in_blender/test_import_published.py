"""Trackers' own files in Blender: the vertices and pixels are those of the projects' code."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest

from .motion_checks import check_frames, check_pixels

ROOT = Path(__file__).resolve().parents[3]
# Each has what no other has: eyelids after skinning and a camera that moves; teeth; vertices alone under an orthographic
# camera.
FORMS = ("metrical-tracker", "vhap-export", "deca-outputs")


@pytest.fixture(scope="module")
def published(tmp_path_factory, addon):
    """The folder of the files, and of the models they need; the worker finds these."""
    folder = tmp_path_factory.mktemp("published")
    paths = os.pathsep.join([str(ROOT / "backend"), str(ROOT)])
    script = ROOT / "tests" / "addon" / "published_motion.py"
    environment = {**os.environ, "PYTHONPATH": paths}
    subprocess.run([os.environ["HEADBRIDGE_PYTHON"], script, folder, *FORMS], env=environment, check=True)
    addon("backend_worker").stop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADBRIDGE_MODELS", str(folder / "models"))
        yield folder
    addon("backend_worker").stop()


@pytest.mark.parametrize("form", FORMS)
def test_every_frame_is_the_sources_own_and_lies_on_its_picture(form, published):
    expected = dict(np.load(published / f"{form}.npz", allow_pickle=False))
    path = json.loads((published / f"{form}.json").read_text())
    assert bpy.ops.headbridge.import_sequence(filepath=path) == {"FINISHED"}
    obj = bpy.context.object
    check_frames(obj, expected["frame_ids"], expected["vertices"])
    if len(expected["size"]):
        check_pixels(obj, expected["frame_ids"], expected["pixels"], expected["size"])
