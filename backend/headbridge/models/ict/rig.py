"""Joints and skinning weights of the ICT-FaceKit head (written by scripts/build_assets.py)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.sparse as sp

from ...topologies.builtin import asset_path


@dataclass(frozen=True, eq=False)
class IctRig:
    """Joints root, neck, jaw, left eye and right eye; all derived, none published with ICT-FaceKit.

    joint_regressor : (5, 26719) sparse, joints of the shaped head; rows sum to 1. Root, neck and jaw lie where FLAME's
        are in the FLAME head of the same face, the eyes in the middle of the eyeballs.
    weights : (26719, 5) skinning weights, rows sum to 1: the jaw's from the jawOpen shape, the neck's by height,
        eyeballs and teeth rigid. parents : (5,), the root's is -1.
    jaw_corrective : (26719, 3) mm, jaw_sine : with the jaw opened to the angle of this sine, weights and corrective
        together give the jawOpen shape (see `models.jaw_corrective`).
    """

    joint_regressor: sp.csr_matrix
    weights: np.ndarray
    parents: np.ndarray
    jaw_corrective: np.ndarray
    jaw_sine: float

    def joints(self, vertices: np.ndarray) -> np.ndarray:
        """(5, 3) the joints of an ICT head (26719, 3) in its rest pose, in its units."""
        return self.joint_regressor @ vertices


@cache
def load_ict_rig() -> IctRig:
    """The rig of the ICT-FaceKit head; shared and read-only."""
    with np.load(asset_path("ict_rig.npz"), allow_pickle=False) as stored:
        rig = IctRig(
            joint_regressor=sp.csr_matrix(stored["joint_regressor"]),
            weights=stored["weights"].astype(np.float64),
            parents=stored["parents"].astype(np.int64),
            jaw_corrective=stored["jaw_corrective"].astype(np.float32),
            jaw_sine=float(stored["jaw_sine"]),
        )
    for array in (rig.weights, rig.parents, rig.jaw_corrective):
        array.setflags(write=False)
    return rig
