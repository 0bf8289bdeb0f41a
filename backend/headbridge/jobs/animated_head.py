"""Handing out a performance as a job: a rig with its curves, or the meshes of plain vertices, for a program to play."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..progress import Progress
from ..settings import model_file_setting, setting
from .folder import JobFolder
from .head_model import rig_arrays
from .plain_json import plain_json
from .protocol import Task
from .versions import result_origin

SEQUENCE, RESULT = "sequence.npz", "result.npz"


@dataclass(frozen=True)
class AnimatedHeadSettings:
    """How a performance is handed out."""

    model_file: str = model_file_setting(
        "FLAME model file the performance was made with; left out, the one of its version in the model folders."
    )
    fold_identity: bool = setting(
        True,
        label="Fold identity",
        help="Make the person the rig's neutral face: it plays several times as fast; without, identity stays as keys.",
    )
    still: str = setting(
        "file",
        label="Still",
        help="What does not move: file leaves it to the tracker, head lets the camera move, camera the head.",
        choices=("file", "head", "camera"),
    )
    mesh: bool = setting(
        False,
        label="Vertices of the Files",
        help="Take the vertices that the files have in place of the codes, so that no model is needed.",
    )
    correctives: bool = setting(
        True,
        label="Pose correctives",
        help="Shapes that the joints' rotations drive; without them the head bends by skinning alone.",
    )


def run_animated_head(folder: JobFolder, settings: AnimatedHeadSettings, progress: Progress) -> dict[str, Any]:
    """Write the performance `sequence.npz` as `result.npz`.

    kind "rig" (see `sequences.animated_rig.AnimatedRig`): the arrays of `run_head_model`, values, quaternions, place,
    scale, offsets, offset_rows. kind "mesh": vertices (T, V, 3) float32 mm, corners, face_sizes, and uvs where the
    topology is known. kind "arkit": names (E,), values (T, E), joint_names, quaternions. All: frame_ids, valid, frame_names,
    and camera_*, images and video_frames where there are any."""
    progress.report(0.0, "Reading the sequence")
    from ..sequences import read_sequence
    from ..sequences.moving_frames import camera_of

    sequence = read_sequence(folder.file(SEQUENCE))
    arrays = {name: getattr(sequence, name) for name in ("frame_ids", "valid", "frame_names")}
    described = {"source": sequence.source, "fps": sequence.fps, "frames": sequence.frame_count}
    if settings.mesh and sequence.vertices is None:
        raise InputError(f"{sequence.source}: the files have no vertices; leave their vertices out.")
    if settings.mesh or (sequence.model == "" and sequence.vertices is not None):
        camera, notes, label = camera_of(sequence), (), "plain vertices"
        arrays |= _mesh_arrays(sequence)
        described |= {"kind": "mesh", "topology": sequence.topology}
    elif sequence.model == "arkit":
        from ..sequences.animated_rig import joint_quaternions

        camera, notes, label = None, (), "ARKit's blendshapes"
        arrays |= {"names": sequence.expression_names, "values": sequence.expression}
        arrays |= {"joint_names": sequence.joint_names, "quaternions": joint_quaternions(sequence)}
        described |= {"kind": "arkit"}
    else:
        from ..sequences.animated_rig import animated_rig

        progress.report(0.2, "Reading the model")
        moving = animated_rig(
            sequence, settings.model_file, settings.fold_identity, settings.still, settings.correctives
        )
        rig, camera, notes, label = moving.rig, moving.camera, moving.notes, moving.rig.label
        arrays |= rig_arrays(rig)
        arrays |= {name: getattr(moving, name) for name in ("values", "quaternions", "place", "scale", "offset_rows")}
        arrays["offsets"] = moving.offsets.astype(np.float32)
        described |= {"kind": "rig", "topology": rig.topology, "version": rig.version}
    if camera is not None:
        described["orthographic"] = camera.orthographic
        arrays |= {f"camera_{name}": getattr(camera, name) for name in ("matrix", "rotation", "translation", "size")}
        if camera.to_original is not None:
            arrays["camera_to_original"] = camera.to_original
    for name in ("images", "video_frames"):
        if getattr(sequence, name) is not None:
            arrays[name] = getattr(sequence, name)
    progress.report(0.7, "Handing over the performance")
    folder.write_arrays(RESULT, **arrays)
    described |= {"label": label, "notes": [*sequence.notes, *notes], "settings": settings}
    return plain_json({**described, "camera": camera is not None, **result_origin(), "result": RESULT})


def _mesh_arrays(sequence) -> dict[str, np.ndarray]:
    from ..sequences.faces import mesh_of

    mesh = mesh_of(sequence, sequence.vertices[0])
    arrays = {
        "vertices": (sequence.mm_per_unit * sequence.vertices).astype(np.float32),
        "corners": mesh.corners,
        "face_sizes": mesh.face_sizes,
    }
    return arrays if mesh.uvs is None else {**arrays, "uvs": mesh.uvs}


ANIMATED_HEAD = Task(AnimatedHeadSettings, run_animated_head)
