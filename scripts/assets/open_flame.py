"""The open FLAME-topology head: FLAME's mean template with ICT-FaceKit's identity and expression, joints and skinning.

The bases are transferred by one registration of the templates; nothing here is FLAME's statistics.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.similarity import fit_similarity
from headbridge.models.conversion import Correspondence, correspond
from headbridge.models.open_flame import NEUTRAL_COEFFICIENT
from headbridge.registration import RegisterInput, Similarity
from headbridge.registration.register import register
from headbridge.topologies import Topology
from headbridge.topologies.packed_shapes import packed_entries

from .files import SHAPE_STEP
from .open_flame_eyes import eye_followers
from .open_flame_joints import JOINTS, PARENTS, joint_regressor
from .open_flame_weights import skinning
from .regions import LEFT_EYEBALL_END, RIGHT_EYEBALL_END, TEETH_END
from .sources import read_ict

MILLIMETRES = 10.0
# The pupils are texture on FLAME's eyeballs.
LEFT_OUT = ("PupilDilate_L", "PupilDilate_R")


@dataclass(frozen=True)
class OpenFlame:
    """arrays : what flame_open.npz holds. both, to_hack : the correspondence, and the motion from FLAME's frame."""

    arrays: dict[str, np.ndarray]
    both: Correspondence
    to_hack: Similarity


def build(folder: Path, flame: Mesh, topology: Topology, hack: Mesh, hack_topology: Topology) -> OpenFlame:
    """folder : the ICT-FaceKit data. The meshes are those that are shipped, rounded to float32."""
    data = read_ict(folder / "ict_face_model.npz")
    registered = register(RegisterInput(flame, hack)).registered.astype(np.float32)
    both = correspond(flame, topology, registered, hack, hack_topology)
    to_hack = rigid(flame.vertices[topology.skin], both.flame_rest[topology.skin])

    eyeballs = np.stack([topology.regions[f"{side}_eyeball"] for side in ("left", "right")])
    ict_vertices = data["vertices"] * MILLIMETRES
    identity = [
        transferred_identity(both, to_hack, delta * MILLIMETRES, ict_vertices, eyeballs, flame.vertices)
        for delta in data["identity"]
    ]
    neutral = neutral_difference(both, to_hack, eyeballs, flame.vertices)
    identity.append(neutral / NEUTRAL_COEFFICIENT)
    # The registration turns eyeballs with the skin around them; what comes back from HACK should look straight ahead.
    straight = eyeballs.any(axis=0)
    registered[straight] = to_hack.apply((flame.vertices + neutral)[straight])
    names = [str(name) for name in data["expression_names"]]
    expression = {
        name: transferred_expression(both, to_hack, delta * MILLIMETRES)
        for name, delta in zip(names, data["expression"])
        if name not in LEFT_OUT
    }
    expression = mirrored_alike(expression, topology.mirror)
    eye_weights = eye_followers(np.array(identity), np.array(list(expression.values())), topology)
    rig = skinning(flame, topology, flame.vertices, JOINTS[2], expression["jawOpen"])
    arrays = {
        "registered": registered,
        "eye_weights": eye_weights,
        **packed_entries("identity", np.array(identity), SHAPE_STEP),
        **packed_entries("expression", np.array(list(expression.values())), SHAPE_STEP),
        "expression_names": np.array(list(expression)),
        "joint_regressor": joint_regressor(flame, topology),
        "weights": rig.weights.astype(np.float32),
        "parents": np.array(PARENTS, np.int32),
        "jaw_corrective": rig.corrective.astype(np.float16),
        "jaw_sine": np.float64(np.sin(rig.angle)),
    }
    return OpenFlame(arrays, both, to_hack)


ICT_EYEBALLS = (slice(TEETH_END, LEFT_EYEBALL_END), slice(LEFT_EYEBALL_END, RIGHT_EYEBALL_END))


def rigid(source: np.ndarray, target: np.ndarray) -> Similarity:
    """The rigid motion of (N, 3) points onto others: a millimetre stays one, so that heads of equal size convert."""
    found = fit_similarity(source, target)
    return Similarity(1.0, found.rotation, target.mean(axis=0) - found.rotation @ source.mean(axis=0))


def into_flame(to_hack: Similarity, deltas: np.ndarray) -> np.ndarray:
    """(V, 3) displacements of HACK's frame in FLAME's."""
    return deltas @ to_hack.rotation


def transferred_expression(both: Correspondence, to_hack: Similarity, delta: np.ndarray) -> np.ndarray:
    """(5023, 3) an ICT expression delta (26719, 3) on FLAME. The eyeballs stay: gaze belongs to the joints, and
    ICT-FaceKit's eyeLook shapes move only the lids, too."""
    return into_flame(to_hack, both.flame_from_hack @ delta[: len(both.hack_rest)])


def transferred_identity(
    both: Correspondence,
    to_hack: Similarity,
    delta: np.ndarray,
    ict_vertices: np.ndarray,
    eyeballs: np.ndarray,
    flame_vertices: np.ndarray,
) -> np.ndarray:
    """(5023, 3) an ICT identity delta (26719, 3) on FLAME; its eyeballs ((2, 5023) bool) move and grow as ICT's do."""
    transferred = into_flame(to_hack, both.flame_from_hack @ delta[: len(both.hack_rest)])
    for rows, eyeball in zip(ICT_EYEBALLS, eyeballs):
        shift, growth = shift_and_growth(ict_vertices[rows], delta[rows])
        transferred[eyeball] = into_flame(to_hack, shift) + growth * about_centre(flame_vertices[eyeball])
    return transferred


def neutral_difference(both: Correspondence, to_hack: Similarity, eyeballs: np.ndarray, vertices: np.ndarray):
    """(5023, 3) the way from FLAME's mean to ICT-FaceKit's neutral face in FLAME's topology."""
    way = to_hack.inverse().apply(both.flame_rest) - vertices
    for eyeball in eyeballs:
        shift, growth = shift_and_growth(vertices[eyeball], way[eyeball])
        way[eyeball] = shift + growth * about_centre(vertices[eyeball])
    return way


def about_centre(points: np.ndarray) -> np.ndarray:
    return points - points.mean(axis=0)


def shift_and_growth(points: np.ndarray, delta: np.ndarray) -> tuple[np.ndarray, float]:
    """The part of displacements (N, 3) of an eyeball's points (N, 3) that keeps it a sphere to first order."""
    about = about_centre(points)
    return delta.mean(axis=0), float((about * delta).sum() / (about**2).sum())


def mirrored_alike(expression: dict[str, np.ndarray], mirror: np.ndarray) -> dict[str, np.ndarray]:
    """The expressions with left and right ones, and the two sides of all others, made mirror images of each other."""
    image = {"_L": "_R", "_R": "_L"}
    swap = {"mouthLeft": "mouthRight", "mouthRight": "mouthLeft", "jawLeft": "jawRight", "jawRight": "jawLeft"}

    def partner(name):
        return swap.get(name, name[:-2] + image[name[-2:]] if name[-2:] in image else name)

    return {
        name: 0.5 * (delta + expression[partner(name)][mirror] * [-1.0, 1.0, 1.0]) for name, delta in expression.items()
    }
