"""metrical-tracker's .frame files, one an image: the head stands at the origin and the camera moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import InputError
from ...models.flame.data import MILLIMETRES
from ...models.flame.layouts import METRICAL_TRACKER
from ...models.flame.tracker_frame import tracker_frame
from ..sequence import AFTER_SKINNING, PERSPECTIVE, Sequence
from .content import Content, read_content
from .reader import (
    Reader,
    check_same_shape,
    fixed_or_frames,
    frame_numbers,
    gap_notes,
    identity_notes,
    in_all,
    numbers,
    parameter_fields,
    read_parameters,
    unknown_notes,
)

KEYS = {"flame", "camera", "opencv", "img_size", "frame_id", "global_step"}
_FLAME_KEYS = {"exp", "shape", "tex", "sh", "eyes", "eyelids", "jaw"}
_CROP = "bbox.pt"


def _matches(content: Content) -> bool:
    if not {"flame", "camera"} <= content.keys:
        return False
    flame, camera = content.value["flame"], content.value["camera"]
    named = isinstance(flame, dict) and isinstance(camera, dict)
    return named and {"exp", "shape", "jaw", "eyes"} <= flame.keys() and "R" in camera and "R" not in flame


def _read(contents: list[Content]) -> Sequence:
    frames = [tracker_frame(content.value, str(content.path)) for content in contents]
    sources = [str(content.path) for content in contents]
    heads = [read_parameters(METRICAL_TRACKER, content.value["flame"], str(content.path)) for content in contents]
    fields = parameter_fields(heads, sources)
    names = [frame.frame or content.path.stem for frame, content in zip(frames, contents)]
    ids = frame_numbers(names)
    size = fixed_or_frames([np.array(frame.image_size[::-1]) for frame in frames])
    textures = [frame.texture for frame in frames]
    if in_all(textures, "tex", sources):
        check_same_shape([each[None] for each in textures], "tex", sources)
    lights = [frame.light for frame in frames]
    crop, crop_notes = crop_of(contents[0].path, size)
    notes = [
        *unknown_notes((content.value for content in contents), KEYS),
        *unknown_notes((content.value["flame"] for content in contents), _FLAME_KEYS, METRICAL_TRACKER),
        *gap_notes(ids),
        *identity_notes(fields["identity"]),
        *crop_notes,
        "The tracker leaves out the first frame of its video: its frame 0 is the video's frame 1.",
    ]
    return Sequence(
        source=READER.key,
        frame_ids=ids,
        video_frames=ids + 1,
        frame_names=np.array(names),
        version="2020",
        eyelid_stage=AFTER_SKINNING,
        camera_model=PERSPECTIVE,
        camera_K=fixed_or_frames([frame.intrinsics for frame in frames]),
        camera_R=np.concatenate([frame.camera.rotation for frame in frames]),
        camera_t=np.concatenate([frame.camera.translation for frame in frames]) / MILLIMETRES,
        camera_size=size,
        pixel_centre=0.5,
        crop_to_original=crop,
        texture=fixed_or_frames(textures) if in_all(textures, "tex", sources) else None,
        texture_space="flame_texture",
        light=fixed_or_frames(lights) if in_all(lights, "sh", sources) else None,
        notes=tuple(notes),
        **fields,
    )


def crop_of(frame: Path, size: np.ndarray) -> tuple[np.ndarray | None, list[str]]:
    """(1, 3, 3) from the pixels of the crop to those of the video, by the tracker's bbox.pt, and what to note.

    frame : a .frame file of the run. size : (1 or T, 2) width and height of the crop. The box is x from and to, y from
    and to; where the crop is square, the cut is padded to a square and scaled."""
    run = frame.parent.parent if frame.parent.name == "checkpoint" else frame.parent
    places = [frame.parent, run, run.parent.parent / "input" / run.name, run.parent / "input" / run.name]
    path = next((place / _CROP for place in places if (place / _CROP).is_file()), None)
    if path is None:
        return None, [
            f"The camera is that of the tracker's crop: {_CROP} (input/{run.name}), which leads back to the video, was not found."
        ]
    value = read_content(path).value
    x_from, x_to, y_from, y_to = numbers({"bbox": value}, "bbox", (4,), str(path))
    cut = np.array([x_to - x_from, y_to - y_from])
    if (cut <= 0).any():
        raise InputError(f"{path}: the box is empty ({x_from:g} to {x_to:g}, {y_from:g} to {y_to:g}); track again.")
    width, height = size[0]
    scale, padding = 1.0, np.zeros(2)
    if width == height:
        padding = np.floor((cut.max() - cut) / 2.0)
        scale = (cut + 2.0 * padding)[0] / width
    matrix = np.array([[scale, 0.0, x_from - padding[0]], [0.0, scale, y_from - padding[1]], [0.0, 0.0, 1.0]])
    return matrix[None], []


READER = Reader("metrical-tracker", "metrical-tracker", _matches, _read, one_folder=True)
