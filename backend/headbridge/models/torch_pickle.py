"""Tensors inside pickles, and the zip files torch saves, read by the restricted pickle machine."""

from __future__ import annotations

import io
import math
import struct
import zipfile
from typing import Any

import numpy as np

from ..errors import InputError
from ..memory import FileBudget
from ..reading import reading
from .pickle_arrays import MODEL_NAMES
from .pickle_machine import Known, Machine, Pending, Refused, shown, text_of
from .safe_pickle import parse_pickle

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_STORAGES = {
    "torch.FloatStorage": "<f4",
    "torch.DoubleStorage": "<f8",
    "torch.HalfStorage": "<f2",
    "torch.LongStorage": "<i8",
    "torch.IntStorage": "<i4",
    "torch.ShortStorage": "<i2",
    "torch.CharStorage": "<i1",
    "torch.ByteStorage": "<u1",
    "torch.BoolStorage": "?",
}


class PendingStorage(Pending):
    """The memory of tensors: a flat array."""

    label = "a tensor's storage"
    stateful = False

    def __init__(self, kind: Known, key: str, count: int):
        super().__init__()
        self.dtype, self.key, self.count = np.dtype(_STORAGES[kind.name]), key, count
        self.content: bytes | memoryview | None = None

    def finish(self, resolve) -> np.ndarray:
        if self.content is None or len(self.content) != self.count * self.dtype.itemsize:
            raise Refused(f"holds a tensor whose storage {shown(self.key)} is missing or cut off")
        return np.frombuffer(self.content, dtype=self.dtype)


class PendingTensor(Pending):
    """A view of a storage."""

    label = "a tensor"
    stateful = False

    def __init__(self, storage, offset, size, stride, _requires_grad, _hooks, _metadata=None):
        super().__init__()
        if not isinstance(storage, PendingStorage):
            raise Refused("holds a tensor without a storage")
        numbers = [offset, *size, *stride] if isinstance(size, tuple) and isinstance(stride, tuple) else [None]
        if any(type(number) is not int or number < 0 for number in numbers) or len(size) != len(stride):
            raise Refused("holds a tensor without a proper shape")
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride

    def finish(self, resolve) -> np.ndarray:
        flat = resolve(self.storage)
        if math.prod(self.size) == 0:
            if max(self.size) >= 2**31:
                raise Refused("holds an empty tensor of an absurd shape")
            return np.empty(self.size, dtype=flat.dtype)
        last = self.offset + sum((side - 1) * step for side, step in zip(self.size, self.stride))
        if last >= len(flat) or math.prod(self.size) > len(flat):
            raise Refused("holds a tensor that reaches beyond its storage")
        steps = [step * flat.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(flat[self.offset :], self.size, steps).copy()


def _storage(identity: Any) -> PendingStorage:
    """The storage of a persistent id: ("storage", its type, its key, where it was, how many numbers)."""
    if not isinstance(identity, tuple) or len(identity) not in (5, 6) or text_of(identity[0]) != "storage":
        raise Refused("refers to objects outside the file that are no tensors (persistent id)")
    kind, key, count = identity[1], text_of(identity[2]), identity[4]
    if not isinstance(kind, Known) or kind.name not in _STORAGES or type(count) is not int or count < 0:
        raise Refused("holds a tensor of an unknown type")
    return PendingStorage(kind, key, count)


def _load_from_bytes(content: Any) -> PendingStorage:
    """A storage inside a pickle: five pickles (magic number, version, machine, storage, its key), then its bytes."""
    if not isinstance(content, bytes):
        raise Refused("holds a tensor without content")
    # No name there is called, so that nothing grows.
    machine = Machine(content, _STORAGE_NAMES, FileBudget(len(content), "a tensor"), _storage)
    magic, version, _, storage, keys = (machine.run() for _ in range(5))
    single = isinstance(keys, list) and len(keys) == 1
    if magic != _MAGIC or version != _PROTOCOL or not isinstance(storage, PendingStorage) or not single:
        raise Refused("holds a tensor in an unknown form")
    rest = memoryview(content)[machine.position :]
    if len(rest) < 8 or struct.unpack("<q", rest[:8])[0] != storage.count:
        raise Refused("holds a tensor whose content is cut off")
    storage.content = rest[8:]
    return storage


_STORAGE_NAMES = {name: Known(name) for name in _STORAGES}
TENSOR_NAMES = (
    MODEL_NAMES
    | _STORAGE_NAMES
    | {
        name: Known(name, call=call)
        for name, call in (
            ("torch._utils._rebuild_tensor_v2", PendingTensor),
            ("torch.storage._load_from_bytes", _load_from_bytes),
        )
    }
)
"""The names of `MODEL_NAMES` and those of tensors, which become NumPy arrays."""


def parse_torch_archive(content: bytes, source: str) -> Any:
    """What `torch.save` wrote into a zip file, with tensors as NumPy arrays; read as by `safe_pickle.parse_pickle`."""
    budget, stored = FileBudget(len(content), source), {}
    with (
        reading(source, "torch.save writes other files, get it again"),
        zipfile.ZipFile(io.BytesIO(content)) as archive,
    ):
        names = [name for name in archive.namelist() if name.endswith("/data.pkl") or name == "data.pkl"]
        if len(names) != 1:
            raise InputError(f"{source}: this is no file saved by torch; get the file again.")
        folder = names[0][: -len("data.pkl")]

        def unpacked(name: str) -> bytes:
            entry = archive.getinfo(name)
            budget.take(entry.file_size, f"'{entry.filename}' unpacked")
            return archive.read(entry)

        def storage(identity):
            made = _storage(identity)
            # Tensors share their storages, and thousands may name one.
            try:
                made.content = stored[made.key] = stored.get(made.key) or unpacked(f"{folder}data/{made.key}")
            except KeyError:
                raise Refused(f"holds a tensor whose storage {shown(made.key)} is missing") from None
            return made

        return parse_pickle(unpacked(names[0]), source, TENSOR_NAMES, storage, budget)
