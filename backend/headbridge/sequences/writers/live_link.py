"""ARKit's 52 keys as Live Link Face writes them: a CSV with a line a frame."""

from __future__ import annotations

import csv
import io

import numpy as np

from ...errors import InputError
from ...models.arkit import ARKIT_PARTS
from ..sequence import Sequence

_FILE = "arkit.csv"
_ANGLES = tuple(f"{part}{angle}" for part in ("Head", "LeftEye", "RightEye") for angle in ("Yaw", "Pitch", "Roll"))


def live_link_files(sequence: Sequence, _model_file: str) -> list[tuple[str, bytes]]:
    """Name and content of the file. Raises `InputError` where the expression is not by ARKit's names, or the frames a
    second are unknown."""
    names = [str(name) for name in sequence.expression_names]
    if not names or not set(names) <= set(ARKIT_PARTS):
        raise InputError(
            f"{sequence.source}: the expression is not by ARKit's names; only sequences of ARKit's keys can be written as "
            "a CSV."
        )
    if sequence.fps is None:
        raise InputError(f"{sequence.source}: the frames a second are unknown, but timecodes need them; name --fps.")
    columns = {name: sequence.expression[:, place] for place, name in enumerate(names)}
    if sequence.curve_names is not None:
        columns |= {name: sequence.curves[:, place] for place, name in enumerate(sequence.curve_names.tolist())}
    still = np.zeros(sequence.frame_count)
    header = [*ARKIT_PARTS, *_ANGLES]
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["Timecode", "BlendShapeCount", *(name[0].upper() + name[1:] for name in header)])
    rows = np.stack([columns.get(name, still) for name in header], axis=1)
    for frame, row in zip(sequence.frame_ids.tolist(), rows):
        table.writerow([_timecode(frame, sequence.fps), len(header), *(f"{value:.9g}" for value in row)])
    return [(_FILE, stream.getvalue().encode("utf-8"))]


def _timecode(frame: int, fps: float) -> str:
    """HH:MM:SS:FF.000 of a frame, counted with the whole rate above `fps` as timecodes are."""
    rate = int(np.ceil(fps - 1e-6))
    seconds, left = divmod(frame, rate)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}:{left:02d}.000"
