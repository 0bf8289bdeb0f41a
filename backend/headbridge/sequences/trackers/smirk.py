"""SMIRK's outputs: FLAME's codes with eyelids and a camera of scale and shift, one or many frames a file."""

from __future__ import annotations

from ...models.flame.layouts import SMIRK
from ..sequence import AFTER_SKINNING, Sequence
from .cameras import scaled_orthographic
from .content import Content
from .reader import Reader, gap_notes, read_code_frames, unknown_notes

_SIZE = 224


def _matches(content: Content) -> bool:
    return content.keys >= {"pose_params", "shape_params", "expression_params", "jaw_params"}


def _read(contents: list[Content]) -> Sequence:
    frames = read_code_frames(SMIRK, contents)
    cam = frames.rows("cam", 3)
    notes = [*unknown_notes(frames.records, {"cam"}, SMIRK), *gap_notes(frames.fields["frame_ids"])]
    notes.append(
        "There is no camera ('cam') in the files."
        if cam is None
        else "The camera is that of SMIRK's crop of 224 pixels; the way back to the picture is in no file."
    )
    return Sequence(
        source=READER.key,
        version="2020",
        eyelid_stage=AFTER_SKINNING,
        notes=tuple(notes),
        **({} if cam is None else scaled_orthographic(cam, _SIZE)),
        **frames.fields,
    )


READER = Reader("smirk", "SMIRK", _matches, _read)
