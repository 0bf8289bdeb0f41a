# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks given by empties: named by landmark ("nose tip"), or numbered in the landmarks' order."""

from __future__ import annotations

import re
from collections.abc import Sequence

import bpy
import numpy as np

from .. import mesh_arrays
from ..landmark_pairs import pair_name
from ..mesh_arrays import MeshError

LEAST = 4

# Landmarks whose own names end in a number; a common stem of other names only says that they are numbered.
_NUMBERED_LANDMARKS = {"jaw", "right brow", "left brow", "nose bridge"}
_ENDING = re.compile(r"^(.*?)[\s._-]*(\d*)$")


def read(objects: Sequence[bpy.types.Object]) -> tuple[np.ndarray, list[str]]:
    """(N, 3) canonical world points of the empties among the objects and their N landmark names or numbers, in order.

    Raises `MeshError` when there are too few, or two are called the same."""
    empties = [obj for obj in objects if obj.type == "EMPTY"]
    if len(empties) < LEAST:
        raise MeshError(
            f"{len(empties)} empties are selected; select at least {LEAST}, better 51, named by landmark or numbered."
        )
    names, order = _names([obj.name for obj in empties])
    points = np.array([obj.matrix_world.translation for obj in empties], np.float64)
    return mesh_arrays.to_canonical(points)[order], names


def _names(objects: list[str]) -> tuple[list[str], list[int]]:
    """Names in the landmarks' order, and which object each is."""
    plain = [pair_name(name) for name in objects]
    if len(set(plain)) == 1:
        # Copies: Blender numbered them itself, all but the first.
        plain = objects
    found = [_ENDING.match(name).groups() for name in plain]
    stems = {stem.strip().lower() for stem, _number in found}
    if len(stems) == 1 and not stems & _NUMBERED_LANDMARKS:
        numbers = [int(number or 0) for _stem, number in found]
        order = sorted(range(len(numbers)), key=numbers.__getitem__)
        names = [str(numbers[index]) for index in order]
    else:
        order, names = list(range(len(plain))), plain
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise MeshError(f"Two of the selected empties are for the landmark '{twice}'; give every landmark one empty.")
    return names, order
