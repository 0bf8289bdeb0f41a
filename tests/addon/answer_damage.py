"""What faults do to an answer on its way: the fake worker sends it damaged as the file HEADBRIDGE_DAMAGE says.

A damage changes the message, files of the job's folder, or gives a whole line of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import numpy as np

Damage = Callable[[dict, dict], dict | bytes]


def _entry(key: str, value) -> Damage:
    """One entry of the result is another value."""

    def change(message: dict, _params: dict) -> dict:
        return {**message, "result": {**message["result"], key: value}}

    return change


def _without(key: str) -> Damage:
    def change(message: dict, _params: dict) -> dict:
        return {**message, "result": {k: v for k, v in message["result"].items() if k != key}}

    return change


def _result(value) -> Damage:
    return lambda message, _params: {**message, "result": value}


def _error(value) -> Damage:
    return lambda message, _params: {"id": message["id"], "error": value}


def _terms(value) -> Damage:
    return _error({"code": -32005, "message": "Its terms are not accepted yet.", "data": {"terms": value}})


def _line(line: bytes) -> Damage:
    return lambda _message, _params: line


def _progress(**wrong) -> Damage:
    """A progress message before the answer."""

    def change(message: dict, params: dict) -> bytes:
        told = {"job": params["job"], "fraction": 0.5, "message": "Stage", **wrong}
        told = {"jsonrpc": "2.0", "method": "progress", "params": told}
        return b"\n".join(json.dumps(each).encode() for each in (told, {"jsonrpc": "2.0", **message}))

    return change


def _file(change: Callable[[str], None]) -> Damage:
    """The file of the result's arrays is changed."""

    def damage(message: dict, params: dict) -> dict:
        change(os.path.join(params["folder"], message["result"]["result"]))
        return message

    return damage


def _content(content: bytes) -> Damage:
    def write(path: str) -> None:
        with open(path, "wb") as file:
            file.write(content)

    return _file(write)


def _cut(path: str) -> None:
    os.truncate(path, os.path.getsize(path) // 2)


def _noise(path: str) -> None:
    """The middle of the file is overwritten, where the numbers are."""
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.seek(size // 3)
        file.write(b"\xff" * (size // 3))


def _outside(path: str) -> None:
    os.rename(path, path + "2")
    os.symlink(path + "2", path)


def _arrays(change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]) -> Damage:
    def write(path: str) -> None:
        with np.load(path) as stored:
            arrays = {key: stored[key] for key in stored.files}
        np.savez(path, **change(arrays))

    return _file(write)


def _each(change: Callable[[np.ndarray], np.ndarray]) -> Damage:
    """All arrays of floats are changed."""
    return _arrays(lambda arrays: {k: change(v) if v.dtype.kind == "f" and v.size else v for k, v in arrays.items()})


def _with(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(array: np.ndarray) -> np.ndarray:
        array = array.copy()
        array.reshape(-1)[0] = value
        return array

    return change


OF_EVERY_ANSWER: dict[str, Damage] = {
    "result null": _result(None),
    "result a list": _result([1, 2]),
    "result a text": _result("done"),
    "result a number": _result(3),
    "result empty": _result({}),
    "verdict unknown": _entry("verdict", "splendid"),
    "verdict null": _entry("verdict", None),
    "verdict without reasons": lambda message, params: _without("reasons")(
        _entry("verdict", "check")(message, params), params
    ),
    "reasons of text": lambda message, params: _entry("reasons", ["bad"])(
        _entry("verdict", "check")(message, params), params
    ),
    "reasons without text": lambda message, params: _entry("reasons", [{"level": "check"}])(
        _entry("verdict", "check")(message, params), params
    ),
    "notes of numbers": _entry("notes", [1, 2]),
    "error null": _error(None),
    "error a text": _error("it broke"),
    "error a list": _error([1]),
    "error of another code": _error({"code": "x", "message": None}),
    "error without reasons": _error({"code": -32004, "message": "Failed.", "data": {"reasons": [1]}}),
    "error with data null": _error({"code": -32004, "message": "Failed.", "data": None}),
    "terms null": _terms(None),
    "terms a text": _terms("Ask them."),
    "terms without a key": _terms({"label": "HACK", "terms": "Ask them.", "source": "there"}),
    "credits a text": _entry("credits", "HACK"),
    "credits of numbers": _entry("credits", [1]),
    "credits without a source": _entry("credits", [{"key": "hack", "label": "HACK", "terms": "", "credit": "A"}]),
    "a line of a number": _line(b"5"),
    "a line of a list": _line(b"[1, 2]"),
    "a line of null": _line(b"null"),
    "half a line": _line(b'{"jsonrpc": "2.0", "id": 2, "resu'),
    "bytes": _line(b"\xff\xfe\x00\x01"),
    "a nested line": _line(b"[" * 100_000),
    "not a number in JSON": _entry("seconds", float("nan")),
    "infinity in JSON": _entry("seconds", float("inf")),
    "progress a text": _line(b'{"method": "progress", "params": "half"}'),
    "progress null": _line(b'{"method": "progress", "params": null}'),
    "fraction a text": _progress(fraction="much"),
    "fraction null": _progress(fraction=None),
    "fraction a list": _progress(fraction=[0.5]),
}
"""What ends every job, whatever it is."""

OF_ARRAYS: dict[str, Damage] = {
    "no file named": _without("result"),
    "file null": _entry("result", None),
    "file a number": _entry("result", 7),
    "file a list": _entry("result", ["result.npz"]),
    "file empty": _entry("result", ""),
    "file a dot": _entry("result", "."),
    "file above": _entry("result", ".."),
    "file elsewhere": _entry("result", "/etc/passwd"),
    "file beside the folder": _entry("result", "../other/result.npz"),
    "file with a zero": _entry("result", "a\0b"),
    "file gone": _entry("result", "gone.npz"),
    "file another": _entry("result", "source.npz"),
    "no content": _content(b""),
    "text": _content(b"no arrays"),
    "an archive of nothing": _content(b"PK\x05\x06" + bytes(18)),
    "cut": _file(_cut),
    "noise": _file(_noise),
    "a link": _file(_outside),
    "arrays gone": _arrays(lambda arrays: {}),
    "arrays of objects": _arrays(lambda arrays: {key: np.array([{}], object) for key in arrays}),
    "arrays of text": _arrays(lambda arrays: {key: value.astype("U") for key, value in arrays.items()}),
    "arrays of complex": _each(lambda array: array.astype(complex)),
    "arrays of time": _each(lambda array: array.astype(np.int64).astype("datetime64[s]")),
    "one row less": _each(lambda array: array[:-1] if array.ndim else array[None]),
    "one row more": _each(lambda array: np.concatenate([array, array[:1]]) if array.ndim else array[None]),
    "one column less": _each(
        lambda array: array[..., :-1] if array.ndim > 1 else array[:-1] if array.ndim else array[None]
    ),
    "flat": _each(lambda array: array.reshape(-1)[:, None]),
    "one value": _each(lambda array: np.float64(0.0)),
    "none": _each(lambda array: array[:0] if array.ndim else array[None]),
    "infinity": _each(_with(np.inf)),
}
"""What ends jobs that answer with arrays."""

ALL = OF_EVERY_ANSWER | OF_ARRAYS


def damaged(message: dict, params: dict) -> bytes:
    """The line or lines to send in place of the answer to a request."""
    with open(os.environ["HEADBRIDGE_DAMAGE"], encoding="utf-8") as file:
        kind = file.read()
    line = json.dumps({"jsonrpc": "2.0", **message}).encode()
    if not kind:
        return line
    made = ALL[kind](message, params)
    return made if isinstance(made, bytes) else json.dumps({"jsonrpc": "2.0", **made}).encode()
