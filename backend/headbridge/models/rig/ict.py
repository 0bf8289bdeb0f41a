"""The rig of the ICT-FaceKit head, and of its part in HACK's topology."""

from __future__ import annotations

import numpy as np

from ...topologies import load_builtin, load_deltas
from ..ict.rig import load_ict_rig
from ..jaw_corrective import MINUS_SINE, SINE, jaw_opening_correctives
from .model import FLAME_JOINTS, RigModel, key_ranges, matrix_entries

_JAW = FLAME_JOINTS.index("jaw")


def ict_rig(topology: str, identity_count: int, expression_count: int, correctives: bool = True) -> RigModel:
    """ICT-FaceKit with all its vertices ("ict"), or its first ones, which are HACK's topology ("hack")."""
    whole, mesh, deltas, rig = load_builtin("ict"), load_builtin(topology), load_deltas("ict"), load_ict_rig()
    count = len(mesh.vertices)
    identity, expression = deltas.identity[:identity_count], deltas.expression[:expression_count]
    keys = (*identity, *expression)
    moved = np.zeros((len(keys), *rig.joints(whole.vertices).shape))
    for row, delta in zip(moved, keys):
        row[:] = rig.joints(delta)
    shapes = jaw_opening_correctives(rig.jaw_corrective[:count], rig.jaw_sine) if correctives else ()
    return RigModel(
        topology=topology,
        label="ICT-FaceKit" if topology == "ict" else "ICT-FaceKit in HACK's topology",
        version="ICT-FaceKit",
        mesh=mesh,
        names=(*deltas.identity_names[: len(identity)], *deltas.expression_names[: len(expression)]),
        **key_ranges(len(identity), len(expression), blendshapes=True),
        deltas=np.concatenate([identity[:, :count], expression[:, :count]]),
        joint_names=FLAME_JOINTS,
        parents=rig.parents,
        joints=rig.joints(whole.vertices),
        joint_deltas=moved,
        joint_axes=np.tile(np.eye(3), (len(FLAME_JOINTS), 1, 1)),
        weights=rig.weights[:count],
        correctives=np.array(shapes, np.float32).reshape(-1, count, 3),
        corrective_entries=matrix_entries([(_JAW, MINUS_SINE), (_JAW, SINE)][: len(shapes)]),
    )
