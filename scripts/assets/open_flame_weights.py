"""Skinning of the open FLAME-topology head: the jaw from the jawOpen shape, the neck by height, rigid eyeballs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize_scalar
from scipy.sparse.linalg import splu

from headbridge.mesh import Mesh
from headbridge.mesh.laplacian import cotangent_laplacian
from headbridge.mesh.normals import vertex_areas
from headbridge.topologies import Topology

from .open_flame_joints import JOINTS

# Shares of the jaw's rotation below and above which a vertex stays with the skull or goes with the jaw entirely.
_STAYS, _GOES = 0.1, 0.85
# Below this length (mm) the way a vertex takes says nothing about its share of the rotation.
_STEP = 3.0
_SMOOTHING = 10.0  # mm^2 of diffusion, a length of some three millimetres
# The neck: no rotation at the shoulders' height, all of the head's at the hairline (back) and under the chin (front).
_SHOULDERS = -135.0
_HEAD_HEIGHT, _HEAD_DEPTH = (-45.0, -90.0), (-110.0, 40.0)


@dataclass(frozen=True)
class JawArticulation:
    """weights (V,) in 0..1; corrective (V, 3) mm: at `angle` (radians about x, opening) the jaw joint with these weights
    and this corrective gives the jawOpen shape."""

    weights: np.ndarray
    corrective: np.ndarray
    angle: float


def turn_about_x(angle: float) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])


def jaw_articulation(flame: Mesh, topology: Topology, jaw_open: np.ndarray) -> JawArticulation:
    """Jaw weights: how much of one rotation about the jaw joint explains the way (V, 3) that jawOpen takes, smoothed.

    What a rotation does not explain (the cheeks, the jaw's slide forward) is the pose corrective."""
    about = flame.vertices - JOINTS[2]
    length = np.linalg.norm(jaw_open, axis=1)
    chin = length > 0.9 * length.max()

    def misfit(angle):
        return ((about[chin] @ (turn_about_x(angle) - np.eye(3)).T - jaw_open[chin]) ** 2).sum()

    angle = float(minimize_scalar(misfit, bounds=(0.05, 0.8), method="bounded", options={"xatol": 1e-6}).x)
    way = about @ (turn_about_x(angle) - np.eye(3)).T
    share = (way * jaw_open).sum(axis=1) / ((way**2).sum(axis=1) + _STEP**2)
    share = np.clip((share - _STAYS) / (_GOES - _STAYS), 0.0, 1.0)
    weights = _diffused(flame, share)
    weights = 0.5 * (weights + weights[topology.mirror])
    weights[topology.regions["left_eyeball"] | topology.regions["right_eyeball"]] = 0.0
    # v + jawOpen = (1 - w) t + w (R (t - J) + J) for the corrected rest position t.
    blend = np.eye(3) + weights[:, None, None] * (turn_about_x(angle) - np.eye(3))
    corrective = np.linalg.solve(blend, (about + jaw_open)[:, :, None])[:, :, 0] - about
    return JawArticulation(weights, corrective, angle)


def _diffused(mesh: Mesh, values: np.ndarray) -> np.ndarray:
    mass = sp.diags(np.maximum(vertex_areas(mesh.vertices, mesh.triangles), 1e-9))
    system = mass + _SMOOTHING * cotangent_laplacian(mesh.vertices, mesh.triangles)
    return np.clip(splu(system.tocsc()).solve(mass @ values), 0.0, 1.0)


def skinning_weights(flame: Mesh, topology: Topology, jaw: np.ndarray) -> np.ndarray:
    """(V, 5) weights of root, neck, jaw and eyes; rows sum to 1."""
    _, y, z = flame.vertices.T
    head = np.interp(z, _HEAD_DEPTH, _HEAD_HEIGHT)
    rise = np.clip((y - _SHOULDERS) / (head - _SHOULDERS), 0.0, 1.0)
    rise = rise**2 * (3.0 - 2.0 * rise)
    rise = 0.5 * (rise + rise[topology.mirror])
    weights = np.stack([1.0 - rise, rise * (1.0 - jaw), rise * jaw, 0.0 * rise, 0.0 * rise], axis=1)
    for joint, side in ((3, "left"), (4, "right")):
        weights[topology.regions[f"{side}_eyeball"]] = np.eye(5)[joint]
    return weights
