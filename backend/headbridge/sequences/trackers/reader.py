"""What the readers have in common: numbers of files by name, frames in a row, parameters as fields of a `Sequence`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...models.catalogue import FLAME_JOINTS
from ...models.flame.data import MILLIMETRES
from ...models.flame.layouts import Field, Layout, Part
from ...models.flame.parameters import FlameParameters
from ..gaps import gaps
from ..sequence import Sequence
from .content import Content

_USUAL = {
    ("neck_pose", "neck_pose_params", "neck"): (Part("neck", 3),),
    ("eye_pose", "eyes_pose", "eye_pose_params"): (Part("left_eye", 3), Part("right_eye", 3)),
    ("translation", "transl", "trans"): (Part("translation", 3),),
    ("eyelids", "eyelid_params"): (Part("eyelids", 2),),
}
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Reader:
    """A project whose files are known.

    key : its word in `Sequence.source` and --format. label : its name. matches : whether a content is its, by the keys
    and shapes of it. read : the sequence of all contents, in order. one_folder : whether the frames of a performance lie
    in one folder, so that files of two are two performances."""

    key: str
    label: str
    matches: Callable[[Content], bool]
    read: Callable[[list[Content]], Sequence]
    one_folder: bool = False


def numbers(
    values: Mapping[str, Any], key: str, shape: tuple[int | None, ...], source: str, optional: bool = False
) -> np.ndarray | None:
    """The array `key` as float64 of a shape, None a free side; sides of 1 before it are dropped or added as need be.

    None where it is missing (or empty) and `optional`. Raises `InputError` when it is missing, has another shape, or
    holds NaN or infinite values."""
    wanted = f"({', '.join('?' if side is None else str(side) for side in shape)})"
    value = values.get(key)
    if value is None or (isinstance(value, np.ndarray) and value.size == 0):
        if optional:
            return None
        raise InputError(f"{source}: '{key}' is missing (there is {listed(values)}); export the file again.")
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "fiu":
        raise InputError(f"{source}: '{key}' should hold {wanted} numbers, not {array.dtype}.")
    found = array.shape
    while array.ndim > len(shape) and array.shape[0] == 1:
        array = array[0]
    array = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
    if array.ndim != len(shape) or any(side not in (None, got) for side, got in zip(shape, array.shape)):
        raise InputError(f"{source}: '{key}' should have the shape {wanted}, but has {found}.")
    if not np.isfinite(array).all():
        raise InputError(f"{source}: '{key}' holds NaN or infinite values; leave the frame out or track it again.")
    return array.astype(np.float64)


def listed(values: Iterable[str]) -> str:
    """The names, for a message, the first dozen."""
    names = sorted(map(str, values))
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "") or "nothing"


def single(contents: list[Content], label: str) -> Content:
    """The only content; `InputError` when there are several."""
    if len(contents) > 1:
        names = ", ".join(content.path.name for content in contents[:3])
        raise InputError(f"There are {len(contents)} files of {label} ({names}, ...); import them one by one.")
    return contents[0]


def frame_numbers(names: list[str]) -> np.ndarray:
    """(T,) the numbers in the names of frames: of the numbers that each name has the last that rises from frame to
    frame, or the place in the row where none does."""
    found = [_DIGITS.findall(name) for name in names]
    for place in range(1, min(map(len, found)) + 1):
        column = [int(digits[-place]) for digits in found]
        if max(column) < 2**62 and all(after > before for before, after in zip(column, column[1:])):
            return np.array(column, dtype=np.int64)
    return np.arange(len(names), dtype=np.int64)


def gap_notes(frame_ids: np.ndarray) -> list[str]:
    """A note where frames are missing between the first and the last."""
    wide, usual = gaps(frame_ids)
    if not len(wide):
        return []
    shown = ", ".join(f"{frame_ids[place]} to {frame_ids[place + 1]}" for place in wide[:5])
    missing = int((np.diff(frame_ids)[wide] // usual - 1).sum())
    return [f"{missing} frames are missing, from {shown}{', ...' if len(wide) > 5 else ''}."]


def taken_fields(layout: Layout, values: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields of a layout, and those that users add to its files under the names that other projects have for them:
    pose, place and eyelids are never dropped."""
    said = {part.parameter for field in layout.fields for part in field.parts}
    keys = {field.key for field in layout.fields}
    added = []
    for names, parts in _USUAL.items():
        here = next((name for name in names if name in values and name not in keys), None)
        if here is not None and not said & {part.parameter for part in parts}:
            sides = np.shape(values[here])
            six = bool(sides) and sides[-1] == 6 * len(parts) and parts[0].parameter in FLAME_JOINTS
            added.append(Field(here, tuple(replace(part, six=six) for part in parts)))
    return (*layout.fields, *added)


def read_parameters(layout: Layout, values: Mapping[str, Any], source: str) -> FlameParameters:
    """The parameters of a layout from a file's values, whose arrays may carry one more side of 1 in front."""
    layout = replace(layout, fields=taken_fields(layout, values))
    flat = {}
    for field in layout.fields:
        value = values.get(field.key)
        if value is None:
            continue
        array = np.asarray(value)
        while array.ndim > 2 and 1 in array.shape[:-1]:
            array = array.squeeze(axis=array.shape[:-1].index(1))
        flat[field.key] = array
    # What is missing is told with what there is.
    rest = {str(key): None for key in values if key not in flat and values[key] is not None}
    try:
        return layout.read(rest | flat)
    except InputError as problem:
        raise InputError(f"{source}: {problem}") from None


def parameter_fields(frames: list[FlameParameters], sources: list[str]) -> dict[str, Any]:
    """The fields of a `Sequence` for heads frame after frame (a batch may hold several): model, topology, identity,
    expression, joint_names, rotations, translation and eyelids, metres. Identity is shared where it is the same in all.

    Raises `InputError` where frames have different numbers of coefficients."""

    def joined(name: str) -> np.ndarray:
        parts = [getattr(frame, name).detach().cpu().double().numpy() for frame in frames]
        check_same_shape(parts, name, sources)
        return np.concatenate(parts)

    identity = joined("identity")
    shared = len(identity) > 1 and (identity == identity[:1]).all()
    lids = [frame.eyelids is not None for frame in frames]
    if len(set(lids)) > 1:
        without = sources[lids.index(False)]
        raise InputError(f"{without}: there are no eyelids, but other frames have them; import files of one tracker.")
    return {
        "model": "flame",
        "topology": "flame",
        "mm_per_unit": MILLIMETRES,
        "identity": identity[:1] if shared else identity,
        "expression": joined("expression"),
        "joint_names": np.array(FLAME_JOINTS),
        "rotations": np.stack([joined(name) for name in FLAME_JOINTS], axis=1),
        "translation": joined("translation") / MILLIMETRES,
        "eyelids": joined("eyelids") if all(lids) else None,
    }


def fixed_or_frames(rows: list[np.ndarray]) -> np.ndarray:
    """(1, ...) where all rows are the same, else (T, ...)."""
    stacked = np.stack(rows)
    return stacked[:1] if (stacked == stacked[:1]).all() else stacked


def in_all(parts: list[Any], key: str, sources: list[str]) -> bool:
    """Whether all frames have something under a key; `InputError` where only some have."""
    there = [part is not None for part in parts]
    if any(there) and not all(there):
        raise InputError(
            f"{sources[there.index(False)]}: '{key}' is missing, but {sources[there.index(True)]} has it; leave the frame "
            "out, or export it again."
        )
    return all(there)


def check_same_shape(parts: list[np.ndarray], key: str, sources: list[str]) -> None:
    """Raise `InputError` where what the frames have under a key differs in size."""
    for part, source in zip(parts, sources):
        if part.shape[1:] != parts[0].shape[1:]:
            raise InputError(
                f"{source}: '{key}' has the shape {part.shape}, but {parts[0].shape} in {sources[0]}; import files of one "
                "tracker at a time."
            )


def unknown_notes(
    records: Iterable[Mapping[str, Any]], known: Iterable[str], layout: Layout | None = None
) -> list[str]:
    """A note with the keys that are neither `known` nor read as parameters of the layout."""
    left: set[str] = set()
    for record in records:
        taken = {field.key for field in taken_fields(layout, record)} if layout is not None else set()
        left |= {str(key) for key in record} - taken
    left = sorted(left - set(known))
    return [f"Not taken over, as unknown: {', '.join(left)}."] if left else []


def identity_notes(identity: np.ndarray) -> list[str]:
    """A note where a project that fits one person has another identity from frame to frame."""
    if len(identity) < 2:
        return []
    spread = float(np.abs(identity - identity[:1]).max())
    return [
        f"The identity is not the same in all frames (coefficients differ by up to {spread:.3g}); each keeps its own."
    ]


@dataclass(frozen=True, eq=False)
class CodeFrames:
    """The frames of files that hold FLAME's codes as dictionaries, one or many frames each.

    records : the dictionaries, sources : what to call each in messages. fields : of a `Sequence`, frame numbers, names
    and codes."""

    records: list[Mapping[str, Any]]
    sources: list[str]
    fields: dict[str, Any]

    def rows(self, key: str, *shape: int | None) -> np.ndarray | None:
        """(1 or T, *shape) what all records have under a key; None where none has it."""
        found = [
            numbers(record, key, (None, *shape), source, optional=True)
            for record, source in zip(self.records, self.sources)
        ]
        if not in_all(found, key, self.sources):
            return None
        check_same_shape(found, key, self.sources)
        joined, count = np.concatenate(found), len(self.fields["frame_ids"])
        if len(joined) not in (1, count):
            raise InputError(f"{self.sources[0]}: '{key}' is of {len(joined)} frames, the codes of {count}.")
        return fixed_or_frames(list(joined))


def read_code_frames(layout: Layout, contents: list[Content]) -> CodeFrames:
    """The codes of a layout's files, with notes still to be made."""
    names, records, sources = named_frames(contents)
    for key in sorted({field.key for record in records for field in taken_fields(layout, record)}):
        in_all([record.get(key) for record in records], key, sources)
    heads = [read_parameters(layout, record, source) for record, source in zip(records, sources)]
    fields = parameter_fields(heads, sources)
    count = len(fields["expression"])
    if count != len(names):
        # Batches of frames.
        names = [f"{number:05d}" for number in range(count)]
    fields |= {"frame_ids": frame_numbers(names), "frame_names": np.array(names)}
    return CodeFrames(records, sources, fields)


def named_frames(contents: list[Content]) -> tuple[list[str], list[Mapping[str, Any]], list[str]]:
    """The name of every record, its values, and what to call it in messages, for files of one or several records."""
    names, records, sources = [], [], []
    for content in contents:
        several, name = content.records, frame_name(content.path)
        for number, record in enumerate(several):
            names.append(name if len(several) == 1 else f"{name}_{number:05d}")
            records.append(record)
            sources.append(str(content.path) if len(several) == 1 else f"{content.path} (frame {number})")
    if len(set(names)) < len(names):
        names = [str(number) for number in range(len(names))]
    return names, records, sources


def frame_name(path: Path) -> str:
    """What a frame is called: by its file, or by its folder where the file's name is the same in all."""
    return path.parent.name if path.stem in ("identity", "codes", "params", "results") else path.stem
