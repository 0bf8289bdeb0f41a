"""Tracking the face of a video as a job: the video's path in, a folder with the sequence and its report out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cache import content_key
from ..errors import InputError
from ..fitting.video.job import TrackVideoResult, TrackVideoSettings
from ..mesh.io.files import write_files
from ..models.catalogue import FLAME_JOINTS
from ..progress import Progress
from .bake import texture_contents
from .fit_output import encode_picture, texture_files
from .folder import JobFolder
from .import_sequence import REPORT, SEQUENCE, read_paths
from .parts_folder import parts_folder
from .plain_json import encode_json, plain_json
from .protocol import Job, make_output_folder, written
from .versions import result_origin

if TYPE_CHECKING:
    from ..sequences import Sequence
    from ..video import Footage

OVERLAYS = "overlays"


def write_track(
    path: str, folder: str | os.PathLike, settings: TrackVideoSettings, progress: Progress
) -> dict[str, Any]:
    """Track the face of a video or a folder of pictures and write sequence.npz, of coefficients in millimetres,
    sequence.json, which is the answer, the head's texture with its coverage, and pictures of some frames with the head
    over them.

    What the stages have done is kept until the end in the user's cache folder (in the output folder, where there is no
    cache), so that a job that was ended goes on. The output folder is made if need be, once there is a result. Raises
    `InputError` as `open_footage` and `track_video` do, and `FailedResult`."""
    # Compute libraries take a second to load, so wrong options are told first.
    from ..video import frame_range, open_footage

    frame_range(settings.frames)
    footage = open_footage(path, settings.fps)
    from ..fitting.video.parts import Parts
    from ..fitting.video.track import track_video

    key = content_key(footage.identity, settings, _model_state(settings))
    with parts_folder("track", key, folder) as place:
        result = track_video(footage, settings, progress, Parts(place))
        result.verdict.raise_if_failed()
        return _write(result, footage, path, folder, settings)


def _write(
    result: TrackVideoResult, footage: Footage, path: str, folder: str | os.PathLike, settings: TrackVideoSettings
) -> dict[str, Any]:
    from ..sequences.file import encode_sequence

    out = make_output_folder(folder)
    answer = describe_track(result, path, settings)
    sequence = sequence_of(result, footage)

    def files() -> Iterator[tuple[Path, bytes]]:
        for (_, picture), name in zip(result.overlays, answer["overlays"], strict=True):
            yield out / name, encode_picture(name, picture)
        if result.texture is not None:
            own = texture_contents(
                *texture_files(result.texture.images), result.texture.images, result.texture.coverages
            )
            yield from ((out / name, content) for name, content in own)
        yield out / SEQUENCE, encode_sequence(sequence)
        yield out / REPORT, encode_json(answer)

    if result.overlays:
        make_output_folder(out / OVERLAYS)
    write_files(files())
    return answer


def describe_track(result: TrackVideoResult, path: str, settings: TrackVideoSettings) -> dict[str, Any]:
    """The JSON-able side of a result. textures, coverages : names of files, of the layout's tiles in order."""
    images = {} if result.texture is None else result.texture.images
    textures, coverages = ([*names.values()] for names in texture_files(images)) if images else ([], [])
    overlays = [f"{OVERLAYS}/{number:05d}.png" for number, _ in result.overlays]
    return plain_json(
        {
            "read": [str(path)],
            "model": {"key": result.model, "version": result.version, "label": result.label},
            "frames": len(result.frame_ids),
            **result.verdict.plain(),
            "metrics": result.metrics,
            "notes": result.notes,
            "settings": settings,
            **result_origin(),
            "overlays": overlays,
            "textures": textures,
            "coverages": coverages,
            "files": [SEQUENCE, REPORT, *textures, *coverages, *overlays],
        }
    )


def sequence_of(result: TrackVideoResult, footage: Footage) -> Sequence:
    """The result as a sequence: the head moves in the upright frame of a camera that stands still."""
    from ..sequences import Sequence

    found = result.coefficients
    files = np.array([footage.file(number) for number in result.frame_ids.tolist()], np.str_)
    return Sequence(
        source="headbridge",
        model=result.model,
        version=result.version,
        topology=result.model,
        mm_per_unit=1.0,
        fps=footage.fps,
        frame_ids=result.frame_ids,
        valid=result.valid,
        identity=found["identity"][None],
        expression=found["expression"],
        expression_names=np.array(result.expression_names, np.str_),
        joint_names=np.array(FLAME_JOINTS, np.str_),
        rotations=np.stack([found[name] for name in FLAME_JOINTS], axis=1),
        translation=found["translation"],
        images=files if files.all() else None,
        camera_model="perspective",
        camera_K=result.matrix[None],
        camera_R=np.diag([1.0, -1.0, -1.0])[None],
        camera_t=np.zeros((1, 3)),
        camera_size=np.array([result.size]),
        light=result.light,
        curve_names=np.array(["seconds"]),
        curves=result.seconds[:, None],
        notes=result.notes,
    )


def _model_state(settings: TrackVideoSettings) -> tuple:
    """What tells a changed model file from the one a job began with."""
    from ..model_files import find_flame_file, find_hack_folder

    found = {"flame": find_flame_file, "hack": find_hack_folder}.get(settings.model)
    path = settings.model_file or (found() if found is not None else None)
    if not path or not Path(path).exists():
        return ()
    state = Path(path).stat()
    return (str(path), state.st_size, state.st_mtime_ns)


def _read(folder: JobFolder) -> str:
    """The video that options.npz names in `paths`."""
    paths = read_paths(folder)
    if len(paths) != 1:
        raise InputError(f"There are {len(paths)} paths; name one video, or one folder of its frames.")
    return paths[0]


TRACK_VIDEO = Job(TrackVideoSettings, _read, written(write_track))
