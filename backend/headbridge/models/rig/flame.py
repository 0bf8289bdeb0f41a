"""The rig of a FLAME model."""

from __future__ import annotations

import numpy as np

from ...mesh import Mesh
from ...topologies import load_builtin
from ..catalogue import FLAME_JOINTS
from ..flame.data import FlameData
from .model import RigModel, key_ranges, matrix_entries, numbered


def flame_rig(
    data: FlameData, identity_count: int, expression_count: int, correctives: bool = True, mesh: Mesh | None = None
) -> RigModel:
    """A FLAME model with its first coefficients; correctives that are zero are left out.

    mesh : the template with its faces, where it has more than FLAME's."""
    identity, expression = data.identity[:identity_count], data.expression[:expression_count]
    deltas = np.concatenate([identity, expression]).astype(np.float32)
    named = data.expression_names[:expression_count]
    used = [row for row, delta in enumerate(data.pose_correctives) if correctives and delta.any()]
    return RigModel(
        topology="flame",
        label=data.label,
        version=data.version,
        mesh=mesh or load_builtin("flame").with_vertices(data.template),
        names=(
            *(data.identity_names[: len(identity)] or numbered("identity", len(identity))),
            *(named or numbered("expression", len(expression))),
        ),
        **key_ranges(len(identity), len(expression), blendshapes=bool(data.expression_names)),
        deltas=deltas,
        joint_names=FLAME_JOINTS,
        parents=data.parents,
        joints=data.joints,
        joint_deltas=np.einsum("jv,kvd->kjd", data.joint_regressor, deltas, optimize=True),
        joint_axes=np.tile(np.eye(3), (len(FLAME_JOINTS), 1, 1)),
        weights=data.weights,
        correctives=data.pose_correctives[used].astype(np.float32),
        # Rows of FLAME's correctives are the entries of R - 1 of joints 1 to 4, row after row.
        corrective_entries=matrix_entries([(1 + row // 9, row % 9) for row in used]),
    )
