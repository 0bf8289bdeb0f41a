# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape keys of one head for another."""

from __future__ import annotations

import bpy
import numpy as np

from .. import known_registration, mesh_arrays, result_object
from ..job_files import JobFolder
from ..job_session import JobSession, find_pair
from ..mesh_arrays import MeshError
from . import neutral, rigged_head, shape_keys

KIND = "expression"
# Keys that say what a face is, not what it does.
_NOT_EXPRESSIONS = {result_object.ALIGNED}


class TransferKeysSession(JobSession):
    """Has the backend transfer the expressions of one object onto another and adds them as shape keys."""

    task = "transfer_keys"
    answer_kinds = {"result": str}

    def __init__(self, source: str, target: str):
        super().__init__()
        giver, taker = find_pair(source, target)
        mesh_arrays.check_local(taker)
        self.target_name, self.added = taker.name, 0
        self._source, self._target = neutral.read(giver), neutral.read(taker)
        keys = expression_keys(giver)
        basis = shape_keys.basis_positions(giver)
        self._names = [key.name for key in keys]
        self._ranges = [[key.slider_min for key in keys], [key.slider_max for key in keys]]
        self._deltas = neutral.to_world(giver, np.stack([shape_keys.positions(key) - basis for key in keys]))
        self._registered = known_registration.find(giver, taker, self._source, self._target)
        self._start({})

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("source.npz", self._source)
        folder.write_mesh("target.npz", self._target)
        folder.write_arrays("keys.npz", {"deltas": self._deltas})
        if self._registered is not None:
            folder.write_mesh("registered.npz", self._registered)

    def _finish(self, answer: dict) -> None:
        obj = bpy.data.objects.get(self.target_name)
        if obj is None or not mesh_arrays.same_size(obj.data, self._target):
            raise MeshError(f"'{self.target_name}' was edited meanwhile; transfer the expressions again.")
        shapes = {"deltas": (len(self._names), len(self._target.vertices), 3)}
        deltas = neutral.from_world(obj, self._folder.read_arrays(answer["result"], shapes)["deltas"])
        basis = shape_keys.basis_positions(obj)
        added = shape_keys.add_keys(obj, basis, self._names, deltas, *self._ranges)
        rigged_head.note_keys(obj, KIND, added)
        self.added = len(added)


def expression_keys(obj: bpy.types.Object) -> list[bpy.types.ShapeKey]:
    """An object's expressions: of a rigged head those it counts as such, of others all keys relative to the basis.

    Raises `MeshError` when there are none."""
    keys = obj.data.shape_keys
    if keys is not None and not keys.use_relative:
        raise MeshError(f"'{obj.name}' has absolute shape keys; make them relative first.")
    rigged = rigged_head.find(obj)
    if rigged is not None:
        found = rigged.keys("expression", "arkit")
    else:
        blocks = keys.key_blocks[1:] if keys is not None else ()
        found = [key for key in blocks if key.name not in _NOT_EXPRESSIONS]
    if not found:
        raise MeshError(f"'{obj.name}' has no expression shape keys; pick a head that has some as the source.")
    return found
