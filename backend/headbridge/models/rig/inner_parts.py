"""Teeth, gums, tongue, lashes and eyes for heads that lack them: ICT-FaceKit's own, moving with the head."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...mesh.similarity import Similarity
from ...topologies import load_topology
from ..catalogue import FLAME_JOINTS, is_open, of_all_people
from ..open_flame import NEUTRAL_COEFFICIENT, NEUTRAL_IDENTITY, load_open_flame
from ..people.frames import frame_motion, hack_to_flame
from ..people.handles import load_handles
from ..people.identity import SMOOTH
from .ict import ict_rig
from .model import RigModel

# FLAME has eyeballs; what ICT-FaceKit has around its own would stand in them.
_OF_EYES = {
    "M_EyeBlend", "M_EyeOcclusion", "M_IrisLeft", "M_IrisRight", "M_LacrimalFluid", "M_ScleraLeft", "M_ScleraRight",
}  # fmt: skip
# Lids of FLAME files lie elsewhere: lashes would stand beside them.
_OF_LIDS = {"M_EyeLashes"}
# Skin so near to the middle of the lips says where a face's teeth are, mm.
_AROUND_MOUTH = 40.0


def inner_parts(rig: RigModel) -> RigModel:
    """The inner parts of a rig in HACK's or FLAME's topology, as a rig with the same keys and joints.

    The keys move the parts as they move ICT-FaceKit's: teeth with the jaw, eyes with their joints, everything with the
    identity. Where the identities are a FLAME file's own, teeth follow the skin around the mouth as a whole.
    Raises `InputError` for other rigs: a HACK folder's bones are not the parts', and ICT-FaceKit has them itself."""
    if rig.topology == "hack" and is_open(rig.version):
        return _on_joints_of(rig, _whole(rig, 100))[0]
    if rig.topology == "flame" and of_all_people(rig.version):
        parts, joints = _on_joints_of(rig, _whole(rig, 100))
        return _of_all_people(parts, joints)
    if rig.topology == "flame" and rig.joint_names == FLAME_JOINTS:
        return _behind_the_lips(rig)
    raise InputError(f"There are no inner parts for {rig.label}; take the model flame, or hack without files of yours.")


def _whole(rig: RigModel, expressions: int) -> RigModel:
    """ICT-FaceKit's head with the identities of a rig."""
    identities = "people" if of_all_people(rig.version) else "ict"
    smooth = any(name.startswith(SMOOTH) for name in rig.names)
    return ict_rig("ict", rig.kinds.count("identity"), expressions, len(rig.correctives) > 0, identities, smooth)


def _on_joints_of(rig: RigModel, whole: RigModel) -> tuple[RigModel, np.ndarray]:
    """The parts of ICT-FaceKit's head with the keys of a rig that names them alike, on its joints, and the (J, 3) joints
    they had."""
    mesh, used = _parts(whole.mesh, _OF_EYES if rig.topology == "flame" else set())
    named = np.array([whole.names.index(name) for name in rig.names])
    parts = replace(
        rig,
        mesh=mesh,
        deltas=whole.deltas[named[:, None], used],
        weights=whole.weights[used],
        correctives=whole.correctives[:, used],
        corrective_entries=whole.corrective_entries,
    )
    return parts, whole.joints


def _parts(mesh: Mesh, left_out: set[str]) -> tuple[Mesh, np.ndarray]:
    """The faces behind HACK's, with their vertices only, and which vertices of ICT-FaceKit these are; without those of
    some materials."""
    chosen = np.minimum.reduceat(mesh.corners, mesh.face_starts) >= len(load_topology("hack").skin)
    chosen &= ~np.array([name in left_out for name in mesh.material_names])[mesh.face_materials]
    corners = np.repeat(chosen, mesh.face_sizes)
    used, places = np.unique(mesh.corners[corners], return_inverse=True)
    return (
        replace(
            mesh,
            vertices=mesh.vertices[used],
            corners=places.astype(mesh.corners.dtype),
            face_sizes=mesh.face_sizes[chosen],
            uvs=None if mesh.uvs is None else mesh.uvs[corners],
            face_materials=mesh.face_materials[chosen],
            name="inner parts",
        ),
        used,
    )


def _of_all_people(parts: RigModel, joints: np.ndarray) -> RigModel:
    """All people's parts, in HACK's frame, in FLAME's; joints : (J, 3) of ICT-FaceKit's head of all people.

    Heads grow about their root joint, which lies elsewhere in the two by less than a millimetre: the parts grow about
    FLAME's."""
    motion, handles = hack_to_flame(), load_handles()
    off = motion.apply(joints[:1])[0] - parts.joints[0]
    growths = np.zeros(len(parts.names))
    sizes = np.append(handles.size_sigma, handles.size_slopes)[: parts.kinds.count("identity")]
    growths[: len(sizes)] = sizes
    parts = _moved(parts, motion)
    return replace(
        parts,
        mesh=parts.mesh.with_vertices(parts.mesh.vertices + handles.size_mean * off),
        deltas=parts.deltas + (growths[:, None] * off).astype(np.float32)[:, None],
    )


def _moved(parts: RigModel, motion: Similarity) -> RigModel:
    """The parts in another frame; their joints are that frame's already."""
    turn = motion.rotation.T.astype(np.float32)
    return replace(
        parts,
        mesh=parts.mesh.with_vertices(motion.apply(parts.mesh.vertices)),
        deltas=parts.deltas @ turn,
        correctives=parts.correctives @ turn,
    )


def _behind_the_lips(rig: RigModel) -> RigModel:
    """The parts of a FLAME head with identities of its own, or of ICT-FaceKit's transferred to FLAME's mean.

    ICT-FaceKit's neutral face is known in FLAME's topology: what leads from there to the rig's own mean, and what each
    of its identities does, is told by the skin around the mouth, which takes the teeth along (`taken_along`)."""
    mouth = around_mouth()
    parts, neutral = _neutral_parts(len(rig.correctives) > 0)
    places = parts.mesh.vertices + taken_along(neutral, rig.mesh.vertices[mouth] - neutral, parts.mesh.vertices)
    deltas = np.zeros((len(rig.names), *places.shape), np.float32)
    known = {name: number for number, name in enumerate(parts.names)}
    # The open head's identities and expressions are ICT-FaceKit's; a FLAME file's expressions leave the skull alone.
    open_head = bool(set(known) & {name for name, kind in zip(rig.names, rig.kinds) if kind == "expression"})
    for number, (name, kind) in enumerate(zip(rig.names, rig.kinds)):
        if open_head and name in known:
            deltas[number] = parts.deltas[known[name]]
        elif kind == "identity":
            deltas[number] = taken_along(rig.mesh.vertices[mouth], rig.deltas[number][mouth], places)
    return replace(
        rig,
        mesh=parts.mesh.with_vertices(places),
        deltas=deltas,
        weights=parts.weights,
        correctives=parts.correctives if open_head else parts.correctives[:0],
        corrective_entries=parts.corrective_entries if open_head else parts.corrective_entries[:0],
    )


@cache
def _neutral_parts(correctives: bool) -> tuple[RigModel, np.ndarray]:
    """ICT-FaceKit's parts in FLAME's frame with its own keys, and where the skin around its neutral mouth lies there."""
    whole, head = ict_rig("ict", NEUTRAL_IDENTITY, 100, correctives), load_open_flame()
    neutral = head.template + NEUTRAL_COEFFICIENT * head.identity[NEUTRAL_IDENTITY]
    mesh, used = _parts(whole.mesh, _OF_EYES | _OF_LIDS)
    parts = replace(
        whole,
        mesh=mesh,
        deltas=whole.deltas[:, used],
        weights=whole.weights[used],
        correctives=whole.correctives[:, used],
    )
    motion = frame_motion(whole.mesh.vertices[: len(load_topology("hack").skin)], neutral)
    return _moved(parts, motion), neutral[around_mouth()]


@cache
def around_mouth() -> np.ndarray:
    """Numbers of FLAME's vertices that say where the teeth are."""
    topology, template = load_topology("flame"), load_open_flame().template
    middle = template[topology.regions["lips"]].mean(axis=0)
    near = np.linalg.norm(template - middle, axis=1) < _AROUND_MOUTH
    return np.flatnonzero(near & topology.regions["face"] & ~topology.no_match)


def taken_along(points: np.ndarray, offsets: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(N, 3) offsets at (N, 3) places of the small similarity that explains (M, 3) offsets of (M, 3) points best: a
    shift, a turn and a growth. Linear in the offsets."""
    middle = points.mean(axis=0)
    arms, shift = points - middle, offsets.mean(axis=0)
    rest = offsets - shift
    growth = (arms * rest).sum() / (arms**2).sum()
    spread = (arms**2).sum() * np.eye(3) - arms.T @ arms
    turn = np.linalg.solve(spread, np.cross(arms, rest).sum(axis=0))
    away = places - middle
    return shift + growth * away + np.cross(turn, away)
