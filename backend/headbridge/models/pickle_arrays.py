"""What the pickles of model files are made of: NumPy arrays, SciPy's sparse matrices, chumpy's variables.

A table of the names such pickles use, with a constructor of ours for each. chumpy is never imported: of its variables
the array is taken.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import scipy.sparse

from .pickle_machine import Known, Pending, Refused, bytes_of, hashable, shown, text_of

_NUMBER_TYPE = re.compile(r"[iu][1248]|f[248]|b1|\?|[SU][0-9]{1,4}")
_OBJECT_TYPE = re.compile(r"O[48]?")
_BYTE_ORDERS = {"<": "<", ">": ">", "|": "|", "=": "="}
_MOST_DIMENSIONS = 8


class PendingDtype(Pending):
    """A NumPy dtype; its byte order comes with its state."""

    label = "a NumPy dtype"

    def __init__(self, code: Any, _align: Any = False, _copy: Any = True):
        super().__init__()
        self.code = text_of(code)
        if not _NUMBER_TYPE.fullmatch(self.code) and not _OBJECT_TYPE.fullmatch(self.code):
            raise Refused(f"holds an array of the type {shown(self.code)}")

    def finish(self, resolve) -> np.dtype:
        if _OBJECT_TYPE.fullmatch(self.code):
            return np.dtype(object)
        order = "="
        if self.has_state:
            state = self.state
            if not isinstance(state, tuple) or len(state) < 8 or any(part is not None for part in state[2:5]):
                raise Refused("holds an array of a structured type")
            order = _BYTE_ORDERS.get(text_of(state[1]))
            if order is None:
                raise Refused(f"holds an array of the unknown byte order {shown(text_of(state[1]))}")
        return np.dtype(self.code).newbyteorder(order)


class PendingArray(Pending):
    """A NumPy array; shape, type and content come with its state."""

    label = "a NumPy array"

    def finish(self, resolve) -> np.ndarray:
        if not isinstance(self.state, tuple) or len(self.state) != 5:
            raise Refused("holds a NumPy array without content")
        _, shape, dtype, fortran, content = self.state
        return _array(shape, resolve(dtype), "F" if fortran else "C", content, resolve)


class PendingBuffer(Pending):
    """A NumPy array as pickle protocol 5 writes it."""

    label = "a NumPy array"
    stateful = False

    def __init__(self, content: Any, dtype: Any, shape: Any, order: Any):
        super().__init__()
        self.parts = (content, dtype, shape, order)

    def finish(self, resolve) -> np.ndarray:
        content, dtype, shape, order = self.parts
        return _array(shape, resolve(dtype), text_of(order), content, resolve)


class PendingScalar(Pending):
    """A NumPy number."""

    label = "a NumPy number"
    stateful = False

    def __init__(self, dtype: Any, content: Any = b""):
        super().__init__()
        self.dtype, self.content = dtype, content

    def finish(self, resolve) -> np.generic:
        dtype = resolve(self.dtype)
        if dtype == np.dtype(object):
            raise Refused("holds a NumPy number of no type")
        return _array((), dtype, "C", self.content, resolve)[()]


class PendingSparse(Pending):
    """A matrix of SciPy in compressed columns."""

    label = "a SciPy matrix"

    def finish(self, resolve) -> scipy.sparse.csc_matrix:
        state = self.state
        if not isinstance(state, dict) or not {"data", "indices", "indptr"} <= state.keys():
            raise Refused("holds a sparse matrix without content")
        shape = resolve(state.get("_shape", state.get("shape")))
        data, indices, starts = (resolve(state[key]) for key in ("data", "indices", "indptr"))
        arrays = all(isinstance(part, np.ndarray) and part.ndim == 1 for part in (data, indices, starts))
        if not arrays or not isinstance(shape, tuple) or len(shape) != 2 or data.dtype.kind not in "fiub":
            raise Refused("holds a sparse matrix without content")
        rows, columns = (_size(side) for side in shape)
        fits = indices.dtype.kind in "iu" and starts.dtype.kind in "iu" and len(starts) == columns + 1
        fits = fits and len(indices) == len(data) == int(starts[-1]) and int(starts[0]) == 0
        if not fits or (np.diff(starts.astype(np.int64)) < 0).any():
            raise Refused("holds a sparse matrix whose parts do not fit each other")
        if len(indices) and (int(indices.min()) < 0 or int(indices.max()) >= rows):
            raise Refused("holds a sparse matrix with entries outside it")
        return scipy.sparse.csc_matrix((data, indices.astype(np.int64), starts.astype(np.int64)), shape=(rows, columns))


class PendingVariable(Pending):
    """A variable of chumpy, the automatic differentiation FLAME was made with: its array is state['x']."""

    label = "a chumpy variable"

    def finish(self, resolve) -> Any:
        if not isinstance(self.state, dict) or "x" not in self.state:
            raise Refused("holds a chumpy variable without its array 'x'")
        return resolve(self.state["x"])


def _size(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise Refused("holds an array whose shape is no list of sizes")
    return int(value)


def _array(shape: Any, dtype: Any, order: str, content: Any, resolve) -> np.ndarray:
    if not isinstance(dtype, np.dtype) or not isinstance(shape, tuple) or order not in ("C", "F"):
        raise Refused("holds a NumPy array without type or shape")
    if len(shape) > _MOST_DIMENSIONS:
        raise Refused(f"holds an array of {len(shape)} dimensions")
    sizes = tuple(map(_size, shape))
    count = math.prod(sizes)
    if dtype == np.dtype(object):
        if not isinstance(content, list) or len(content) != count:
            raise Refused("holds an array of objects whose number does not fit its shape")
        array = np.empty(count, dtype=object)
        array[:] = [resolve(item) for item in content]
        return array.reshape(sizes, order=order)
    content = bytes_of(content)
    if count * dtype.itemsize != len(content) or max(sizes, default=0) >= 2**31:
        raise Refused(f"holds an array of the shape {sizes} and type {dtype} with {len(content)} bytes of content")
    array = np.frombuffer(content, dtype=dtype).reshape(sizes, order=order)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _reconstruct(kind: Any, _shape: Any, _code: Any) -> PendingArray:
    if not isinstance(kind, Known) or kind.name != "numpy.ndarray":
        raise Refused("makes an array of a kind that is no NumPy array")
    return PendingArray()


def _set(items: Any = ()) -> set:
    if not isinstance(items, list | tuple):
        raise Refused("makes a set of something that is no list")
    return set(map(hashable, items))


def _ordered_dict(items: Any = ()) -> dict:
    pairs = items if isinstance(items, list | tuple) else [None]
    if any(not isinstance(pair, list | tuple) or len(pair) != 2 for pair in pairs):
        raise Refused("makes a dictionary of something that is no list of pairs")
    return {hashable(key): value for key, value in pairs}


def _encode(text: Any, encoding: Any) -> bytes:
    if text_of(encoding).replace("-", "").lower() != "latin1":
        raise Refused(f"encodes text as {shown(text_of(encoding))}")
    return bytes_of(text_of(text))


def _table(*entries: Known) -> dict[str, Known]:
    return {entry.name: entry for entry in entries}


MODEL_NAMES = _table(
    Known("chumpy.ch.Ch", new=PendingVariable),
    Known("scipy.sparse.csc.csc_matrix", new=PendingSparse),
    Known("scipy.sparse._csc.csc_matrix", new=PendingSparse),
    Known("numpy.core.multiarray._reconstruct", call=_reconstruct),
    Known("numpy._core.multiarray._reconstruct", call=_reconstruct),
    Known("numpy.core.multiarray.scalar", call=PendingScalar),
    Known("numpy._core.multiarray.scalar", call=PendingScalar),
    # Pickle protocol 5 writes arrays by this name.
    Known("numpy.core.numeric._frombuffer", call=PendingBuffer),
    Known("numpy._core.numeric._frombuffer", call=PendingBuffer),
    Known("numpy.ndarray"),
    Known("numpy.dtype", call=PendingDtype),
    Known("__builtin__.set", call=_set),
    Known("builtins.set", call=_set),
    Known("_codecs.encode", call=_encode),
    Known("collections.OrderedDict", call=_ordered_dict),
)
"""The names in the published model files, and no others."""
