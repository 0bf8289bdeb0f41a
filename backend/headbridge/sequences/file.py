"""sequence.npz: a `Sequence` in NumPy's zip format, without pickle, one array a field."""

from __future__ import annotations

import os
from dataclasses import fields

import numpy as np

from ..errors import InputError
from ..mesh.io.files import read_file, write_file
from ..mesh.io.npz import read_arrays, write_arrays
from ..reading import naming
from .sequence import Sequence

FILE_NAME = "sequence.npz"
_FORMAT = "headbridge sequence 1"
_OF_CAMERAS = ("camera_K", "camera_R", "camera_t", "camera_size", "crop_to_original")


def encode_sequence(sequence: Sequence) -> bytes:
    """The content of sequence.npz. Fields that are None are left out; cameras have a row for every frame, so that those
    who read the file need not know which stand still."""
    arrays = {"format": np.array(_FORMAT)}
    for each in fields(sequence):
        value = getattr(sequence, each.name)
        if each.name == "notes":
            arrays["notes"] = np.array(value, dtype=np.str_)
        elif each.name in _OF_CAMERAS and value is not None:
            arrays[each.name] = np.broadcast_to(value, (sequence.frame_count, *value.shape[1:]))
        elif value is not None:
            arrays[each.name] = np.asarray(value)
    return write_arrays(arrays)


def write_sequence(path: str | os.PathLike, sequence: Sequence) -> None:
    """Write sequence.npz, all or nothing."""
    write_file(path, encode_sequence(sequence))


def read_sequence(path: str | os.PathLike) -> Sequence:
    """A sequence.npz; `InputError` when it is none, of a later version, damaged, or its arrays do not fit each other."""
    source = str(path)
    arrays = read_arrays(read_file(path), source)
    form = str(arrays.pop("format", ""))
    if form != _FORMAT:
        known = form.startswith(_FORMAT.rpartition(" ")[0])
        cause = "it is of a later version of HeadBridge" if known else "it has no 'format' of one"
        raise InputError(
            f"{source}: this is no sequence that can be read ({cause}); write it with 'headbridge import'."
        )
    given = {}
    for each in fields(Sequence):
        if each.name not in arrays:
            continue
        array = arrays.pop(each.name)
        if "shape" in each.metadata:
            still = each.name in _OF_CAMERAS and len(array) > 0 and (array == array[:1]).all()
            given[each.name] = array[:1] if still else array
        elif each.name == "notes":
            given[each.name] = tuple(map(str, np.atleast_1d(array)))
        else:
            given[each.name] = _single(array, each.name, each.type, source)
    if arrays:
        raise InputError(f"{source}: the array '{min(arrays)}' is no part of a sequence; write the file again.")
    missing = {"source", "frame_ids"} - given.keys()
    if missing:
        raise InputError(f"{source}: '{min(missing)}' is missing; write the file again.")
    with naming(source):
        return Sequence(**given)


def _single(array: np.ndarray, name: str, type_name: str, source: str):
    """A text, number or truth from an array of no dimension."""
    kinds, make = {"str": ("U", str), "bool": ("b", bool)}.get(type_name, ("fiu", float))
    if array.ndim or array.dtype.kind not in kinds:
        raise InputError(f"{source}: '{name}' should be a single {make.__name__}, not {array.dtype} {array.shape}.")
    return make(array)
