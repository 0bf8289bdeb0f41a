"""The arrays of a FLAME model, in HeadBridge's units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..catalogue import is_open

MILLIMETRES = 1000.0
"""Per metre, the unit of FLAME's files."""

UNKNOWN_VERSION = "unknown"


@dataclass(frozen=True, eq=False)
class FlameData:
    """A head model with FLAME's layout; lengths in millimetres (FLAME's files are in metres), Y up, face along +Z.

    template : (V, 3). faces : (T, 3) int32.
    identity : (I, V, 3) and expression : (E, V, 3), displacements per unit of a coefficient.
    pose_correctives : (36, V, 3), per entry of the row-major R - 1 of joints 1 to 4.
    joint_regressor : (5, V), joints of the shaped vertices, expression included. Joints: root, neck, jaw, left eye,
        right eye. weights : (V, 5) skinning weights, rows sum to 1. parents : (5,) int64, the root's is -1.
    version : of the file (`version.py`) or the open head (`catalogue`), or UNKNOWN_VERSION. Codes of one version mean other faces in another.
    name : what to call the model in messages, usually the file's name.
    expression_names, identity_names : E and I names, or empty where the coefficients have none (FLAME's are numbered).
    """

    template: np.ndarray
    faces: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    pose_correctives: np.ndarray
    joint_regressor: np.ndarray
    weights: np.ndarray
    parents: np.ndarray
    version: str
    name: str
    expression_names: tuple[str, ...] = ()
    identity_names: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The version and the name, for messages."""
        if self.version == UNKNOWN_VERSION:
            return f"FLAME of unknown version ({self.name})"
        return self.name if is_open(self.version) else f"FLAME {self.version} ({self.name})"

    @property
    def joints(self) -> np.ndarray:
        """(5, 3) the joints of the mean head, millimetres."""
        return self.joint_regressor @ self.template
