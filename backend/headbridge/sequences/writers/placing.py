"""A head and a camera that move, written down with the other one standing still: projects differ in which does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from ...errors import InputError
from ...models.catalogue import FLAME_JOINTS
from ...models.flame.data import MILLIMETRES
from ...models.flame.parameters import FlameParameters
from ...models.flame.tracker_frame import CameraPose, head_at_origin, head_in_camera
from ..posing import SequencePoser
from ..required_model import find_required
from ..sequence import JOINT, Sequence


@dataclass(frozen=True, eq=False)
class Placed:
    """parameters : of T heads, millimetres, the root about its joint. camera : T poses, millimetres."""

    parameters: FlameParameters
    camera: CameraPose


def camera_poses(sequence: Sequence) -> CameraPose:
    """The T camera poses of a sequence, in millimetres."""
    count = sequence.frame_count
    rotation = np.broadcast_to(sequence.camera_R, (count, 3, 3)).astype(np.float64)
    translation = np.broadcast_to(sequence.camera_t, (count, 3)) * sequence.mm_per_unit
    return CameraPose(rotation, translation)


def flame_parameters(sequence: Sequence) -> FlameParameters:
    """The parameters of a sequence of FLAME codes as they stand; lengths in millimetres."""
    if sequence.model != "flame":
        raise InputError(f"{sequence.source}: only codes of FLAME can be written; fit the meshes first.")
    if (sequence.scale != 1.0).any():
        raise InputError(f"{sequence.source}: the head has a scale, for which the format has no place.")
    count = sequence.frame_count
    identity = np.broadcast_to(sequence.identity, (count, sequence.identity.shape[1]))
    given = {
        "identity": identity,
        "expression": sequence.expression,
        "translation": sequence.translation * sequence.mm_per_unit,
        **{name: sequence.joint(name) for name in FLAME_JOINTS},
    }
    if sequence.eyelids is not None:
        given["eyelids"] = sequence.eyelids
    return FlameParameters(**{name: torch.from_numpy(np.array(array, np.float64)) for name, array in given.items()})


def still_head(sequence: Sequence, model_file: str) -> Placed:
    """The head at the origin without root rotation and translation, which the camera has taken in."""
    parameters, camera = flame_parameters(sequence), camera_poses(sequence)
    root = parameters.root.numpy()
    moved = parameters.translation.numpy()
    if not root.any() and not moved.any():
        return Placed(parameters, camera)
    if sequence.root_pivot == JOINT:
        parameters, pose = head_at_origin(parameters, _root_joints(sequence, model_file))
    else:
        pose = CameraPose(Rotation.from_rotvec(root).as_matrix(), moved)
        parameters.root = torch.zeros_like(parameters.root)
        parameters.translation = torch.zeros_like(parameters.translation)
    offset = np.einsum("tij,tj->ti", camera.rotation, pose.translation) + camera.translation
    return Placed(parameters, CameraPose(camera.rotation @ pose.rotation, offset))


def still_camera(sequence: Sequence, camera: CameraPose, model_file: str) -> FlameParameters:
    """The parameters of the same heads seen the same by a camera that stands still. camera : its (1, 3, 3) and (1, 3)."""
    parameters, now = flame_parameters(sequence), camera_poses(sequence)
    # x -> camera^-1 (now x)
    back = camera.rotation[0].T
    change = CameraPose(back @ now.rotation, (now.translation - camera.translation) @ back.T)
    stays = np.abs(change.rotation - np.eye(3)).max() < 1e-12 and np.abs(change.translation).max() < 1e-9
    if stays and sequence.root_pivot == JOINT:
        return parameters
    joints = _root_joints(sequence, model_file)
    if sequence.root_pivot != JOINT:
        turns = Rotation.from_rotvec(parameters.root.numpy()).as_matrix()
        place = parameters.translation.numpy() + np.einsum("tij,tj->ti", turns, joints) - joints
        parameters.translation = torch.from_numpy(place)
    return head_in_camera(parameters, joints, change)


def _root_joints(sequence: Sequence, model_file: str) -> np.ndarray:
    """(T, 3) millimetres, joint 0 of the shaped heads, about which the root turns."""
    required, sequence = find_required(sequence, model_file)
    return SequencePoser(sequence, required.data, required.eyelids).root_joints()


def metres(sequence: Sequence, offset: np.ndarray) -> np.ndarray:
    """Offsets of a sequence in metres."""
    return offset * (sequence.mm_per_unit / MILLIMETRES)
