"""The safetensors format: a length, a JSON header, and the tensors' bytes; nothing in it can run."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import torch

from .errors import InputError
from .reading import reading

_TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "U8": torch.uint8,
}
_METADATA = "__metadata__"
_LARGEST_HEADER = 16_000_000


def encode_safetensors(tensors: dict[str, torch.Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """The content of a .safetensors file; tensors in the order of their names, so that equal ones give equal bytes."""
    names = {dtype: name for name, dtype in _TYPES.items()}
    header: dict = {_METADATA: dict(sorted(metadata.items()))} if metadata else {}
    parts, end = [], 0
    for name, tensor in sorted(tensors.items()):
        part = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        header[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [end, end + len(part)],
        }
        parts.append(part)
        end += len(part)
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    # The tensors start at a multiple of eight bytes.
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *parts])


def read_safetensors(content: bytes, path: Path) -> dict[str, torch.Tensor]:
    """Tensors by name from a file's content; `path` is for messages.

    Raises `InputError` when the content is no whole safetensors file."""
    header, start = _header(content, path)
    tensors, room = {}, len(content) - start
    for name, entry in header.items():
        if name == _METADATA:
            continue
        try:
            dtype, shape, offsets = _TYPES[entry["dtype"]], entry["shape"], entry["data_offsets"]
            if any(type(number) is not int for number in (*shape, *offsets)):
                raise ValueError("sizes and places are whole numbers")
            first, last = (start + offset for offset in offsets)
        except (KeyError, TypeError, ValueError) as problem:
            raise InputError(f"{path}: the tensor '{name}' is described wrongly; get the file again.") from problem
        size = torch.empty((), dtype=dtype).element_size() * math.prod(shape)
        if min(shape, default=0) < 0 or first < start or last - first != size or last > len(content):
            raise InputError(f"{path}: the tensor '{name}' is cut off or described wrongly; get the file again.")
        # The format has every byte in one tensor; overlapping ones would take more memory than the file.
        room -= size
        if room < 0:
            raise InputError(f"{path}: the tensor '{name}' overlaps another one; get the file again.")
        with reading(path, "get the file again"):
            flat = (
                torch.frombuffer(bytearray(content[first:last]), dtype=dtype) if size else torch.empty(0, dtype=dtype)
            )
            tensors[name] = flat.reshape(shape)
    return tensors


def read_safetensors_metadata(content: bytes, path: Path) -> dict[str, str]:
    """What a file's header says beside its tensors; `InputError` as `read_safetensors`."""
    told = _header(content, path)[0].get(_METADATA, {})
    return {str(key): str(value) for key, value in told.items()}


def _header(content: bytes, path: Path) -> tuple[dict, int]:
    length = struct.unpack("<Q", content[:8])[0] if len(content) >= 8 else _LARGEST_HEADER + 1
    if length > min(_LARGEST_HEADER, len(content) - 8):
        raise InputError(f"{path}: this is no safetensors file, or it is cut off; get it again.")
    try:
        header = json.loads(content[8 : 8 + length].decode("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{path}: the safetensors header cannot be read; get the file again.") from problem
    if not isinstance(header, dict) or not all(isinstance(entry, dict) for entry in header.values()):
        raise InputError(f"{path}: the safetensors header cannot be read; get the file again.")
    return header, 8 + length
