# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions that fit a face: the keys of a rigged head transferred from the face they were made for to the one it has."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np

from .. import mesh_arrays
from ..job_files import JobFolder
from ..job_session import JobSession
from ..mesh_arrays import MeshError
from . import neutral, rigged_head, shape_keys

MADE_FOR = "expressions_of"


class OwnExpressionsSession(JobSession):
    """Has the backend transfer a rigged head's expressions from the mean face, or the face they fit by now, onto the face
    that its identity sliders make, and puts them into the keys that are there."""

    task = "transfer_keys"

    def __init__(self, obj: bpy.types.Object):
        super().__init__()
        rigged = rigged_head.find(obj)
        if rigged is None:
            raise MeshError(f"'{obj.name}' is no rigged head; select a head made by Add Rigged Head, or its armature.")
        head, keys = rigged.head, rigged.keys("expression", "arkit")
        mesh_arrays.check_local(head)
        if not keys:
            raise MeshError(f"'{head.name}' has no expression shape keys; add ARKit keys first.")
        self.head_name, self.count = head.name, len(keys)
        self._names = [key.name for key in keys]
        self._identity = {key.name: key.value for key in rigged.keys("identity", "larynx")}
        self._basis = shape_keys.basis_positions(head)
        deltas = np.stack([shape_keys.positions(key) - self._basis for key in keys])
        self._deltas = neutral.to_world(head, deltas)
        self._target = neutral.read(head)
        made_for = rigged.facts.get(MADE_FOR, {})
        offset = neutral.offset_of(rigged, self._basis, made_for)
        local = mesh_arrays.transform_points(head.matrix_world, self._basis + offset)
        self._source = replace(self._target, vertices=mesh_arrays.to_canonical(local))
        self._start({})

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("source.npz", self._source)
        folder.write_mesh("target.npz", self._target)
        folder.write_arrays("keys.npz", {"deltas": self._deltas})

    def _finish(self, answer: dict) -> None:
        head = bpy.data.objects.get(self.head_name)
        rigged = rigged_head.find(head)
        keys = {key.name: key for key in rigged.keys("expression", "arkit")} if rigged is not None else {}
        if not keys.keys() >= set(self._names) or not mesh_arrays.same_size(head.data, self._target):
            raise MeshError(f"'{self.head_name}' was edited meanwhile; fit the expressions again.")
        deltas = neutral.from_world(head, self._folder.read_arrays(answer["result"])["deltas"])
        for name, delta in zip(self._names, deltas):
            keys[name].data.foreach_set("co", (self._basis + delta).astype(np.float32).ravel())
        head.data.update()
        rigged_head.note(head, {**rigged.facts, MADE_FOR: self._identity})
