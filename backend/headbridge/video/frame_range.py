"""Which frames of many: A:B:STEP."""

from __future__ import annotations

import re

from ..errors import InputError

_FRAMES = re.compile(r"\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(\d+)?\s*)?")


def frame_range(text: str) -> tuple[int | None, int | None, int]:
    """First, end and step of "A:B:STEP"; `InputError` for anything else."""
    if not text.strip():
        return None, None, 1
    found = _FRAMES.fullmatch(text)
    if found is None:
        raise InputError(f"The frames '{text}' are no range; write A:B:STEP, for example 10:250 or ::2.")
    first, end, step = (int(part) if part else None for part in found.groups())
    if step == 0 or (first is not None and end is not None and end <= first):
        raise InputError(f"The frames '{text}' are none: the end should be after the start and the step above 0.")
    return first, end, step or 1
