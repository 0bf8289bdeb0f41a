"""Results become JSON that every reader accepts."""

import dataclasses
import json

import numpy as np
import pytest

from headbridge.jobs.plain_json import plain_json


@dataclasses.dataclass
class Pair:
    left: np.ndarray
    right: float


def test_numbers_arrays_and_dataclasses():
    value = {
        1: np.int64(3), "a": np.float32(0.5), "b": np.array([[True, False]]), "c": (1, "x", None),
        "d": Pair(np.eye(2), float("inf")), "e": np.array([1.0, np.nan]), "f": np.str_("name"),
    }  # fmt: skip
    plain = plain_json(value)
    assert plain == {
        "1": 3, "a": 0.5, "b": [[True, False]], "c": [1, "x", None],
        "d": {"left": [[1.0, 0.0], [0.0, 1.0]], "right": None}, "e": [1.0, None], "f": "name",
    }  # fmt: skip
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_other_objects_are_refused():
    with pytest.raises(TypeError, match="set cannot be written as JSON"):
        plain_json({"a": {1, 2}})
