"""Turning results into JSON that every reader accepts."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def plain_json(value: Any) -> Any:
    """The value built from dict, list, str, bool, int, finite float and None alone.

    NaN and infinities, which JSON does not know, become None; NumPy arrays and dataclasses become lists and dicts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} cannot be written as JSON.")


def encode_json(value: Any) -> bytes:
    """The content of a JSON file of what `plain_json` takes."""
    return json.dumps(plain_json(value), indent=1, allow_nan=False).encode("utf-8")
