"""Deep3DFaceRecon's .mat files: codes of the Basel Face Model 2009, which are kept and named, but pose no head here."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ..sequence import ORIGIN, PERSPECTIVE, Sequence
from .cameras import FLIP, intrinsics
from .content import Content
from .reader import (
    Reader,
    fixed_or_frames,
    frame_numbers,
    gap_notes,
    named_frames,
    numbers,
    unknown_notes,
)

_SIZE, _FOCAL, _DISTANCE = 224, 1015.0, 10.0
_MM = 100.0
"""Its unit is a decimetre, nearly: BFM's micrometres over 1e5."""


def _matches(content: Content) -> bool:
    return content.keys >= {"id", "exp", "tex", "angle", "trans"}


def _read(contents: list[Content]) -> Sequence:
    names, records, sources = named_frames(contents)

    def rows(key: str, count: int) -> np.ndarray:
        return np.stack([numbers(record, key, (count,), source) for record, source in zip(records, sources)])

    # Turned about x, then y, then z.
    turns = Rotation.from_euler("xyz", rows("angle", 3)).as_rotvec()
    ids = frame_numbers(names)
    known = {"id", "exp", "tex", "angle", "gamma", "trans", "lm68", "lm5", "transform_params"}
    notes = [
        "The codes are of the Basel Face Model 2009: HeadBridge poses no such head. Convert its meshes with headbridge "
        "convert, or fit them with headbridge fit-mesh.",
        *unknown_notes(records, known),
        *gap_notes(ids),
    ]
    return Sequence(
        source=READER.key,
        frame_ids=ids,
        frame_names=np.array(names),
        model="bfm2009",
        version="2009",
        mm_per_unit=_MM,
        identity=fixed_or_frames(list(rows("id", 80))),
        expression=rows("exp", 64),
        joint_names=np.array(["root"]),
        rotations=turns[:, None],
        root_pivot=ORIGIN,
        translation=rows("trans", 3),
        camera_model=PERSPECTIVE,
        camera_K=intrinsics(_FOCAL, _FOCAL, 0.5 * _SIZE, 0.5 * _SIZE)[None],
        camera_R=FLIP[None],
        camera_t=np.array([[0.0, 0.0, _DISTANCE]]),
        camera_size=np.array([[_SIZE, _SIZE]]),
        texture=fixed_or_frames(list(rows("tex", 80))),
        texture_space="bfm2009",
        light=rows("gamma", 27).reshape(-1, 3, 9).transpose(0, 2, 1) if "gamma" in records[0] else None,
        notes=tuple(notes),
    )


READER = Reader("deep3dfacerecon", "Deep3DFaceRecon", _matches, _read)
