"""A tracker's files as a job: their paths in, a folder with the sequence, its report and its meshes out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..mesh.io.files import write_files
from ..mesh.io.npz import write_arrays
from ..progress import Progress
from ..sequences.file import FILE_NAME, encode_sequence
from ..sequences.job import ImportSettings
from ..sequences.sequence import JOINT
from .fit_output import HEAD
from .folder import JobFolder
from .options import read_options
from .plain_json import encode_json, plain_json
from .protocol import Job, make_output_folder, written
from .versions import result_origin

if TYPE_CHECKING:
    from ..sequences import Sequence
    from ..sequences.importing import ImportedSequence

SEQUENCE, REPORT, MESHES, MESH_FOLDER = FILE_NAME, "sequence.json", "meshes.npz", "meshes"
TEXTURE, MAP_FOLDER = "texture.png", "maps"
_PATHS = "paths"


def read_paths(folder: JobFolder) -> list[str]:
    """The user's files, folders or patterns, which options.npz has as text in `paths` (K,).

    They are read where they lie: a performance may be thousands of files."""
    given = read_options(folder, {_PATHS}).get(_PATHS)
    if given is None or given.dtype.kind != "U" or not given.size:
        raise InputError("options.npz should name the tracker's files as text in 'paths'.")
    return [str(path) for path in given.ravel()]


def sequence_of_folder(folder: JobFolder) -> Path:
    """The sequence.npz of a job."""
    return folder.file(SEQUENCE)


def write_import(
    paths: list[str], folder: str | os.PathLike, settings: ImportSettings, progress: Progress
) -> dict[str, Any]:
    """Read a tracker's files and write sequence.npz, sequence.json, head.npz for a single head of codes, and meshes.

    The folder is made if need be, once the files are read; nothing is written unless all can be. The answer is
    sequence.json. Raises `InputError` as `import_sequence` does."""
    # Compute libraries take a second to load, so wrong options are told first.
    from ..sequences.importing import import_sequence

    imported = import_sequence(paths, settings, progress.part(0.0, 0.4))
    sequence = imported.sequence
    out = make_output_folder(folder)
    answer = {"read": paths, **describe_import(imported, settings)}

    def files() -> Iterator[tuple[Path, bytes]]:
        written = []
        if settings.meshes != "none":
            for name, content in _mesh_files(imported, settings.meshes, progress.part(0.4, 1.0)):
                written.append(name)
                yield out / name, content
        for name, content in _picture_files(sequence):
            written.append(name)
            yield out / name, content
        head = _head_file(sequence)
        if head is not None:
            written.append(HEAD)
            yield out / HEAD, head
        answer["files"] = [SEQUENCE, REPORT, *written]
        yield out / SEQUENCE, encode_sequence(sequence)
        yield out / REPORT, encode_json(answer)

    if settings.meshes in ("obj", "ply"):
        make_output_folder(out / MESH_FOLDER)
    if sequence.displacement_map is not None or sequence.normal_map is not None:
        make_output_folder(out / MAP_FOLDER)
    write_files(files())
    return answer


def describe_import(imported: ImportedSequence, settings: ImportSettings) -> dict[str, Any]:
    """The JSON-able side of an import."""
    from ..sequences.description import described

    return plain_json(
        {
            "tracker": imported.label,
            **described(imported.sequence, found=bool(imported.model_label or settings.model_file) or None),
            "posed_by": imported.model_label,
            "settings": settings,
            **result_origin(),
        }
    )


def _mesh_files(imported: ImportedSequence, form: str, progress: Progress) -> Iterator[tuple[str, bytes]]:
    """Name and content of every frame's mesh, or of the array of all."""
    from ..mesh.io import encode_mesh
    from ..sequences.faces import mesh_of

    sequence = imported.sequence
    frames = imported.frames(progress)
    has_faces = sequence.corners is not None or bool(sequence.topology)
    if form == "npz":
        arrays = {
            "vertices": np.stack(list(frames)),
            "frame_ids": sequence.frame_ids,
            "mm_per_unit": np.array(sequence.mm_per_unit),
        }
        if has_faces:
            faces = mesh_of(sequence, arrays["vertices"][0])
            arrays["corners"], arrays["face_sizes"] = faces.corners, faces.face_sizes
        yield MESHES, write_arrays(arrays)
        return
    if not has_faces:
        raise InputError(
            f"{sequence.source}: the vertices have no faces, so that no mesh files can be written; write --meshes npz."
        )
    for number, (frame, vertices) in enumerate(zip(sequence.frame_ids, frames, strict=True)):
        progress.report(number / sequence.frame_count, f"Writing frame {frame}")
        name = f"{MESH_FOLDER}/{frame:05d}.{form}"
        faces = faces.with_vertices(vertices) if number else mesh_of(sequence, vertices)
        yield name, encode_mesh(name, faces)


def _picture_files(sequence: Sequence) -> Iterator[tuple[str, bytes]]:
    """The texture, and of every frame (once where all share it) the displacement in units of length and the normals in
    the source's frame, -1..1 as colours."""
    if sequence.texture_image is None and sequence.displacement_map is None and sequence.normal_map is None:
        return
    # OpenCV takes a moment to load, and few sequences have pictures.
    from ..images import Image, encode_image

    if sequence.texture_image is not None and not sequence.texture_space:
        yield TEXTURE, encode_image(TEXTURE, Image(sequence.texture_image, name=TEXTURE))
    for frame, pixels in _by_frame(sequence, sequence.displacement_map):
        name = f"{MAP_FOLDER}/displacement_{frame:05d}.exr"
        yield name, encode_image(name, Image(pixels, "linear", 32, name))
    for frame, pixels in _by_frame(sequence, sequence.normal_map):
        name = f"{MAP_FOLDER}/normal_{frame:05d}.exr"
        yield name, encode_image(name, Image(0.5 + 0.5 * pixels, "linear", 32, name))


def _by_frame(sequence: Sequence, maps: np.ndarray | None) -> Iterator[tuple[int, np.ndarray]]:
    return zip(sequence.frame_ids.tolist(), () if maps is None else maps)


def _head_file(sequence: Sequence) -> bytes | None:
    """head.npz of a single head of codes; None for anything else, and where head.npz cannot say what the sequence does."""
    said_by_codes = (
        sequence.frame_count == 1
        and sequence.model == "flame"
        and sequence.root_pivot == JOINT
        and sequence.scale[0] == 1.0
        and sequence.static_offset is None
        and sequence.dynamic_offset is None
        and (sequence.eyelids is None or not sequence.eyelids.any())
    )
    if not said_by_codes:
        return None
    joints = {name: sequence.rotations[0, place] for place, name in enumerate(sequence.joint_names.tolist())}
    return write_arrays(
        {
            "model": np.array(sequence.model),
            "version": np.array(sequence.version),
            "label": np.array(f"FLAME {sequence.version}"),
            "units": np.array("mm"),
            "identity": sequence.identity[0],
            "expression": sequence.expression[0],
            **joints,
            "translation": sequence.translation[0] * sequence.mm_per_unit,
            "expression_names": np.zeros(0, dtype="U1"),
        }
    )


IMPORT_SEQUENCE = Job(ImportSettings, read_paths, written(write_import))
