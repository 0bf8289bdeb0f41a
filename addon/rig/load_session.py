# SPDX-License-Identifier: GPL-3.0-or-later
"""A fitted head from its file to a rigged head with the fit's coefficients."""

from __future__ import annotations

import os

import numpy as np
from mathutils import Matrix, Vector

from .. import head_collection, mesh_arrays
from ..job_answer import check_arrays
from ..job_files import JobFolder, user_file
from ..job_session import JobSession
from . import builder, coefficients, handles, inner_parts, model_arrays, rigged_head, shape_keys
from .rigged_head import RiggedHead

DETAIL = "Detail"

PLACES = [
    ("DATA", "On the Data", "Where the scan or mesh is that was fitted, in its size, as Blender imports it"),
    ("ORIGIN", "Life Size", "At the world's origin, in metres"),
]


class LoadFitSession(JobSession):
    """Has the backend read a fit's head.npz and builds the rig; settings : those of the task "fitted_head"."""

    task = "fitted_head"
    answer_kinds = {"result": str, "topology": str, "label": str, "version": str}

    def __init__(self, path: str, place: str, settings: dict):
        super().__init__()
        self.head_name = ""
        self.label = ""
        self._place = place
        self._name = os.path.basename(os.path.dirname(os.path.abspath(path))) or "Fit"
        self._content = user_file(path, "fit")
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_bytes("head.npz", self._content)

    def _finish(self, answer: dict) -> None:
        arrays = self._folder.read_arrays(answer["result"])
        model = model_arrays.read(arrays)
        joints, vertices = len(model.joint_names), len(model.template)
        shapes = {"values": (len(model.names),), "rotations": (joints, 3), "translation": (3,)}
        shapes |= {"similarity_scale": (), "similarity_rotation": (3, 3), "similarity_translation": (3,)}
        check_arrays(arrays, shapes | ({"detail": (vertices, 3)} if "detail" in arrays else {}), "the head")
        parts, face_handles = inner_parts.given(arrays), handles.given(arrays)
        facts = {key: answer[key] for key in ("topology", "label", "version")}
        made = builder.build(model, {**facts, "name": self._name}, head_collection.for_new())
        inner_parts.add(made, parts)
        _set(made, model.names, arrays)
        handles.keep(made.head, face_handles)
        if "detail" in arrays:
            _add_detail(made, model, arrays["detail"])
        if self._place == "DATA":
            made.rig.matrix_world = _to_data(arrays)
        self.head_name, self.label = made.head.name, answer["label"]


def _set(made: RiggedHead, names: list[str], arrays: dict[str, np.ndarray]) -> None:
    keys = made.head.data.shape_keys.key_blocks
    for name, value in zip(names, arrays["values"].tolist()):
        key = keys[name]
        # A fit may leave a blendshape slightly outside 0..1.
        key.slider_min, key.slider_max = min(key.slider_min, value), max(key.slider_max, value)
        key.value = value
    bones = made.bones()
    for bone, vector in zip(bones, arrays["rotations"]):
        coefficients.set_axis_angle(bone, vector)
    moved = Vector(mesh_arrays.from_canonical(arrays["translation"][None])[0])
    bones[0].location = bones[0].bone.matrix_local.to_3x3().inverted() @ moved


def _add_detail(made: RiggedHead, model: model_arrays.HeadModelArrays, detail: np.ndarray) -> None:
    """The fitted face itself as a key, switched on: without it the head is what the model makes of the face."""
    names = shape_keys.add_keys(
        made.head, model.template, [DETAIL], model_arrays.displacements(detail[None]), [0.0], [1.0]
    )
    made.head.data.shape_keys.key_blocks[names[0]].value = 1.0
    rigged_head.note_keys(made.head, "detail", names)


def _to_data(arrays: dict[str, np.ndarray]) -> Matrix:
    """The world matrix that takes the head in metres onto the data; Blender's importers turn files' axes likewise."""
    axes = mesh_arrays.MM_PER_METRE * mesh_arrays.from_canonical(np.eye(3))
    matrix = Matrix((axes.T @ arrays["similarity_rotation"] @ axes).tolist()).to_4x4()
    scale = float(arrays["similarity_scale"]) * mesh_arrays.MM_PER_METRE
    moved = mesh_arrays.MM_PER_METRE * mesh_arrays.from_canonical(arrays["similarity_translation"][None])[0]
    return Matrix.Translation(moved) @ matrix @ Matrix.Scale(scale, 4)
