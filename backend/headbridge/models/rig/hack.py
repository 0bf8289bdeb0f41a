"""The rig of a HACK model."""

from __future__ import annotations

import numpy as np

from ...topologies import load_builtin
from ..hack.data import HackData
from ..hack.larynx import Larynx
from .model import COEFFICIENT_BOUND, RigModel, key_ranges, matrix_entries, numbered

# Heights nearer to the usual one are that.
_STILL = 1e-4
HEIGHT_UNIT = 0.1
"""Of the key larynx_height, in heights of the larynx map: so it moves the skin about as far as the key of its size."""


def hack_rig(
    data: HackData,
    identity_count: int,
    expression_count: int,
    correctives: bool = True,
    larynx: tuple[float, float] = (1.0, 0.0),
) -> RigModel:
    """HACK with its cervical spine, whose joints do not follow identity. The larynx has two keys: its size, 1 being the
    template's, and its height in `HEIGHT_UNIT`.

    larynx : size and height (in heights of the map) at which the keys make exactly HACK's larynx: keys add up, while
    HACK's larynx slides."""
    identity, expression = data.identity[:identity_count], data.expression[:expression_count]
    deltas = np.concatenate([identity, expression, _larynx(data, *larynx)]).astype(np.float32)
    ranges = key_ranges(len(identity), len(expression), blendshapes=True)
    bones = data.bones
    used = [row for row in range(len(data.pose_correctives)) if correctives]
    return RigModel(
        topology="hack",
        label=data.label,
        version="HACK",
        mesh=load_builtin("hack").with_vertices(data.mean),
        names=(
            *numbered("identity", len(identity)),
            *data.expression_names[: len(expression)],
            "larynx_size",
            "larynx_height",
        ),
        kinds=(*ranges["kinds"], "larynx", "larynx"),
        lower=np.append(ranges["lower"], 2 * [-COEFFICIENT_BOUND]),
        upper=np.append(ranges["upper"], 2 * [COEFFICIENT_BOUND]),
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


def _larynx(data: HackData, size: float, height: float) -> np.ndarray:
    """(2, V, 3) mm, the keys of size and height."""
    larynx = Larynx.of(data)
    usual = larynx.displacement()
    if abs(height) < _STILL:
        slid = 0.5 * (larynx.displacement(HEIGHT_UNIT) - larynx.displacement(-HEIGHT_UNIT))
    else:
        slid = (larynx.displacement(height) - usual) * (HEIGHT_UNIT / height)
    return np.stack([usual, size * slid])
