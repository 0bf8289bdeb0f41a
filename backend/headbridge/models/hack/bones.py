"""HACK's cervical bones, from bones_neutral.json."""

from __future__ import annotations

import json

import numpy as np

from ...errors import InputError
from .data import BONES, HackBones

_NOT_A_ROTATION = 1e-3


def parse_bones(content: bytes, source: str, millimetres: float) -> HackBones:
    """The bones in the rest pose; millimetres : length of the file's unit.

    The file gives each bone in its parent's frame, which stands at the parent's tail, the parent's `length` along its y
    axis. Raises InputError for anything that is not eight bones of one chain, parents first."""
    try:
        table = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{source}: this is no JSON file ({problem}); get the file again.") from None
    if not isinstance(table, dict) or len(table) != BONES or not all(isinstance(b, dict) for b in table.values()):
        raise InputError(
            f"{source}: there should be {BONES} bones by name; use HACK's bones_neutral.json as published."
        )
    names = tuple(table)
    parents, joints, axes = np.full(BONES, -1), np.zeros((BONES, 3)), np.zeros((BONES, 3, 3))
    for index, (name, bone) in enumerate(table.items()):
        turn, head = _numbers(bone, "matrix", (3, 3), name, source), _numbers(bone, "head", (3,), name, source)
        if np.abs(turn @ turn.T - np.eye(3)).max() > _NOT_A_ROTATION or np.linalg.det(turn) < 0.0:
            raise InputError(f"{source}: the matrix of the bone {name!r} is no rotation; get the file again.")
        parent = bone.get("parent")
        if (parent is None) != (index == 0) or (parent is not None and parent not in names[:index]):
            raise InputError(
                f"{source}: the bone {name!r} has the parent {parent!r}, but the first bone should have none and every "
                "other one that comes before it; use HACK's bones_neutral.json as published."
            )
        if parent is None:
            joints[index], axes[index] = head, turn
            continue
        parents[index] = above = names.index(parent)
        tail = _numbers(table[parent], "length", (), parent, source) * np.array([0.0, 1.0, 0.0])
        joints[index] = joints[above] + axes[above] @ (head + tail)
        axes[index] = axes[above] @ turn
    return HackBones(names, parents, joints * millimetres, axes)


def _numbers(bone: dict, key: str, shape: tuple[int, ...], name: str, source: str) -> np.ndarray:
    try:
        value = np.asarray(bone[key], dtype=np.float64)
    except (KeyError, TypeError, ValueError, OverflowError):
        value = np.empty(0)
    if value.shape != shape or not np.isfinite(value).all():
        kind = f"numbers of the shape {shape}" if shape else "a number"
        raise InputError(f"{source}: the bone {name!r} should have {kind} as {key!r}; get the file again.")
    return value
