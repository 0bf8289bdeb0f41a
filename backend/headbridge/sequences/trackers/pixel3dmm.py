"""Pixel3DMM's .frame files: metrical-tracker's container, in which the head moves and the camera's base pose stands."""

from __future__ import annotations

import numpy as np

from ...models.flame.layouts import PIXEL3DMM
from ..sequence import AFTER_SKINNING, ORIGIN, Sequence
from .cameras import FLIP, Camera, intrinsics, perspective
from .content import Content
from .metrical_tracker import KEYS
from .reader import (
    Reader,
    frame_numbers,
    gap_notes,
    identity_notes,
    numbers,
    parameter_fields,
    read_parameters,
    unknown_notes,
)

_FLAME_KEYS = {"exp", "shape", "eyes", "eyelids", "jaw", "neck", "R", "R_rotation_matrix", "t"}
_NO_JAW = "_FLAME23"


def _matches(content: Content) -> bool:
    if not {"flame", "camera"} <= content.keys:
        return False
    flame, camera = content.value["flame"], content.value["camera"]
    named = isinstance(flame, dict) and isinstance(camera, dict)
    return named and {"exp", "shape", "R", "t", "neck"} <= flame.keys() and "R_base_0" in camera


def _read(contents: list[Content]) -> Sequence:
    sources = [str(content.path) for content in contents]
    values = [content.value for content in contents]
    heads = [read_parameters(PIXEL3DMM, value["flame"], source) for value, source in zip(values, sources)]
    fields = parameter_fields(heads, sources)
    names = [content.path.stem for content in contents]
    ids = frame_numbers(names)
    cameras = [_camera(value, source) for value, source in zip(values, sources)]
    no_jaw = any(_NO_JAW in str(part) for part in contents[0].path.resolve().parts)
    known = {key for value in values for key in value["camera"] if key.startswith(("R_base_", "t_base_"))}
    notes = [
        *unknown_notes(values, KEYS | {"joint_transforms"}),
        *unknown_notes((value["flame"] for value in values), _FLAME_KEYS, PIXEL3DMM),
        *unknown_notes((value["camera"] for value in values), known | {"fl", "pp"}),
        *gap_notes(ids),
        *identity_notes(fields["identity"]),
    ]
    if no_jaw:
        notes.append("The folder says FLAME 2023 without jaw: Pixel3DMM does not use the jaw's rotation there.")
    if len(known) > 2:
        notes.append("There are several cameras; the first is taken.")
    return Sequence(
        source=READER.key,
        frame_ids=ids,
        frame_names=np.array(names),
        version="2023 no-jaw" if no_jaw else "2020",
        root_pivot=ORIGIN,
        eyelid_stage=AFTER_SKINNING,
        notes=tuple(notes),
        **perspective(cameras),
        **fields,
    )


def _camera(value: dict, source: str) -> Camera:
    """The camera of a frame. The file has world to camera in OpenGL's convention, the focal
    length in image sizes, and the principal point from the centre in halves of the size (plus half a pixel)."""
    camera = value["camera"]
    height, width = numbers(value, "img_size", (2,), source)
    focal = numbers(camera, "fl", (1,), source)[0] * width
    half = 0.5 * width + 0.5
    centre = half + half * numbers(camera, "pp", (2,), source)
    rotation = FLIP @ numbers(camera, "R_base_0", (3, 3), source)
    translation = FLIP @ numbers(camera, "t_base_0", (3,), source)
    return Camera(intrinsics(focal, focal, *centre), rotation, translation, np.array([width, height]))


READER = Reader("pixel3dmm", "Pixel3DMM", _matches, _read, one_folder=True)
