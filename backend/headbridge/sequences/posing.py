"""The vertices of a sequence's frames: FLAME's head with what trackers add to it, in the source's frame and unit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from ..errors import InputError
from ..models.catalogue import FLAME_JOINTS
from ..models.flame.data import FlameData
from ..models.skinning import axis_angle_to_matrix, joint_transforms, skin
from ..progress import Progress
from .sequence import BEFORE_SKINNING, JOINT, Sequence
from .teeth import TEETH, with_teeth

_NO_JAW = "2023 no-jaw"
_AT_ONCE = 16


class SequencePoser:
    """Poses the frames of a sequence with a FLAME model, in float64.

    eyelids : (2, V, 3) left and right eyelid shape in millimetres, needed where the sequence has eyelid coefficients
    other than zero.

    Raises `InputError` when the sequence is of another model, has more coefficients other than zero than the model, or
    lacks the eyelid shapes."""

    def __init__(self, sequence: Sequence, data: FlameData, eyelids: np.ndarray | None = None):
        if sequence.model != "flame":
            raise InputError(f"The codes are of {sequence.model or 'no model'}, not of FLAME; nothing can be posed.")
        data = with_teeth(data) if sequence.teeth else data
        self.sequence, self.faces, self.label = sequence, data.faces, data.label
        self._unit = 1.0 / sequence.mm_per_unit
        self._identity = _trimmed(sequence.identity, len(data.identity), "identity", data.label)
        self._expression = _trimmed(sequence.expression, len(data.expression), "expression", data.label)
        self._template = data.template.astype(np.float64)
        self._bases = {
            "identity": _flat(data.identity[: self._identity.shape[1]]),
            "expression": _flat(data.expression[: self._expression.shape[1]]),
            "correctives": _flat(data.pose_correctives),
        }
        self._regressor = data.joint_regressor.astype(np.float64)
        self._weights = torch.from_numpy(np.ascontiguousarray(data.weights.T, dtype=np.float64))
        self._parents = tuple(int(parent) for parent in data.parents)
        self._turns = np.stack([sequence.joint(name) for name in FLAME_JOINTS], axis=1)
        if data.version == _NO_JAW:
            self._turns[:, FLAME_JOINTS.index("jaw")] = 0.0
        self._lids = self._eyelids(eyelids)
        # What all frames share is shaped once.
        self._shared = self._shaped_identity(slice(0, 1)) if len(self._identity) == 1 else None

    def vertices(self, frames: slice | np.ndarray) -> np.ndarray:
        """(n, V, 3) of the chosen frames."""
        chosen = np.arange(self.sequence.frame_count)[frames]
        shaped, joints = self._shaped(chosen)
        if self._lids is not None and self.sequence.eyelid_stage == BEFORE_SKINNING:
            shaped = shaped + self._lids[chosen]
        vertices = self._posed(shaped, joints, chosen) * self._unit
        if not np.isfinite(vertices).all():
            number = self.sequence.frame_ids[chosen[int(np.argmin(np.isfinite(vertices).all(axis=(1, 2))))]]
            raise InputError(f"The codes of frame {number} are too large to make a head; leave the frame out.")
        return vertices

    def root_joints(self) -> np.ndarray:
        """(T, 3) millimetres, the root joint of each frame's shaped head in the rest pose."""
        every = range(0, self.sequence.frame_count, _AT_ONCE)
        return np.concatenate([self._shaped(slice(start, start + _AT_ONCE))[1][:, 0] for start in every])

    def all_vertices(self, progress: Progress) -> Iterator[np.ndarray]:
        """(V, 3) of every frame, in order."""
        for start in range(0, self.sequence.frame_count, _AT_ONCE):
            progress.report(start / self.sequence.frame_count, "Posing the frames")
            yield from self.vertices(slice(start, start + _AT_ONCE))

    def _shaped(self, frames: slice | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, V, 3) heads in the rest pose with their offsets and (n, 5, 3) joints, millimetres."""
        sequence = self.sequence
        chosen = np.arange(sequence.frame_count)[frames]
        shaped = self._shared if self._shared is not None else self._shaped_identity(chosen)
        shaped = shaped + self._moved(self._expression[chosen], "expression")
        moved = shaped
        for offset in (sequence.static_offset, sequence.dynamic_offset):
            if offset is not None:
                moved = moved + (offset[chosen] if offset.ndim == 3 else offset) / self._unit
        return moved, self._regressor @ (moved if sequence.offsets_move_joints else shaped)

    def _posed(self, shaped: np.ndarray, joints: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """(n, V, 3) millimetres from the shaped heads and their joints in the rest pose."""
        sequence = self.sequence
        turns = axis_angle_to_matrix(torch.from_numpy(self._turns[chosen]))
        root = turns[:, 0].numpy().copy()
        about_joint = sequence.root_pivot == JOINT
        if not about_joint:
            turns[:, 0] = torch.eye(3, dtype=torch.float64)
        bent = shaped + self._moved((turns[:, 1:] - torch.eye(3)).flatten(1).numpy(), "correctives")
        rotations, offsets, _ = joint_transforms(turns, torch.from_numpy(joints), self._parents)
        planes = torch.from_numpy(np.ascontiguousarray(bent.transpose(0, 2, 1)))
        posed = skin(planes, self._weights, rotations, offsets).numpy().transpose(0, 2, 1)
        if self._lids is not None and sequence.eyelid_stage != BEFORE_SKINNING:
            posed = posed + self._lids[chosen]
        if not about_joint:
            posed = posed @ root.transpose(0, 2, 1)
        return sequence.scale[chosen, None, None] * posed + sequence.translation[chosen, None] / self._unit

    def _shaped_identity(self, chosen: slice | np.ndarray) -> np.ndarray:
        return self._template + self._moved(self._identity[chosen], "identity")

    def _moved(self, coefficients: np.ndarray, kind: str) -> np.ndarray:
        return (coefficients @ self._bases[kind]).reshape(len(coefficients), -1, 3)

    def _eyelids(self, shapes: np.ndarray | None) -> np.ndarray | None:
        coefficients = self.sequence.eyelids
        if coefficients is None or not coefficients.any():
            return None
        if shapes is None:
            raise InputError(
                "There are eyelid coefficients, but no eyelid shapes; put metrical-tracker's l_eyelid.npy and "
                "r_eyelid.npy beside the model file or into the models folder."
            )
        shapes = np.pad(shapes, ((0, 0), (0, TEETH if self.sequence.teeth else 0), (0, 0)))
        return np.tensordot(coefficients.astype(np.float64), shapes.astype(np.float64), axes=1)


def _flat(bases: np.ndarray) -> np.ndarray:
    return bases.reshape(len(bases), bases.shape[1] * 3).astype(np.float64)


def _trimmed(coefficients: np.ndarray, count: int, kind: str, label: str) -> np.ndarray:
    """The first `count` coefficients; `InputError` when one after them is other than zero."""
    beyond = coefficients[:, count:]
    if beyond.any():
        place = count + int(np.flatnonzero(beyond.any(axis=0))[0])
        raise InputError(
            f"{kind} coefficient {place + 1} of {coefficients.shape[1]} is not zero, but {label} has {count}; name the "
            "model that the codes were made with."
        )
    return coefficients[:, :count].astype(np.float64)
