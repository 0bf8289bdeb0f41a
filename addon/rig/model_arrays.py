# SPDX-License-Identifier: GPL-3.0-or-later
"""A head model as the backend hands it over, in Blender's units and axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..job_answer import check_arrays, check_faces, damaged
from ..mesh_arrays import MM_PER_METRE, MeshArrays, from_canonical


@dataclass(frozen=True)
class HeadModelArrays:
    """A posable head: K keys, J joints, C pose correctives. Metres, Z up, the face along -Y.

    mesh : the template; its vertices (V, 3) are still canonical, as everywhere in `MeshArrays`.
    template : (V, 3). names, kinds, lower, upper : of the K keys. deltas : (K, V, 3) float32.
    joint_names, parents : J, the root's parent is -1. joints : (J, 3). joint_deltas : (K, J, 3). weights : (V, J).
    joint_axes : (J, 3, 3), columns are the axes the joints' rotations are given in.
    correctives : (C, V, 3) float32, driven by entry (row, column) of R - 1 of a joint: corrective_entries (C, 3).
    """

    mesh: MeshArrays
    template: np.ndarray
    names: list[str]
    kinds: list[str]
    lower: np.ndarray
    upper: np.ndarray
    deltas: np.ndarray
    joint_names: list[str]
    parents: np.ndarray
    joints: np.ndarray
    joint_deltas: np.ndarray
    joint_axes: np.ndarray
    weights: np.ndarray
    correctives: np.ndarray
    corrective_entries: np.ndarray


def read(arrays: dict[str, np.ndarray]) -> HeadModelArrays:
    """The model of the file that the task "head_model" writes."""
    _check(arrays)
    mesh = MeshArrays(
        vertices=arrays["vertices"],
        corners=arrays["corners"],
        face_sizes=arrays["face_sizes"],
        uvs=arrays["uvs"],
        face_materials=arrays["face_materials"],
        material_names=tuple(arrays["material_names"].tolist()),
    )
    return HeadModelArrays(
        mesh=mesh,
        template=from_canonical(mesh.vertices),
        names=arrays["names"].tolist(),
        kinds=arrays["kinds"].tolist(),
        lower=arrays["lower"],
        upper=arrays["upper"],
        deltas=displacements(arrays["deltas"]),
        joint_names=arrays["joint_names"].tolist(),
        parents=arrays["parents"],
        joints=from_canonical(arrays["joints"]),
        joint_deltas=displacements(arrays["joint_deltas"]),
        # Directions, so without the change of unit.
        joint_axes=MM_PER_METRE * displacements(arrays["joint_axes"].swapaxes(1, 2)).swapaxes(1, 2),
        weights=arrays["weights"],
        correctives=displacements(arrays["correctives"]),
        corrective_entries=arrays["corrective_entries"],
    )


def _check(arrays: dict[str, np.ndarray]) -> None:
    """Raise `BackendError` unless all arrays are there and fit each other."""
    check_faces(arrays, "the head")
    check_arrays(arrays, {"names": (None,), "joint_names": (None,), "correctives": (None, None, 3)}, "the head")
    vertices, keys, joints, correctives = (
        len(arrays[name]) for name in ("vertices", "names", "joint_names", "correctives")
    )
    shapes = {
        "uvs": (None, 2), "face_materials": (None,), "material_names": (None,), "kinds": (keys,), "lower": (keys,),
        "upper": (keys,), "deltas": (keys, vertices, 3), "parents": (joints,), "joints": (joints, 3),
        "joint_deltas": (keys, joints, 3), "joint_axes": (joints, 3, 3), "weights": (vertices, joints),
        "correctives": (correctives, vertices, 3), "corrective_entries": (correctives, 3),
    }  # fmt: skip
    check_arrays(arrays, shapes, "the head")
    if (arrays["parents"] >= np.arange(joints)).any() or (joints and int(arrays["parents"].min()) < -1):
        raise damaged("a joint of the head has a parent that does not come before it")


def displacements(deltas: np.ndarray) -> np.ndarray:
    """(K, N, 3) canonical displacements in metres along Blender's axes."""
    return from_canonical(deltas.reshape(-1, 3)).reshape(deltas.shape)
