"""Head models as plain arrays, for programs that shape, pose and skin a head themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..mesh import Mesh
from ..topologies import load_builtin
from .flame.data import FlameData
from .open_flame import load_open_flame

JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")

# Coefficients in standard deviations; beyond this many no head is left.
_COEFFICIENT_BOUND = 10.0


@dataclass(frozen=True, eq=False)
class RigModel:
    """A posable head: K keys that shape it, J joints that follow the keys, C correctives that follow the joints.

    Millimetres, Y up, the face along +Z. With coefficients c and joint rotations R the head is, before skinning,
    template + c . deltas + sum over entries (j, row, column) of (R_j - 1)[row, column] * correctives; its joints are
    joints + c . joint_deltas, and linear blend skinning by `weights` about them gives the posed head.

    label, version : what to call the model, and which one it is.
    mesh : the template, its faces and UVs; V vertices.
    names, kinds : of the keys; a kind is "identity" or "expression". lower, upper : (K,) range of the coefficients.
    deltas : (K, V, 3) float32.
    joint_names, parents : J, the root's parent is -1. joints : (J, 3). joint_deltas : (K, J, 3). weights : (V, J).
    correctives : (C, V, 3) float32. corrective_entries : (C, 3) int32, joint, row and column.
    """

    label: str
    version: str
    mesh: Mesh
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    lower: np.ndarray
    upper: np.ndarray
    deltas: np.ndarray
    joint_names: tuple[str, ...]
    parents: np.ndarray
    joints: np.ndarray
    joint_deltas: np.ndarray
    weights: np.ndarray
    correctives: np.ndarray
    corrective_entries: np.ndarray


def load_rig(key: str, identity_count: int, expression_count: int, correctives: bool = True) -> RigModel:
    """The rig of "flame", with at most so many coefficients of each kind."""
    return flame_rig(load_open_flame(), identity_count, expression_count, correctives)


def flame_rig(data: FlameData, identity_count: int, expression_count: int, correctives: bool = True) -> RigModel:
    """A FLAME model with its first coefficients, at most as many of each as there are. Without `correctives` the head
    bends by skinning alone."""
    identity, expression = data.identity[:identity_count], data.expression[:expression_count]
    deltas = np.concatenate([identity, expression]).astype(np.float32)
    named = data.expression_names[:expression_count]
    expression_names = named or _numbered("expression", len(expression))
    used = [row for row, delta in enumerate(data.pose_correctives) if correctives and delta.any()]
    return RigModel(
        label=data.label,
        version=data.version,
        mesh=load_builtin("flame").with_vertices(data.template),
        names=(*_numbered("identity", len(identity)), *expression_names),
        **_ranges(len(identity), len(expression), blendshapes=bool(named)),
        deltas=deltas,
        joint_names=JOINTS,
        parents=data.parents,
        joints=data.joints,
        joint_deltas=np.einsum("jv,kvd->kjd", data.joint_regressor, deltas, optimize=True),
        weights=data.weights,
        correctives=data.pose_correctives[used].astype(np.float32),
        # Rows of FLAME's correctives are the entries of R - 1 of joints 1 to 4, row after row.
        corrective_entries=np.array([(1 + n // 9, n % 9 // 3, n % 3) for n in used], np.int32).reshape(-1, 3),
    )


def _numbered(kind: str, count: int) -> tuple[str, ...]:
    return tuple(f"{kind}{number:03d}" for number in range(count))


def _ranges(identities: int, expressions: int, blendshapes: bool) -> dict[str, object]:
    """Kinds and coefficient ranges: standard deviations, or 0..1 for expressions that are blendshapes."""
    is_expression = np.arange(identities + expressions) >= identities
    blend = is_expression & blendshapes
    return {
        "kinds": tuple(np.where(is_expression, "expression", "identity").tolist()),
        "lower": np.where(blend, 0.0, -_COEFFICIENT_BOUND),
        "upper": np.where(blend, 1.0, _COEFFICIENT_BOUND),
    }
