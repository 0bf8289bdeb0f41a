"""A fit to the meshes of a performance as a job: their paths in, a folder with the sequence and its report out."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..fitting.sequence.job import FitSequenceInput, FitSequenceResult, FitSequenceSettings
from ..mesh.io.files import write_files
from ..progress import Progress
from .import_sequence import REPORT, SEQUENCE, read_paths
from .plain_json import encode_json, plain_json
from .protocol import Job, make_output_folder, written
from .versions import result_origin

if TYPE_CHECKING:
    from ..sequences import Sequence


def write_fit_sequence(
    paths: list[str], folder: str | os.PathLike, settings: FitSequenceSettings, progress: Progress
) -> dict[str, Any]:
    """Fit a head model to the meshes of files, folders or patterns and write sequence.npz, of coefficients in
    millimetres, and sequence.json, which is the answer.

    The folder is made if need be, once there is a result. Raises `InputError` as `import_sequence` and `fit_sequence`
    do."""
    # Compute libraries take a second to load, so wrong options are told first.
    from ..fitting.sequence.fit import fit_sequence
    from ..sequences.faces import mesh_of
    from ..sequences.file import encode_sequence
    from ..sequences.importing import import_sequence
    from ..sequences.job import ImportSettings
    from ..sequences.teeth import TEETH

    reading = ImportSettings(fps=settings.fps, frames=settings.frames, mesh=True)
    source = import_sequence(paths, reading, progress.part(0.0, 0.1)).sequence
    if source.teeth:
        source = replace(source, vertices=source.vertices[:, :-TEETH], teeth=False, corners=None, face_sizes=None)
    inputs = FitSequenceInput(mesh_of(source, source.vertices[0]), source.vertices, source.frame_ids, source.fps or 0.0)
    result = fit_sequence(inputs, settings, progress.part(0.1, 1.0))
    answer = plain_json(
        {
            "model": {"key": result.model, "version": result.version, "label": result.label},
            "frames": source.frame_count,
            "metrics": result.metrics,
            "notes": [*source.notes, *result.notes],
            "similarity": result.similarity,
            "settings": settings,
            **result_origin(),
            "files": [SEQUENCE, REPORT],
        }
    )
    report = encode_json(answer)
    out = Path(make_output_folder(folder))
    write_files([(out / SEQUENCE, encode_sequence(sequence_of(result, source))), (out / REPORT, report)])
    return answer


def sequence_of(result: FitSequenceResult, source: Sequence) -> Sequence:
    """The sequence of a fit to the vertices of `source`, in millimetres; time and cameras are the source's."""
    from ..fitting.result import HEIGHT, POSE
    from ..sequences import Sequence

    found, scale = result.coefficients, result.similarity.scale * source.mm_per_unit
    others = ("identity", "expression", "larynx_size", HEIGHT, "translation", POSE)
    joints = [name for name in found if name not in others]
    if not joints:
        raise InputError("A head with a spine of several joints cannot be kept as a sequence yet; leave its model out.")
    camera = {}
    if source.camera_model:
        camera = {name: getattr(source, name) for name in ("camera_model", "camera_R", "camera_size", "pixel_centre")}
        camera["camera_K"], camera["camera_t"] = source.camera_K.copy(), source.mm_per_unit * source.camera_t
        if source.camera_model == "orthographic":
            camera["camera_K"][:, :2, :2] /= source.mm_per_unit
    return Sequence(
        source="headbridge",
        model=result.model,
        version=result.version,
        topology=result.model,
        mm_per_unit=1.0,
        fps=source.fps,
        frame_ids=source.frame_ids,
        frame_names=source.frame_names,
        valid=source.valid,
        identity=found["identity"][None],
        expression=found["expression"],
        expression_names=np.array(result.expression_names, np.str_),
        static_offset=result.offset,
        offsets_move_joints=False,
        joint_names=np.array(joints, np.str_),
        rotations=np.stack([found[name] for name in joints], axis=1),
        translation=scale * found["translation"],
        scale=np.full(source.frame_count, scale),
        images=source.images,
        crop_to_original=source.crop_to_original,
        notes=result.notes,
        **camera,
    )


FIT_SEQUENCE = Job(FitSequenceSettings, read_paths, written(write_fit_sequence))
