"""Joints and skinning of the ICT-FaceKit head, by the same rules as the open FLAME-topology head's."""

from __future__ import annotations

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import connected_components
from headbridge.topologies import Topology

from .open_flame import OpenFlame
from .open_flame_joints import PARENTS, affine_weights
from .open_flame_weights import skinning

# The share of the outer shell that lies behind the cornea's bulge.
_SCLERA = 0.5


def build(open_flame: OpenFlame, ict: Mesh, topology: Topology, jaw_open: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of ict_rig.npz; jaw_open : (26719, 3) mm."""
    both = open_flame.both
    regressor = np.zeros((5, len(ict.vertices)))
    # Root, neck and jaw lie where FLAME's are in the FLAME head of the same face.
    regressor[:3, : len(both.hack_rest)] = open_flame.arrays["joint_regressor"][:3] @ both.flame_from_hack
    regressor[:3][np.abs(regressor[:3]) < 1e-6] = 0.0
    regressor[:3] /= regressor[:3].sum(axis=1, keepdims=True)
    components = connected_components(ict)
    for joint, side in ((3, "left"), (4, "right")):
        eyeball = topology.regions[f"{side}_eyeball"]
        # Two shells make an eyeball; the first is the outer one.
        outer = eyeball & (components == components[eyeball].min())
        regressor[joint] = affine_weights(ict.vertices, eyeball.astype(float), sphere_centre(ict.vertices[outer]))
    where_flame_lies = open_flame.to_hack.inverse().apply(ict.vertices)
    rig = skinning(ict, topology, where_flame_lies, regressor[2] @ ict.vertices, jaw_open)
    return {
        "joint_regressor": regressor,
        "weights": rig.weights.astype(np.float32),
        "parents": np.array(PARENTS, np.int32),
        "jaw_corrective": rig.corrective.astype(np.float16),
        "jaw_sine": np.float64(np.sin(rig.angle)),
    }


def sphere_centre(points: np.ndarray) -> np.ndarray:
    """(3,) centre of the sphere through the back half of (N, 3) eyeball vertices, where no cornea bulges."""
    back = points[points[:, 2] <= np.quantile(points[:, 2], _SCLERA)]
    system = np.column_stack([2.0 * back, np.ones(len(back))])
    return np.linalg.lstsq(system, (back**2).sum(axis=1), rcond=None)[0][:3]
