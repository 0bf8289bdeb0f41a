"""Synthetic FLAME files in the published form, and the pickles of Python 2 they are written as, opcode by opcode.

The template is FLAME's published mean; bases and weights are random, and the joint regressor is made to hit the
published rest joints of 2020. chumpy's objects are forged: no chumpy is needed to write them.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any

import numpy as np
import scipy.sparse

from headbridge.topologies import load_builtin

GOLDEN_JOINTS = np.array(
    [
        [-0.001333, -0.147894, -0.082942],
        [0.000086, -0.008040, -0.054957],
        [-0.000501, -0.014625, -0.059290],
        [0.031724, 0.021397, 0.024625],
        [-0.031452, 0.021491, 0.023546],
    ]
)
"""FLAME 2020's joints of the mean head, metres, as published."""


class Chumpy:
    """A chumpy variable around an array."""

    def __init__(self, array: np.ndarray):
        self.array = array


def published_arrays(seed: int = 0) -> dict[str, Any]:
    """A model file's dictionary, metres: float64 arrays, the joint regressor a csc matrix."""
    random = np.random.default_rng(seed)
    template = load_builtin("flame").vertices / 1000.0
    count = len(template)
    shapes = random.standard_normal((400, count, 3), dtype=np.float32).astype(np.float64)
    shapes *= (2e-3 / (1.0 + 0.1 * (np.arange(400) % 300)))[:, None, None]
    weights = random.random((count, 5)) ** 4
    return {
        "v_template": template,
        "f": load_builtin("flame").triangles.astype(np.uint32),
        "shapedirs": np.ascontiguousarray(shapes.transpose(1, 2, 0)),
        "posedirs": random.normal(0.0, 1e-3, (count, 3, 36)),
        "J_regressor": _regressor(template),
        "weights": weights / weights.sum(axis=1, keepdims=True),
        "kintree_table": np.array([[2**32 - 1, 0, 1, 1, 1], [0, 1, 2, 3, 4]], dtype=np.int64),
        "bs_type": "lrotmin",
        "bs_style": "lbs",
    }


def _regressor(template: np.ndarray) -> scipy.sparse.csc_matrix:
    """(5, V): around each golden joint the weights of least squares that sum to 1 and meet it exactly."""
    rows = np.zeros((5, len(template)))
    for row, joint in zip(rows, GOLDEN_JOINTS):
        near = np.argsort(np.linalg.norm(template - joint, axis=1))[:60]
        system = np.concatenate([template[near].T, np.ones((1, 60))])
        row[near] = np.linalg.lstsq(system, np.append(joint, 1.0), rcond=None)[0]
    return scipy.sparse.csc_matrix(rows)


def published_form(arrays: dict[str, Any]) -> dict[str, Any]:
    """The dictionary as the old files hold it: the learned arrays are chumpy variables."""
    return {key: Chumpy(value) if key in ("shapedirs", "posedirs") else value for key, value in arrays.items()}


def python2_pickle(value: Any) -> bytes:
    """A pickle of protocol 2 as Python 2 writes it: byte strings, old module paths, instances by NEWOBJ and BUILD."""
    return b"\x80\x02" + _opcodes(value) + b"."


def _opcodes(value: Any) -> bytes:
    if isinstance(value, str):
        return _opcodes(value.encode("latin1"))
    if isinstance(value, bytes):
        short = len(value) < 256
        return (b"U" + struct.pack("<B", len(value)) if short else b"T" + struct.pack("<i", len(value))) + value
    if value is None or isinstance(value, bool):
        return {None: b"N", True: b"\x88", False: b"\x89"}[value]
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value) if abs(value) < 2**31 else pickle.dumps(value, 2)[2:-1]
    if isinstance(value, tuple):
        return b"(" + b"".join(map(_opcodes, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(_opcodes, value)) + b"e"
    if isinstance(value, dict):
        return b"}(" + b"".join(_opcodes(part) for pair in value.items() for part in pair) + b"u"
    if isinstance(value, set):
        return b"c__builtin__\nset\n(" + _opcodes(list(value)) + b"tR"
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, Chumpy):
        state = {"x": value.array, "_itr": None, "_dirty_vars": {"x"}, "_status": "new"}
        return b"cchumpy.ch\nCh\n)\x81" + _opcodes(state) + b"b"
    if scipy.sparse.issparse(value):
        state = {"_shape": value.shape, "data": value.data, "indices": value.indices, "indptr": value.indptr}
        return b"cscipy.sparse.csc\ncsc_matrix\n)\x81" + _opcodes(state | {"maxprint": 50}) + b"b"
    raise TypeError(type(value).__name__)


def _array(array: np.ndarray) -> bytes:
    kind = array.dtype.str[1:]
    dtype = b"cnumpy\ndtype\n" + _opcodes((kind, 0, 1)) + b"R" + _opcodes((3, "<", None, None, None, -1, -1, 0)) + b"b"
    made = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n" + _opcodes((0,)) + _opcodes("b") + b"tR"
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    content = array.tobytes(order="F" if fortran else "C")
    return (
        made + b"(" + b"".join(map(_opcodes, (1, array.shape))) + dtype + _opcodes(fortran) + _opcodes(content) + b"tb"
    )


def python2_text_pickle(arrays: dict[str, np.ndarray]) -> bytes:
    """A dictionary of arrays in protocol 0, as Python 2 writes it: ASCII lines, bytes as quoted strings."""
    body = b"(d"
    for name, array in arrays.items():
        content = repr(array.tobytes())[1:].encode("ascii")
        body += (
            b"S'" + name.encode("ascii") + b"'\ncnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
        )
        body += b"(I1\n(" + b"".join(b"I%d\n" % side for side in array.shape) + b"tcnumpy\ndtype\n"
        body += b"(S'" + array.dtype.str[1:].encode("ascii") + b"'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb"
        body += b"I00\nS" + content + b"\ntbs"
    return body + b"."
