"""Small files made to do harm: what once took gigabytes, ended the process, or was believed."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable

import numpy as np

from .readers import READERS


def _glb(change: Callable[[dict], None]) -> bytes:
    whole = READERS["glb"].samples()[0]
    (size,) = struct.unpack_from("<I", whole, 12)
    document = json.loads(whole[20 : 20 + size])
    change(document)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I", len(text)) + b"JSON" + text + whole[20 + size :]
    return whole[:8] + struct.pack("<I", 12 + len(body)) + body


def _stride_of_zero(document: dict) -> None:
    for view in document["bufferViews"]:
        view["byteStride"] = 0
    for accessor in document["accessors"]:
        accessor["count"] = 50_000_000


def _count_without_view(document: dict) -> None:
    for accessor in document["accessors"]:
        accessor.pop("bufferView", None)
        accessor["count"] = 300_000_000


def _instances(document: dict) -> None:
    for accessor in document["accessors"]:
        accessor.pop("bufferView", None)
        accessor["count"] = 30_000
    document["nodes"] = [{"mesh": 0}] * 2000
    document["scenes"] = [{"nodes": list(range(2000))}]


def _ply(vertices: int, faces: int, body: bytes = b"") -> bytes:
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {vertices}\nproperty float x\nproperty float y\n"
    head += f"property float z\nelement face {faces}\nproperty list uint int vertex_indices\nend_header\n"
    return head.encode() + body


def _npy(claim: str) -> bytes:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {claim}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def _zipped(members: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _bomb() -> bytes:
    return _zipped({"a.npy": _npy("(20000000,)") + bytes(160_000_000)}, zipfile.ZIP_DEFLATED)


def _encrypted() -> bytes:
    content = bytearray(_zipped({"vertices.npy": _npy("(0, 3)")}))
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    content[6] |= 1
    return bytes(content)


def _overlapping() -> bytes:
    entry = {"dtype": "F32", "shape": [250_000], "data_offsets": [0, 1_000_000]}
    text = json.dumps({f"t{number}": entry for number in range(2000)}).encode()
    return struct.pack("<Q", len(text)) + text + bytes(1_000_000)


def _one_storage_many_times() -> bytes:
    import torch

    base = torch.zeros(250_000)
    stream = io.BytesIO()
    torch.save({"flame": {f"t{number}": base[:] for number in range(3000)}}, stream)
    return stream.getvalue()


def _strides_of_zero() -> bytes:
    import torch

    stream = io.BytesIO()
    torch.save({"mapping.fc0.weight": torch.zeros(1).expand(40_000, 40_000)}, stream)
    return stream.getvalue()


def _copying_calls() -> bytes:
    """A list of 100,000 numbers, and 3,000 sets of it."""
    body = b"\x80\x02](" + b"".join(b"J" + struct.pack("<i", number) for number in range(100_000)) + b"eq\x00"
    return body + b"](" + b"cbuiltins\nset\nh\x00\x85R" * 3000 + b"e."


def _arrays_of_one_content() -> bytes:
    """One content of 1 MB, and 3,000 arrays that each copy it into the other byte order."""
    content = pickle.dumps(bytes(1_000_000), 4)[:-1] + b"\x94"
    array = pickle.dumps(np.zeros(125_000, ">f8"), 2)
    assert array
    made = (
        b"cnumpy.core.numeric\n_frombuffer\n(h\x00cnumpy\ndtype\n(X\x02\x00\x00\x00f8K\x00K\x01tR"
        b"(K\x03X\x01\x00\x00\x00>NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"J" + struct.pack("<i", 125_000) + b"\x85X\x01\x00\x00\x00CtR"
    )
    return content + b"0](" + made * 3000 + b"e."


def _png() -> bytes:
    whole = bytearray(READERS["texture png"].samples()[0])
    whole[16:24] = struct.pack(">II", 30_000, 30_000)
    whole[29:33] = struct.pack(">I", __import__("zlib").crc32(bytes(whole[12:29])))
    return bytes(whole)


def _exr() -> bytes:
    whole = READERS["texture exr"].samples()[0]
    at = whole.index(b"dataWindow\0box2i\0") + 21
    return whole[:at] + struct.pack("<4i", 0, 0, 29_999, 29_999) + whole[at + 16 :]


def _array(values) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def _text(value: str) -> bytes:
    return _array(np.array(value))


def _damaged_packing() -> bytes:
    """Not a bit of the directory is wrong: only who unpacks the member finds out."""
    content = bytearray(_zipped({"shape.npy": _array(np.arange(3000.0))}, zipfile.ZIP_DEFLATED))
    at = 30 + len("shape.npy")
    content[at + 2 : at + 40] = b"\xff" * 38
    return bytes(content)


_NESTED = b"[" * 200_000

CRAFTED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a stride of zero": ("glb", lambda: _glb(_stride_of_zero)),
    "a count without content": ("glb", lambda: _glb(_count_without_view)),
    "a mesh placed 2,000 times": ("glb", lambda: _glb(_instances)),
    "the mesh -1": ("glb", lambda: _glb(lambda document: document["nodes"][0].update(mesh=-1))),
    "a billion vertices": ("ply", lambda: _ply(10**9, 1)),
    "a billion faces": ("ply", lambda: _ply(0, 10**9)),
    "a list of four billion": ("ply", lambda: _ply(1, 1, bytes(12) + b"\xff" * 8)),
    "a fractional vertex": (
        "ply, text",
        lambda: READERS["ply, text"].samples()[0].replace(b"3 0 1 2 6", b"3 0 1.5 2 6"),
    ),
    "22 GB in a header": ("npy", lambda: _npy("(2750000000,)")),
    "22 GB in a mesh": ("mesh npz", lambda: _zipped({"vertices.npy": _npy("(2750000000,)")})),
    "22 GB of landmarks": ("landmarks npy", lambda: _npy("(900000000, 3)")),
    "160 MB of zeros, packed": ("npz", _bomb),
    "160 MB of zeros, packed, part by part": ("npz, part by part", _bomb),
    "an encrypted archive": ("mesh npz", _encrypted),
    "overlapping tensors": ("safetensors", _overlapping),
    "one storage, many tensors": ("tracker frame", _one_storage_many_times),
    "a tensor of strides of zero": ("torch", _strides_of_zero),
    "calls that copy": ("pickle", _copying_calls),
    "arrays that copy": ("pickle", _arrays_of_one_content),
    "30,000 x 30,000 in a small PNG": ("texture png", _png),
    "30,000 x 30,000 in a small PNG of a photo": ("photo png", _png),
    "30,000 x 30,000 in a small EXR": ("texture exr", _exr),
    "a HEIC picture without its decoder's settings": (
        "photo heic",
        lambda: READERS["photo heic"].samples()[0].replace(b"hvcC", b"HvcC"),
    ),
    "a member of a zip whose packing is damaged": ("tracker flame-head-tracker", _damaged_packing),
    "a sequence whose arrays do not fit": (
        "sequence",
        lambda: _zipped(
            {
                "format.npy": _text("headbridge sequence 1"),
                "source.npy": _text("someone"),
                "frame_ids.npy": _array(np.arange(3)),
                "translation.npy": _array(np.zeros((2, 3))),
            }
        ),
    ),
    "half a JPEG": ("texture jpeg", lambda: READERS["texture jpeg"].samples()[0][:900]),
    "true as a vertex": ("landmark pairs", lambda: b'{"pairs": [{"source": {"vertex": true}, "target": [0, 0, 0]}]}'),
    "nested landmarks": ("landmarks json", lambda: _NESTED),
    "nested landmarks of a photo": ("photo landmarks json", lambda: _NESTED),
    "nested pairs": ("landmark pairs", lambda: _NESTED),
    "nested cameras": ("cameras", lambda: _NESTED),
    "nested bones": ("hack bones", lambda: _NESTED),
    "a number of 400 digits": ("landmark pairs", lambda: b'{"pairs": [{"source": [%s, 0, 0]}]}' % (b"9" * 400)),
    "an unknown encoding": ("landmarks pp", lambda: b'<?xml version="1.0" encoding="x-none"?><PickedPoints/>'),
}
"""Name to the reader and the file, each of which the reader has to refuse."""
