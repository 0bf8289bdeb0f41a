"""The rig of the ICT-FaceKit head, and of its part in HACK's topology."""

from __future__ import annotations

import numpy as np

from ...topologies import load_builtin
from ..catalogue import FLAME_JOINTS
from ..ict.head import load_ict_head
from ..jaw_corrective import MINUS_SINE, SINE, jaw_opening_correctives
from .model import RigModel, key_ranges, matrix_entries

_JAW = FLAME_JOINTS.index("jaw")


def ict_rig(
    topology: str,
    identity_count: int,
    expression_count: int,
    correctives: bool = True,
    identities: str = "ict",
    smooth: bool = False,
) -> RigModel:
    """ICT-FaceKit with all its vertices ("ict"), or its first ones, which are HACK's topology ("hack"); identities :
    "ict" its own, "people" those of all people, with their smooth modes or without."""
    head, mesh = load_ict_head(identities, smooth), load_builtin(topology)
    rig, count = head.rig, len(mesh.vertices)
    identity, expression = head.identity[:identity_count], head.expression[:expression_count]
    keys = (*identity, *expression)
    moved = np.zeros((len(keys), *rig.joints(head.template).shape))
    for row, delta in zip(moved, keys):
        row[:] = rig.joints(delta)
    shapes = jaw_opening_correctives(rig.jaw_corrective[:count], rig.jaw_sine) if correctives else ()
    return RigModel(
        topology=topology,
        label=head.label(topology),
        version=head.version,
        mesh=mesh.with_vertices(head.template[:count]),
        names=(*head.identity_names[: len(identity)], *head.expression_names[: len(expression)]),
        **key_ranges(len(identity), len(expression), blendshapes=True),
        deltas=np.concatenate([identity[:, :count], expression[:, :count]]),
        joint_names=FLAME_JOINTS,
        parents=rig.parents,
        joints=rig.joints(head.template),
        joint_deltas=moved,
        joint_axes=np.tile(np.eye(3), (len(FLAME_JOINTS), 1, 1)),
        weights=rig.weights[:count],
        correctives=np.array(shapes, np.float32).reshape(-1, count, 3),
        corrective_entries=matrix_entries([(_JAW, MINUS_SINE), (_JAW, SINE)][: len(shapes)]),
    )
