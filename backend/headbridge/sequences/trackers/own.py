"""Our own sequence.npz, so that what reads trackers also cuts and poses what HeadBridge made."""

from __future__ import annotations

from ..file import read_sequence
from ..sequence import Sequence
from .content import Content
from .reader import Reader, single


def _read(contents: list[Content]) -> Sequence:
    return read_sequence(single(contents, READER.label).path)


READER = Reader(
    "sequence",
    "HeadBridge (sequence.npz)",
    lambda content: content.keys >= {"format", "source", "frame_ids"},
    _read,
)
