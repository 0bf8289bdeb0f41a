"""Pickled model files, read without running anything they hold.

The published FLAME files are pickles of Python 2 with chumpy objects in them. A pickle may run any code when Python's
own loader reads it; here it is read by `pickle_machine`, which knows the names such files need and refuses every other.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import InputError
from ..memory import FileBudget
from ..mesh.io import npy
from ..mesh.io.files import read_file
from ..mesh.io.npy import read_header
from ..reading import reading
from .pickle_arrays import MODEL_NAMES
from .pickle_machine import Known, Machine, Refused, as_input_error


def read_pickle(path: str | os.PathLike) -> Any:
    """The content of a pickled model file as plain data; see `parse_pickle`."""
    return parse_pickle(read_file(path), str(path))


def parse_pickle(
    content: bytes,
    source: str,
    known: Mapping[str, Known] = MODEL_NAMES,
    persistent: Callable[[Any], Any] | None = None,
    budget: FileBudget | None = None,
) -> Any:
    """A pickle of any protocol (0 to 5) as dictionaries, lists, texts, numbers, NumPy arrays and SciPy csc matrices.

    Strings of Python 2 become text by Latin-1; chumpy's variables become their arrays. A text pickle whose line ends
    became CR LF is mended in memory.
    known : the names the pickle may use. persistent : what makes a value of a persistent id, None to refuse them.
    budget : of the file the pickle is a part of, by default one of its own.

    Raises `InputError`, naming what was met, for any other name, any call or state that is not plain data, content
    that does not fit its announced size, too much nesting, and files that are cut off or are no pickle."""
    budget = budget or FileBudget(len(content), source)
    with reading(source, "get the file again"):
        try:
            machine = Machine(with_unix_lines(content), known, budget, persistent)
            return machine.resolve(machine.run())
        except Refused as problem:
            raise as_input_error(problem, source) from None


def with_unix_lines(content: bytes) -> bytes:
    """A text pickle with LF line ends where a checkout made them CR LF; all other content unchanged.

    Lossless: only content without protocol header and without bytes above 127, where every CR stands before an LF."""
    if content[:1] == b"\x80" or not content.isascii() or content.count(b"\r") != content.count(b"\r\n"):
        return content
    return content.replace(b"\r\n", b"\n")


def parse_npy(content: bytes, source: str, known: Mapping[str, Known] = MODEL_NAMES) -> Any:
    """The array of an .npy file; where it is an array of Python objects, its pickle is read as by `parse_pickle`."""
    stream = io.BytesIO(content)
    header = read_header(stream, source)
    if not header.holds_objects:
        return npy.decode(content, source)
    array = parse_pickle(content[stream.tell() :], source, known)
    if not isinstance(array, np.ndarray) or array.shape != header.shape:
        raise InputError(f"{source}: the content does not fit its header {header.shape}; get the file again.")
    return array
