"""MICA's identity.npy: 300 identity codes of FLAME 2020. MICA writes its meshes in millimetres."""

from __future__ import annotations

import numpy as np

from ..sequence import Sequence
from .content import Content
from .reader import Reader, frame_name, frame_numbers, numbers

_COUNT = 300
# A standard deviation is 1: what is farther out is no identity.
_LARGEST = 50.0


def _matches(content: Content) -> bool:
    value = content.value
    return (
        content.kind == "data"
        and isinstance(value, np.ndarray)
        and value.dtype.kind == "f"
        and value.size == _COUNT
        and value.shape[-1] == _COUNT
        and not np.abs(value).max() > _LARGEST
    )


def _read(contents: list[Content]) -> Sequence:
    rows = [numbers({"identity": content.value}, "identity", (_COUNT,), str(content.path)) for content in contents]
    names = [frame_name(content.path) for content in contents]
    several = len(rows) > 1
    ids = frame_numbers(names)
    notes = [f"There are {len(rows)} identities; each is a frame."] if several else []
    return Sequence(
        source=READER.key,
        frame_ids=ids if several else np.array([0]),
        frame_names=np.array(names),
        model="flame",
        version="2020",
        topology="flame",
        mm_per_unit=1.0,
        identity=np.stack(rows),
        notes=tuple(notes),
    )


READER = Reader("mica", "MICA", _matches, _read)
