"""Teeth, gums, tongue, lashes and eyes for heads that lack them: ICT-FaceKit's own, moving with the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...errors import InputError
from ...mesh import Mesh
from ...topologies import load_topology
from ..people.frames import hack_to_flame
from ..people.handles import load_handles
from ..people.identity import SMOOTH, VERSION
from .ict import ict_rig
from .model import RigModel

# FLAME has eyeballs; what ICT-FaceKit has around its own would stand in them.
_OF_EYES = {
    "M_EyeBlend", "M_EyeOcclusion", "M_IrisLeft", "M_IrisRight", "M_LacrimalFluid", "M_ScleraLeft", "M_ScleraRight",
}  # fmt: skip


def inner_parts(rig: RigModel) -> RigModel:
    """The inner parts of a rig in HACK's topology, or of all people's in FLAME's, as a rig with the same keys and joints.

    The keys move the parts as they move ICT-FaceKit's: teeth with the jaw, eyes with their joints, everything with the
    identity. Raises `InputError` for other rigs: a model of the user's does not say where its teeth are, and ICT-FaceKit
    has them itself."""
    if rig.version not in (VERSION, "ICT-FaceKit") or rig.topology not in ("hack", "flame"):
        raise InputError(
            f"There are no inner parts for {rig.label}; take the model hack, or flame with the identities people."
        )
    identities = "people" if rig.version == VERSION else "ict"
    counts = rig.kinds.count("identity"), 100
    smooth = any(name.startswith(SMOOTH) for name in rig.names)
    whole = ict_rig("ict", *counts, len(rig.correctives) > 0, identities, smooth)
    mesh, used = _parts(whole.mesh, rig.topology)
    named = [whole.names.index(name) for name in rig.names]
    parts = replace(
        rig,
        mesh=mesh,
        deltas=whole.deltas[np.array(named)[:, None], used],
        weights=whole.weights[used],
        correctives=whole.correctives[:, used],
        corrective_entries=whole.corrective_entries,
    )
    return parts if rig.topology == "hack" else _in_flame(parts, whole.joints)


def _parts(mesh: Mesh, topology: str) -> tuple[Mesh, np.ndarray]:
    """The faces behind HACK's, with their vertices only, and which vertices of ICT-FaceKit these are."""
    chosen = np.minimum.reduceat(mesh.corners, mesh.face_starts) >= len(load_topology("hack").skin)
    if topology == "flame":
        chosen &= ~np.array([name in _OF_EYES for name in mesh.material_names])[mesh.face_materials]
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


def _in_flame(parts: RigModel, joints: np.ndarray) -> RigModel:
    """All people's parts, in HACK's frame, in FLAME's; joints : (J, 3) of ICT-FaceKit's head of all people.

    Heads grow about their root joint, which lies elsewhere in the two by less than a millimetre: the parts grow about
    FLAME's."""
    motion, handles = hack_to_flame(), load_handles()
    off = motion.apply(joints[:1])[0] - parts.joints[0]
    growths = np.zeros(len(parts.names))
    sizes = np.append(handles.size_sigma, handles.size_slopes)[: parts.kinds.count("identity")]
    growths[: len(sizes)] = sizes
    deltas = parts.deltas @ motion.rotation.T.astype(np.float32)
    return replace(
        parts,
        mesh=parts.mesh.with_vertices(motion.apply(parts.mesh.vertices) + handles.size_mean * off),
        deltas=deltas + (growths[:, None] * off).astype(np.float32)[:, None],
        correctives=parts.correctives @ motion.rotation.T.astype(np.float32),
    )
