"""A performance as a rig with curves: what programs that shape and skin a head themselves need to play it.

The person (identity and static offset) becomes the rig's template, so that only what moves is left to evaluate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..models.rig.model import COEFFICIENT_BOUND, RigModel
from .moving_frames import MovingCamera, RootMotion, camera_of, camera_still, head_still
from .rig_of_sequence import SequenceRig, rig_for
from .sequence import AFTER_SKINNING, JOINT, Sequence

AS_IN_THE_FILE, HEAD_STILL, CAMERA_STILL = "file", "head", "camera"
# Eyelids added after skinning move with the rig's bones where these turn them by less (mm).
_UNTURNED = 1e-3
_EYELIDS = ("eyelid_L", "eyelid_R")
_EYELID_BOUND = 2.0
ROOT = 0


@dataclass(frozen=True, eq=False)
class AnimatedRig:
    """T frames of a rig with K keys and J joints; millimetres, Y up, the face along +Z.

    rig : the rig. values : (T, K) of its keys. quaternions : (T, J, 4) w, x, y, z, each in its joint's own axes and of
    continuous sign. place : (T, 3) what the root joint moves by in the head's frame, and scale : (T,) of everything that
    hangs on it, about the root joint.
    offsets : (N, V, 3) displacements of the shaped head that belong to single frames; offset_rows : (N,) which.
    camera : None where the sequence has none. notes : what was assumed, one sentence each.
    """

    rig: RigModel
    values: np.ndarray
    quaternions: np.ndarray
    place: np.ndarray
    scale: np.ndarray
    offsets: np.ndarray
    offset_rows: np.ndarray
    camera: MovingCamera | None
    notes: tuple[str, ...]


def animated_rig(
    sequence: Sequence, model_file: str = "", fold: bool = True, still: str = AS_IN_THE_FILE, correctives: bool = True
) -> AnimatedRig:
    """The rig of a sequence of coefficients.

    fold : whether a shared identity becomes the rig's template; else it stays as keys. still : "file", "head" or "camera",
    which of the two does not move; the picture stays the same.
    Raises `InputError` for sequences of plain vertices, models that are not at hand, and more coefficients than the
    model has."""
    source = rig_for(sequence, model_file, correctives)
    # What the model said of its version.
    notes = list(source.sequence.notes[len(sequence.notes) :])
    rig, sequence = source.rig, source.sequence
    values = _key_values(sequence, rig)
    identity = np.isin(rig.kinds, ("identity", "larynx"))
    if len(sequence.identity) == 1:
        if fold:
            rig, values = rig.folded(values[0], identity), values[:, ~identity]
    else:
        notes.append("The identity changes from frame to frame, so its keys stay and are keyed.")
        unused = identity & ~values.any(axis=0)
        rig, values = rig.folded(np.zeros(len(identity)), unused), values[:, ~unused]
    if sequence.static_offset is not None:
        offset = sequence.mm_per_unit * sequence.static_offset
        rig = rig.with_offset(offset, source.joint_shift(offset))
    if source.eyelids is not None:
        rig = rig.with_keys(_EYELIDS, "eyelid", source.eyelids, _EYELID_BOUND)
        values = np.concatenate([values, sequence.eyelids], axis=1)
    rig, values = _within_reach(rig, values, notes)

    turns = np.stack([sequence.joint(name) for name in rig.joint_names], axis=1)
    rotations = Rotation.from_rotvec(turns.reshape(-1, 3)).as_matrix().reshape(*turns.shape, 3)
    offsets, rows = _offsets(source, rig, rotations)
    root = _root_motion(sequence, rig, rotations[:, ROOT], values)
    camera = camera_of(sequence)
    if camera is not None and still == HEAD_STILL:
        root, camera = head_still(root, camera)
    elif camera is not None and still == CAMERA_STILL:
        root, camera = camera_still(root, camera)
    rotations[:, ROOT] = root.rotation
    return AnimatedRig(
        rig=rig,
        values=values,
        quaternions=continuous_quaternions(rotations),
        place=root.place,
        scale=root.scale,
        offsets=offsets,
        offset_rows=rows,
        camera=camera,
        notes=tuple(notes),
    )


def joint_quaternions(sequence: Sequence) -> np.ndarray:
    """(T, J, 4) of the sequence's own joints, as `AnimatedRig` has them."""
    turns = sequence.rotations
    matrices = Rotation.from_rotvec(turns.reshape(-1, 3)).as_matrix().reshape(*turns.shape, 3)
    return continuous_quaternions(matrices)


def continuous_quaternions(rotations: np.ndarray) -> np.ndarray:
    """(T, J, 4) w, x, y, z of (T, J, 3, 3); of the two that are the same turn the one nearer to that of the frame
    before, so that what lies between two frames is the short way."""
    count, joints = rotations.shape[:2]
    xyzw = Rotation.from_matrix(rotations.reshape(-1, 3, 3)).as_quat().reshape(count, joints, 4)
    wxyz = xyzw[..., [3, 0, 1, 2]]
    wxyz[0] *= np.where(wxyz[0, :, :1] < 0.0, -1.0, 1.0)
    turned = (wxyz[1:] * wxyz[:-1]).sum(axis=2) < 0.0
    wxyz[1:] *= np.where(np.cumsum(turned, axis=0) % 2, -1.0, 1.0)[..., None]
    return wxyz


def _key_values(sequence: Sequence, rig: RigModel) -> np.ndarray:
    """(T, K) of the rig's keys."""
    kinds, values = np.array(rig.kinds), np.zeros((sequence.frame_count, len(rig.names)))
    own_names = [name for name, kind in zip(rig.names, rig.kinds) if kind == "expression"]
    given = sequence.expression_names.tolist()
    places = np.flatnonzero(kinds == "expression")
    if given and set(given) <= set(own_names):
        places = places[[own_names.index(name) for name in given]]
    for what, at, array in (
        ("identity", np.flatnonzero(kinds == "identity"), sequence.identity),
        ("expression", places, sequence.expression),
    ):
        if array[:, len(at) :].any():
            raise InputError(
                f"The sequence has {array.shape[1]} {what} coefficients, but {rig.label} has {len(at)}; "
                "name the model file that the tracker used."
            )
        count = min(len(at), array.shape[1])
        values[:, at[:count]] = array[:, :count]
    return values


def _within_reach(rig: RigModel, values: np.ndarray, notes: list[str]) -> tuple[RigModel, np.ndarray]:
    """The rig with its ranges widened for the values it takes, and the values.

    Programs hold sliders within `COEFFICIENT_BOUND`: a key that goes farther is made larger, and its values smaller."""
    factors = np.maximum(np.ceil(np.abs(values).max(axis=0, initial=0.0) / COEFFICIENT_BOUND), 1.0)
    for key in np.flatnonzero(factors > 1.0):
        notes.append(f"The key {rig.names[key]} is {factors[key]:.0f} times as large as the model's, for its values.")
    values = values / factors
    larger = {name: factors[:, None, None] * getattr(rig, name) for name in ("deltas", "joint_deltas")}
    rig = replace(rig, deltas=larger["deltas"].astype(np.float32), joint_deltas=larger["joint_deltas"])
    lower, upper = np.minimum(rig.lower, values.min(axis=0)), np.maximum(rig.upper, values.max(axis=0))
    return replace(rig, lower=lower, upper=upper), values


def _root_motion(sequence: Sequence, rig: RigModel, rotation: np.ndarray, values: np.ndarray) -> RootMotion:
    joint = rig.joints[ROOT] + values @ rig.joint_deltas[:, ROOT]
    scale = sequence.scale.astype(np.float64)
    moved = sequence.mm_per_unit * sequence.translation
    if sequence.root_pivot == JOINT:
        place = (scale[:, None] - 1.0) * joint + moved
    else:
        place = scale[:, None] * np.einsum("tij,tj->ti", rotation, joint) - joint + moved
    return RootMotion(joint, rotation, place, scale)


def _offsets(source: SequenceRig, rig: RigModel, rotations) -> tuple[np.ndarray, np.ndarray]:
    """The displacements of the frames that have any: their own, and what eyelids added to the posed head need besides
    their keys, which turn with the bones."""
    sequence, shape = source.sequence, rig.mesh.vertices.shape
    found: dict[int, np.ndarray] = {}
    if sequence.root_pivot != JOINT:
        # A turn about the origin comes last and takes everything along.
        rotations = rotations.copy()
        rotations[:, ROOT] = np.eye(3)
    turns = _chained(rig, rotations)
    if sequence.dynamic_offset is not None:
        for row in np.flatnonzero(sequence.dynamic_offset.any(axis=(1, 2))).tolist():
            moving = sequence.mm_per_unit * sequence.dynamic_offset[row].astype(np.float64)
            by_joints = _moved_by_joints(rig, turns[row], source.joint_shift(moving))
            found[row] = moving + _turned_back(rig, turns[row], slice(None), by_joints)
    if source.eyelids is not None and sequence.eyelid_stage == AFTER_SKINNING:
        lids = np.flatnonzero(np.any(source.eyelids != 0.0, axis=(0, 2)))
        for row in range(sequence.frame_count):
            added = np.einsum("s,svd->vd", sequence.eyelids[row], source.eyelids[:, lids])
            more = _turned_back(rig, turns[row], lids, added) - added
            if np.abs(more).max(initial=0.0) > _UNTURNED:
                found.setdefault(row, np.zeros(shape))[lids] += more
    rows = sorted(found)
    return np.array([found[row] for row in rows]).reshape(-1, *shape), np.array(rows, int)


def _chained(rig: RigModel, rotations: np.ndarray) -> np.ndarray:
    """(T, J, 3, 3) the joints' rotations from rest, in the head's frame."""
    turns = rig.joint_axes @ rotations @ rig.joint_axes.transpose(0, 2, 1)
    for joint, parent in enumerate(rig.parents):
        if parent >= 0:
            turns[:, joint] = turns[:, parent] @ turns[:, joint]
    return turns


def _turned_back(rig: RigModel, turns: np.ndarray, vertices, added: np.ndarray) -> np.ndarray:
    """(n, 3) displacements of the shaped head that skinning by `turns` (J, 3, 3) makes those `added` to the posed one."""
    blended = np.einsum("vj,jab->vab", rig.weights[vertices], turns)
    return np.linalg.solve(blended, added[..., None])[..., 0]


def _moved_by_joints(rig: RigModel, turns: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """(V, 3) how the posed head changes when its joints move by (J, 3) in the rest pose."""
    places = shift.copy()
    for joint, parent in enumerate(rig.parents):
        if parent >= 0:
            places[joint] = places[parent] + turns[parent] @ (shift[joint] - shift[parent])
    return rig.weights @ (places - np.einsum("jab,jb->ja", turns, shift))
