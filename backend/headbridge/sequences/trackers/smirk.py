"""SMIRK's outputs: FLAME's codes with eyelids and a camera of scale and shift, one or many frames a file."""

from __future__ import annotations

import numpy as np

from ...models.flame.layouts import SMIRK
from ..sequence import AFTER_SKINNING, Sequence
from .cameras import scaled_orthographic
from .content import Content
from .reader import (
    Reader,
    frame_numbers,
    gap_notes,
    named_frames,
    numbers,
    parameter_fields,
    read_parameters,
    unknown_notes,
)

_SIZE = 224


def _matches(content: Content) -> bool:
    return content.keys >= {"pose_params", "shape_params", "expression_params", "jaw_params"}


def _read(contents: list[Content]) -> Sequence:
    names, records, sources = named_frames(contents)
    heads = [read_parameters(SMIRK, record, source) for record, source in zip(records, sources)]
    fields = parameter_fields(heads, sources)
    count = len(fields["expression"])
    names = names if count == len(names) else [f"{number:05d}" for number in range(count)]
    ids = frame_numbers(names)
    cams = [numbers(record, "cam", (None, 3), source, optional=True) for record, source in zip(records, sources)]
    camera = {} if any(cam is None for cam in cams) else scaled_orthographic(np.concatenate(cams), _SIZE)
    notes = [*unknown_notes(records, {"cam"}, SMIRK), *gap_notes(ids)]
    notes.append(
        "The camera is that of SMIRK's crop of 224 pixels; the way back to the picture is in no file."
        if camera
        else "There is no camera ('cam') in the files."
    )
    return Sequence(
        source=READER.key,
        frame_ids=ids,
        frame_names=np.array(names),
        version="2020",
        eyelid_stage=AFTER_SKINNING,
        notes=tuple(notes),
        **camera,
        **fields,
    )


READER = Reader("smirk", "SMIRK", _matches, _read)
