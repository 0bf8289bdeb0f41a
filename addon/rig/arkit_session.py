# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's 52 shape keys for a head."""

from __future__ import annotations

import bpy

from .. import known_registration, mesh_arrays
from ..job_answer import check_arrays
from ..job_files import JobFolder
from ..job_session import JobSession
from ..mesh_arrays import MeshError
from . import gaze, joint_followers, neutral, rigged_head, shape_keys

KIND = "arkit"
_RANGE = (0.0, 1.0)
# Versions of models whose expressions are ICT-FaceKit's, of which ARKit's keys are made.
_SAME_SHAPES = {"open topology", "ICT-FaceKit"}


class ArkitSession(JobSession):
    """Has the backend transfer ARKit's shapes onto an object and adds them as shape keys."""

    task = "arkit_keys"
    answer_kinds = {"result": str}

    def __init__(self, obj: bpy.types.Object):
        super().__init__()
        mesh_arrays.check_local(obj)
        self.object_name = obj.name
        self.added = 0
        self._target = neutral.read(obj)
        self._registered = known_registration.head_on(obj)
        self._start({})

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("target.npz", self._target)
        if self._registered is not None:
            folder.write_mesh("registered.npz", self._registered)

    def _finish(self, answer: dict) -> None:
        obj = bpy.data.objects.get(self.object_name)
        if obj is None or not mesh_arrays.same_size(obj.data, self._target):
            raise MeshError(f"'{self.object_name}' was edited meanwhile; add the keys again.")
        shapes = {"names": (None,), "parts": (None,), "deltas": (None, len(self._target.vertices), 3)}
        arrays = self._folder.read_arrays(answer["result"], shapes)
        count = len(arrays["names"])
        check_arrays(arrays, {"parts": (count,), "deltas": (count, None, 3)}, "the keys")
        names = arrays["names"].tolist()
        there = _renamed_expressions(obj, names, arrays["parts"].tolist())
        wanted = [number for number, name in enumerate(names) if name not in there]
        basis = shape_keys.basis_positions(obj)
        deltas = neutral.from_world(obj, arrays["deltas"][wanted])
        low, high = ([value] * len(wanted) for value in _RANGE)
        added = shape_keys.add_keys(obj, basis, [names[number] for number in wanted], deltas, low, high)
        rigged_head.note_keys(obj, KIND, added)
        rigged = rigged_head.find(obj)
        if rigged is not None:
            gaze.follow_keys(rigged)
        self.added = len(added)


def missing(obj: bpy.types.Object, names: list[str]) -> list[str]:
    """Those of the names that no shape key of the object has."""
    keys = obj.data.shape_keys
    return [name for name in names if keys is None or name not in keys.key_blocks]


def _renamed_expressions(obj: bpy.types.Object, names: list[str], parts: list[str]) -> set[str]:
    """Give a rig's own expressions that are ARKit's shapes the ARKit names; returns all ARKit names that are there."""
    rigged = rigged_head.find(obj)
    if rigged is not None and rigged.facts["version"] in _SAME_SHAPES:
        own = {key.name: key for key in rigged.keys("expression")}
        renamed = {}
        for name, part in zip(names, parts):
            if part in own:
                own[part].name = name
                renamed[part] = own[part].name
        facts = rigged.facts
        facts["keys"]["expression"] = [renamed.get(name, name) for name in facts["keys"].get("expression", [])]
        rigged_head.note(obj, facts)
        if joint_followers.are_shared(rigged):
            joint_followers.make_own(rigged)
        joint_followers.rename_keys(rigged, renamed)
    return set(names) - set(missing(obj, names))
