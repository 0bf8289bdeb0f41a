"""The rig of a HACK model."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

from ...topologies import load_builtin
from ..hack.data import HackData
from .model import COEFFICIENT_BOUND, RigModel, key_ranges, matrix_entries, numbered


def hack_rig(data: HackData, identity_count: int, expression_count: int, correctives: bool = True) -> RigModel:
    """HACK with its cervical spine, whose joints do not follow identity. The larynx is a key: its size at its usual
    height, 1 being the template's."""
    identity, expression = data.identity[:identity_count], data.expression[:expression_count]
    deltas = np.concatenate([identity, expression, _larynx(data)[None]]).astype(np.float32)
    ranges = key_ranges(len(identity), len(expression), blendshapes=True)
    bones = data.bones
    used = [row for row in range(len(data.pose_correctives)) if correctives]
    return RigModel(
        topology="hack",
        label=data.label,
        version="HACK",
        mesh=load_builtin("hack").with_vertices(data.mean),
        names=(*numbered("identity", len(identity)), *data.expression_names[: len(expression)], "larynx_size"),
        kinds=(*ranges["kinds"], "larynx"),
        lower=np.append(ranges["lower"], -COEFFICIENT_BOUND),
        upper=np.append(ranges["upper"], COEFFICIENT_BOUND),
        deltas=deltas,
        joint_names=bones.names,
        parents=bones.parents,
        joints=bones.joints,
        joint_deltas=np.zeros((len(deltas), len(bones.names), 3)),
        joint_axes=bones.axes,
        weights=data.weights,
        correctives=data.pose_correctives[used].astype(np.float32),
        corrective_entries=matrix_entries([(1 + row // 9, row % 9) for row in used]),
    )


def _larynx(data: HackData) -> np.ndarray:
    """(V, 3) mm, what the larynx of size 1 adds at its usual height."""
    last = np.array(data.larynx.shape[::-1]) - 1.0
    columns, rows = (0.5 * (data.larynx_places + 1.0) * last).T
    reach = map_coordinates(data.larynx.astype(np.float64), [rows, columns], order=1, mode="nearest")
    return reach[:, None] * data.larynx_push
