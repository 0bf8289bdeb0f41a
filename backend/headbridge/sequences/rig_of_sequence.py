"""The rig of the model that a sequence's coefficients are of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..errors import InputError
from ..models.rig import RigModel, flame_rig, ict_rig
from .faces import mesh_with_teeth
from .required_model import find_required
from .sequence import Sequence
from .teeth import TEETH, with_teeth

_NO_JAW = "2023 no-jaw"


@dataclass(frozen=True, eq=False)
class SequenceRig:
    """sequence : with what its model says of its version. rig : with all coefficients the sequence uses. eyelids :
    (2, V, 3) mm shapes of left and right, None where it has no eyelids. joint_regressor : (J, V), None where joints do
    not follow vertices."""

    sequence: Sequence
    rig: RigModel
    eyelids: np.ndarray | None = None
    joint_regressor: np.ndarray | None = None

    def joint_shift(self, offset: np.ndarray) -> np.ndarray:
        """(J, 3) mm by which an offset (V, 3) mm moves the joints."""
        if self.joint_regressor is None or not self.sequence.offsets_move_joints:
            return np.zeros((len(self.rig.joints), 3))
        return self.joint_regressor @ offset


def rig_for(sequence: Sequence, file: str, correctives: bool) -> SequenceRig:
    """The rig of a sequence's model, in the sequence's own version.

    Raises `InputError` when that is not at hand, and where eyelids lack their shapes."""
    counts = (_used(sequence.identity), sequence.expression.shape[1], correctives)
    if sequence.model == "flame":
        model, sequence = find_required(sequence, file)
        data = with_teeth(model.data) if sequence.teeth else model.data
        rig = flame_rig(data, *counts, mesh=mesh_with_teeth(data.template) if sequence.teeth else None)
        if data.version == _NO_JAW:
            sequence = _without_jaw(sequence)
        return SequenceRig(sequence, rig, _eyelids(sequence, model.eyelids), data.joint_regressor)
    if sequence.model in ("ict", "hack"):
        return SequenceRig(sequence, ict_rig(sequence.model, *counts))
    what = f"of {sequence.model}" if sequence.model else "plain vertices"
    raise InputError(f"{sequence.source}: the frames are {what}, which no head here is rigged for; take its vertices.")


def _used(coefficients: np.ndarray) -> int:
    """How many coefficients there are up to the last that is not zero."""
    return int(np.max(np.flatnonzero(coefficients.any(axis=0)) + 1, initial=0))


def _without_jaw(sequence: Sequence) -> Sequence:
    rotations = sequence.rotations.copy()
    rotations[:, sequence.joint_names == "jaw"] = 0.0
    return replace(sequence, rotations=rotations)


def _eyelids(sequence: Sequence, shapes: np.ndarray | None) -> np.ndarray | None:
    if sequence.eyelids is None or not sequence.eyelids.any():
        return None
    if shapes is None:
        raise InputError(
            f"{sequence.source}: there are eyelid coefficients, but no eyelid shapes; put metrical-tracker's l_eyelid.npy "
            "and r_eyelid.npy beside the model file or into the models folder."
        )
    return np.pad(shapes, ((0, 0), (0, TEETH if sequence.teeth else 0), (0, 0)))
