"""The joints of the open FLAME-topology head: published rest positions, regressed from the vertices around them."""

from __future__ import annotations

import numpy as np

from headbridge.mesh import Mesh
from headbridge.topologies import Topology

# Root, neck, jaw, left eye, right eye: the rest joints of FLAME 2020, mm.
JOINTS = np.array(
    [
        [-1.333, -147.894, -82.942],
        [0.086, -8.040, -54.957],
        [-0.501, -14.625, -59.290],
        [31.724, 21.397, 24.625],
        [-31.452, 21.491, 23.546],
    ]
)
PARENTS = (-1, 0, 1, 1, 1)
_SLAB, _SPREAD = 15.0, 50.0


def joint_regressor(flame: Mesh, topology: Topology) -> np.ndarray:
    """(5, V) float64 weights whose rows sum to 1 and give JOINTS on the template.

    Root: the rings at the lower end. Neck and jaw: the skin at their height that expressions leave alone (ears, nape).
    Eyes: the eyeballs. Each joint moves with any affine map of its vertices, and little with any one of them."""
    vertices, regions = flame.vertices, topology.regions
    still = topology.skin & ~regions["face"] & ~regions["boundary"]
    weights = np.zeros((len(JOINTS), len(vertices)))
    weights[0] = affine_weights(vertices, regions["boundary"].astype(float), JOINTS[0])
    for joint in (1, 2):
        away = np.linalg.norm(vertices - JOINTS[joint], axis=1)
        level = np.abs(vertices[:, 1] - JOINTS[joint, 1]) < _SLAB
        weights[joint] = affine_weights(vertices, still * level * np.exp(-0.5 * (away / _SPREAD) ** 2), JOINTS[joint])
    for joint, side in ((3, "left"), (4, "right")):
        weights[joint] = affine_weights(vertices, regions[f"{side}_eyeball"].astype(float), JOINTS[joint])
    return weights


def affine_weights(vertices: np.ndarray, wanted: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(V,) weights that sum to 1 and average `vertices` to `point`, as near to the shares `wanted` (V,) as can be.

    Zero where nothing is wanted; weights may be negative where the point is not among the vertices."""
    used = np.flatnonzero(wanted)
    share = wanted[used] / wanted[used].sum()
    system = np.vstack([np.ones(len(used)), (vertices[used] - point).T])
    missing = np.array([1.0, 0.0, 0.0, 0.0]) - system @ share
    weights = np.zeros(len(vertices))
    weights[used] = share + share * (system.T @ np.linalg.solve((system * share) @ system.T, missing))
    return weights
