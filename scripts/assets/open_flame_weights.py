"""Skinning of the open heads: the jaw from the jawOpen shape, the neck by height, rigid eyeballs."""

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

# Shares of the jaw's rotation below and above which a vertex stays with the skull or goes with the jaw entirely.
_STAYS, _GOES = 0.1, 0.85
# Below this length (mm) the way a vertex takes says nothing about its share of the rotation.
_STEP = 3.0
_NEGLIGIBLE = 1e-3
_SMOOTHING = 10.0  # mm^2 of diffusion, a length of some three millimetres
# The neck: no rotation at the shoulders' height, all of the head's at the hairline (back) and under the chin (front).
_SHOULDERS = -135.0
_HEAD_HEIGHT, _HEAD_DEPTH = (-45.0, -90.0), (-110.0, 40.0)


@dataclass(frozen=True)
class Skinning:
    """weights : (V, 5) of root, neck, jaw and eyes; rows sum to 1. corrective : (V, 3) mm: with the jaw joint turned by
    `angle` (radians about x, opening), these weights and this corrective give the jawOpen shape."""

    weights: np.ndarray
    corrective: np.ndarray
    angle: float


def skinning(
    mesh: Mesh, topology: Topology, where_flame_lies: np.ndarray, jaw_joint: np.ndarray, jaw_open: np.ndarray
) -> Skinning:
    """The skinning of a head. where_flame_lies : (V, 3), its vertices moved to where FLAME's template lies, for the
    neck's heights; jaw_joint (3,) and jaw_open (V, 3) in the mesh's own frame, mm.

    What the jaw's rotation does not explain of jawOpen (the cheeks, the slide forward) is the pose corrective."""
    about = mesh.vertices - jaw_joint
    angle, jaw = _jaw(mesh, topology, about, jaw_open)
    weights = _weights(where_flame_lies, topology, jaw)
    # v + jawOpen = (1 - w) t + w (R (t - J) + J) for the corrected rest position t.
    blend = np.eye(3) + weights[:, 2, None, None] * (turn_about_x(angle) - np.eye(3))
    corrective = np.linalg.solve(blend, (about + jaw_open)[:, :, None])[:, :, 0] - about
    return Skinning(weights, corrective, angle)


def turn_about_x(angle: float) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])


def _jaw(mesh: Mesh, topology: Topology, about: np.ndarray, jaw_open: np.ndarray) -> tuple[float, np.ndarray]:
    """The angle of the rotation that explains jawOpen best at the chin, and (V,) how much of it each vertex takes.

    Teeth go with it entirely or not at all."""
    length = np.linalg.norm(jaw_open, axis=1)
    chin = topology.skin & (length > 0.9 * length[topology.skin].max())

    def misfit(angle):
        return ((about[chin] @ (turn_about_x(angle) - np.eye(3)).T - jaw_open[chin]) ** 2).sum()

    angle = float(minimize_scalar(misfit, bounds=(0.05, 0.8), method="bounded", options={"xatol": 1e-6}).x)
    way = about @ (turn_about_x(angle) - np.eye(3)).T
    share = (way * jaw_open).sum(axis=1) / ((way**2).sum(axis=1) + _STEP**2)
    if "teeth" in topology.regions:
        teeth = topology.regions["teeth"]
        share[teeth] = share[teeth] > 0.5
    share = np.clip((share - _STAYS) / (_GOES - _STAYS), 0.0, 1.0)
    weights = _diffused(mesh, share)
    weights = 0.5 * (weights + weights[topology.mirror])
    weights[weights < _NEGLIGIBLE] = 0.0
    return angle, weights


def _diffused(mesh: Mesh, values: np.ndarray) -> np.ndarray:
    mass = sp.diags(np.maximum(vertex_areas(mesh.vertices, mesh.triangles), 1e-9))
    system = mass + _SMOOTHING * cotangent_laplacian(mesh.vertices, mesh.triangles)
    return np.clip(splu(system.tocsc()).solve(mass @ values), 0.0, 1.0)


def _weights(where_flame_lies: np.ndarray, topology: Topology, jaw: np.ndarray) -> np.ndarray:
    _, y, z = where_flame_lies.T
    head = np.interp(z, _HEAD_DEPTH, _HEAD_HEIGHT)
    rise = np.clip((y - _SHOULDERS) / (head - _SHOULDERS), 0.0, 1.0)
    rise = rise**2 * (3.0 - 2.0 * rise)
    rise = 0.5 * (rise + rise[topology.mirror])
    weights = np.stack([1.0 - rise, rise * (1.0 - jaw), rise * jaw, 0.0 * rise, 0.0 * rise], axis=1)
    for joint, side in ((3, "left"), (4, "right")):
        weights[topology.regions[f"{side}_eyeball"]] = np.eye(5)[joint]
    return weights
