"""Mesh files with colours, written here by their specifications."""

from __future__ import annotations

import json
import struct

import numpy as np


class GlbWriter:
    """Puts a binary glTF 2.0 file together from arrays and documents."""

    def __init__(self):
        self.document = {
            "asset": {"version": "2.0"}, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}], "meshes": [{"primitives": []}],
            "accessors": [], "bufferViews": [], "materials": [], "textures": [], "images": [], "samplers": [],
        }  # fmt: skip
        self._binary = b""

    def view(self, content: bytes) -> int:
        self._binary += b"\0" * (-len(self._binary) % 4)
        described = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": len(content)}
        self._binary += content
        return self._add("bufferViews", described)

    def accessor(self, values: np.ndarray, normalized: bool = False) -> int:
        kind = {"f4": 5126, "u1": 5121, "u2": 5123, "u4": 5125}[values.dtype.str[1:]]
        width = "SCALAR" if values.ndim == 1 else f"VEC{values.shape[1]}"
        rows = values if values.ndim == 1 or values.dtype.itemsize * values.shape[1] % 4 == 0 else None
        assert rows is not None, "rows are aligned to four bytes"
        described = {
            "bufferView": self.view(values.tobytes()),
            "componentType": kind,
            "count": len(values),
            "type": width,
        }
        if normalized:
            described["normalized"] = True
        return self._add("accessors", described)

    def image(self, content: bytes, **sampler) -> int:
        """A texture of an image in the file."""
        image = self._add("images", {"bufferView": self.view(content), "mimeType": "image/png"})
        described = {"source": image}
        if sampler:
            described["sampler"] = self._add("samplers", sampler)
        return self._add("textures", described)

    def material(self, name: str, **shading) -> int:
        return self._add("materials", {"name": name, "pbrMetallicRoughness": shading})

    def primitive(self, triangles: np.ndarray, material: int | None = None, **attributes: int) -> None:
        described = {"attributes": attributes, "indices": self.accessor(triangles.astype("<u4").ravel())}
        if material is not None:
            described["material"] = material
        self.document["meshes"][0]["primitives"].append(described)

    def content(self) -> bytes:
        document = {key: value for key, value in self.document.items() if value}
        document["buffers"] = [{"byteLength": len(self._binary)}]
        text = json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        binary = self._binary + b"\0" * (-len(self._binary) % 4)
        body = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
        return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body

    def _add(self, kind: str, described: dict) -> int:
        self.document[kind].append(described)
        return len(self.document[kind]) - 1
