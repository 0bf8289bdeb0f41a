"""MakeHuman's hand, its fingers bent, before a face."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation
from strangers.makehuman_mesh import MM_PER_UNIT
from strangers.open_data import makehuman_base

from headbridge.mesh.normals import vertex_normals
from headbridge.render import Faces

# The forearm is kept from here on, mm along the base mesh's x.
_FOREARM = 335.0
# How far from a bone, mm, its turn is felt half.
_SOFT = 7.0
_FINGERS, _JOINTS = 5, 4


@dataclass(frozen=True, eq=False)
class Hand:
    """The left hand with its forearm. vertices (V, 3) mm, faces, uvs (T, 3, 2) of the base mesh; joints (5, 4, 3) of thumb to little finger, root to tip;
    wrist (3,); weights (V, 16) of the palm and three bones per finger."""

    vertices: np.ndarray
    faces: Faces
    uvs: np.ndarray
    joints: np.ndarray
    wrist: np.ndarray
    weights: np.ndarray

    @property
    def frame(self) -> np.ndarray:
        """(3, 3) rows: along the middle finger, out of the palm's plane, and across."""
        along = self.joints[2, 0] - self.wrist
        out = np.cross(along, self.joints[4, 0] - self.joints[1, 0])
        rows = np.stack([along, out, np.cross(along, out)])
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def bent(self, rng: np.random.Generator) -> np.ndarray:
        """(V, 3) with fingers bent and spread at random, by linear blend skinning."""
        whole = rng.uniform(0.0, 1.0)
        placed = self.weights[:, :1] * self.vertices
        for finger in range(_FINGERS):
            chain = self.joints[finger]
            axis = np.cross(chain[1] - chain[0], chain[3] - chain[2])
            axis /= np.linalg.norm(axis)
            least, most = (0.0, 30.0) if finger == 0 else (-12.0, 75.0)
            straight = rng.random() < 0.2
            turn, shift = np.eye(3), np.zeros(3)
            for joint in range(_JOINTS - 1):
                angle = 0.0 if straight else least + (most - least) * np.clip(whole + rng.normal(0.0, 0.2), 0.0, 1.0)
                own = Rotation.from_rotvec(np.deg2rad(angle) * axis).as_matrix()
                if joint == 0:
                    own = own @ Rotation.from_rotvec(np.deg2rad(rng.normal(0.0, 5.0)) * self.frame[1]).as_matrix()
                root = chain[joint]
                shift = shift + turn @ (root - own @ root)
                turn = turn @ own
                weight = self.weights[:, 1 + 3 * finger + joint, None]
                placed = placed + weight * (self.vertices @ turn.T + shift)
        return placed


@cache
def load_hand(data: Path) -> Hand:
    base = makehuman_base(data)
    rest = MM_PER_UNIT * base.vertices
    chosen = [k for k, group in enumerate(base.groups) if group == "body" and rest[base.faces[k], 0].min() > _FOREARM]
    quads = np.array([base.faces[k] for k in chosen])
    corner_uvs = base.uvs[np.array([base.face_uvs[k] for k in chosen])]
    used, corners = np.unique(quads, return_inverse=True)
    corners = corners.reshape(quads.shape)
    vertices = rest[used]

    def joint(name: str) -> np.ndarray:
        cube = np.unique([f for f, group in zip(base.faces, base.groups) if group == f"joint-l-{name}"])
        return rest[cube].mean(axis=0)

    joints = np.array([[joint(f"finger-{k + 1}-{j + 1}") for j in range(_JOINTS)] for k in range(_FINGERS)])
    wrist = joint("hand")
    bones = [_distance(vertices, wrist, root[0]) for root in joints]
    # What lies nearer to the wrist than the fingers' roots is palm or arm.
    apart = [np.minimum.reduce([*bones, _distance(vertices, joint("elbow"), wrist)])]
    for finger in joints:
        apart += [_distance(vertices, a, b) for a, b in zip(finger[:-1], finger[1:])]
    apart = np.stack(apart, axis=1)
    weights = np.exp(-(apart - apart.min(axis=1, keepdims=True)) / _SOFT * np.log(4.0))
    weights[weights < 0.1] = 0.0
    # A bone's turn does not reach another finger.
    own = apart[:, 1:].reshape(-1, _FINGERS, _JOINTS - 1).min(axis=2).argmin(axis=1)
    other = np.repeat(np.arange(_FINGERS), _JOINTS - 1)[None] != own[:, None]
    weights[:, 1:][other] = 0.0
    halves = ([0, 1, 2], [0, 2, 3])
    faces = Faces(np.concatenate([corners[:, half] for half in halves]), len(vertices))
    uvs = np.concatenate([corner_uvs[:, half] for half in halves])
    return Hand(vertices, faces, uvs, joints, wrist, weights / weights.sum(axis=1, keepdims=True))


def _distance(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    along = np.clip((points - start) @ (end - start) / ((end - start) @ (end - start)), 0.0, 1.0)
    return np.linalg.norm(points - start - along[:, None] * (end - start), axis=1)


def held_before(hand: Hand, rng: np.random.Generator, target: np.ndarray, scale: float) -> np.ndarray:
    """(V, 3) in the upright frame: the hand, the left or the right one, touching or hovering before a target (3,) of the
    face, its arm coming from below or the side."""
    placed = (hand.bent(rng) - hand.wrist) @ hand.frame.T
    if rng.random() < 0.5:
        placed[:, 2] *= -1.0
    # Fingers point up or inwards; the palm looks to the face, away from it, or to the side.
    lean = rng.normal(0.0, 50.0)
    turn = Rotation.from_euler("xyz", [rng.uniform(-180.0, 180.0), rng.normal(0.0, 25.0), 90.0 + lean], degrees=True)
    placed = scale * placed @ turn.as_matrix().T
    # Tips touch more often than the palm.
    reach = placed @ (turn.as_matrix() @ (1.0, 0.0, 0.0))
    candidates = np.flatnonzero(reach > np.quantile(reach, rng.choice([0.45, 0.75])))
    touching = placed[rng.choice(candidates)]
    moved = placed + target - touching
    nearest = moved[candidates, 2].min()
    # The hand stays before the face, apart from what the depth test hides of it.
    return moved + (0.0, 0.0, max(target[2] - nearest, 0.0) * rng.uniform(0.3, 1.0) + rng.uniform(2.0, 20.0))


def hand_normals(placed: np.ndarray, hand: Hand) -> np.ndarray:
    return vertex_normals(placed, hand.faces.triangles.numpy())
