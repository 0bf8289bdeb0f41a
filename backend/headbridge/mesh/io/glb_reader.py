"""Reading binary glTF 2.0: all triangle meshes of the scene, in its frame, joined into one."""

from __future__ import annotations

import json
import struct

import numpy as np

from ...errors import InputError
from ...memory import FileBudget
from ...reading import reading
from ..mesh import Mesh
from .coloured import ColouredMesh, Picture
from .glb_pictures import item_of, material_picture
from .weld import weld_edges

MAGIC, JSON_CHUNK, BIN_CHUNK = b"glTF", b"JSON", b"BIN\0"
_COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_TRIANGLES, _STRIP, _FAN = 4, 5, 6
# Extensions that change how positions, indices or UVs are stored; any other one leaves the geometry readable.
_COMPRESSED = {
    "KHR_draco_mesh_compression": "Draco",
    "EXT_meshopt_compression": "meshopt",
    "KHR_meshopt_compression": "meshopt",
}


def decode(content: bytes, source: str) -> ColouredMesh:
    """The mesh of a GLB file, with the colours of its vertices and the base colours of its materials.

    Node transforms are applied, skins and morph targets are not. Edges that lie exactly on each other are joined,
    which undoes the splits along seams and hard edges; UVs stay per corner, with v counted from below as everywhere
    in HeadBridge.
    """
    document, binary = _chunks(content, source)
    _check_plain(document.get("extensionsRequired", ()), source)
    budget = FileBudget(len(content), source)
    accessors = _Accessors(document, binary, source, budget)
    parts = []
    for piece, (mesh_index, transform) in enumerate(_placed_meshes(document, source)):
        for primitive in item_of(document, "meshes", mesh_index)["primitives"]:
            if primitive.get("mode", _TRIANGLES) in (_TRIANGLES, _STRIP, _FAN):
                # Where it is not required, plain arrays may stand beside it.
                if "bufferView" not in item_of(document, "accessors", primitive["attributes"]["POSITION"]):
                    _check_plain(primitive.get("extensions", {}), source)
                parts.append(_Part(primitive, piece, transform, accessors, source))
                # A mesh may be placed many times. Joining the copies takes several times what they hold.
                budget.take(3 * parts[-1].size, "the placed meshes")
    if not any(len(part.triangles) for part in parts):
        raise InputError(f"{source}: there are no triangles in the file; export a mesh with faces.")
    return _joined(parts, document, binary, source)


def _check_plain(extensions, source: str) -> None:
    for name, compression in _COMPRESSED.items():
        if name in extensions:
            raise InputError(
                f"{source}: the geometry is compressed with {compression} ({name}), which is not read; export it without "
                "compression (in Blender's glTF export: Data > Compression off)."
            )


def _chunks(content: bytes, source: str) -> tuple[dict, bytes]:
    if content[:4] != MAGIC:
        raise InputError(f"{source}: this is no binary glTF file; export as .glb.")
    version, length = struct.unpack_from("<II", content, 4)
    if version != 2:
        raise InputError(f"{source}: this is glTF version {version}; export as glTF 2.0.")
    if length > len(content):
        raise InputError(f"{source}: the file is truncated ({len(content)} of {length} bytes); copy it again.")
    chunks = {}
    at = 12
    while at + 8 <= length:
        (size,) = struct.unpack_from("<I", content, at)
        if at + 8 + size > length:
            raise InputError(f"{source}: a chunk reaches beyond the end of the file; it is damaged, export it again.")
        chunks.setdefault(content[at + 4 : at + 8], content[at + 8 : at + 8 + size])
        at += 8 + size
    document = json.loads(chunks[JSON_CHUNK])
    if not isinstance(document, dict):
        raise InputError(f"{source}: the file's description is not an object; it is damaged, export it again.")
    return document, chunks.get(BIN_CHUNK, b"")


def _whole(table: dict, key: str, otherwise: int | None = None, least: int = 0) -> int:
    """A count, offset or stride."""
    value = table[key] if otherwise is None else table.get(key, otherwise)
    if type(value) is not int or value < least:
        raise ValueError(f"{key} is {value!r}")
    return value


class _Accessors:
    """The typed arrays of a glTF file."""

    def __init__(self, document: dict, binary: bytes, source: str, budget: FileBudget):
        self._document = document
        self._binary = binary
        self._source = source
        self._budget = budget

    def read(self, index: int) -> np.ndarray:
        """(N, K) values of an accessor, as float where it is normalised."""
        accessor = item_of(self._document, "accessors", index)
        kind = np.dtype(_COMPONENTS[accessor["componentType"]])
        count, width = _whole(accessor, "count", least=1), _WIDTHS[accessor["type"]]
        self._budget.take(count * width * kind.itemsize, f"the array {index}")
        if "bufferView" in accessor:
            values = self._view(accessor["bufferView"], _whole(accessor, "byteOffset", 0), kind, count, width).copy()
        else:
            values = np.zeros((count, width), kind)
        if "sparse" in accessor:
            changes = accessor["sparse"]
            where, what = changes["indices"], changes["values"]
            at = self._view(
                where["bufferView"],
                _whole(where, "byteOffset", 0),
                np.dtype(_COMPONENTS[where["componentType"]]),
                _whole(changes, "count", least=1),
                1,
            )[:, 0]
            if at.min() < 0:
                raise ValueError(f"a changed value has the number {at.min()}")
            values[at] = self._view(what["bufferView"], _whole(what, "byteOffset", 0), kind, changes["count"], width)
        if accessor.get("normalized"):
            values = np.maximum(values.astype(np.float64) / np.iinfo(kind).max, -1.0)
        return values

    def _view(self, index: int, offset: int, kind: np.dtype, count: int, width: int) -> np.ndarray:
        view = item_of(self._document, "bufferViews", index)
        if "uri" in item_of(self._document, "buffers", view["buffer"]):
            raise InputError(f"{self._source}: the geometry lies in another file; export as one .glb.")
        start = _whole(view, "byteOffset", 0) + offset
        # Values of one row after the other; a stride below would have one byte in many.
        stride = _whole(view, "byteStride", kind.itemsize * width, least=kind.itemsize * width)
        if start + (count - 1) * stride + kind.itemsize * width > len(self._binary):
            raise InputError(
                f"{self._source}: an array reaches beyond the end of the file; it is damaged, export it again."
            )
        return np.ndarray((count, width), kind, self._binary, start, (stride, kind.itemsize))


class _Part:
    """One primitive: world positions, (T, 3) triangles into them, UVs per corner or None, material index or None.

    `piece` is the number of the placed mesh it belongs to; parts of equal `block` share their positions."""

    def __init__(self, primitive: dict, piece: int, transform: np.ndarray, accessors: _Accessors, source: str):
        self.piece = piece
        attributes = primitive["attributes"]
        # A file without node transforms keeps its float32 values exactly.
        self.block = (piece, attributes["POSITION"])
        local = accessors.read(attributes["POSITION"]).astype(np.float64)
        self.positions = local @ transform[:3, :3].T + transform[:3, 3]
        count = len(local)
        order = accessors.read(primitive["indices"])[:, 0] if "indices" in primitive else np.arange(count)
        self.triangles = _triangles(order.astype(np.int64), primitive.get("mode", _TRIANGLES))
        wrong = self.triangles[(self.triangles < 0) | (self.triangles >= count)]
        if wrong.size:
            raise InputError(f"{source}: a face names vertex {wrong[0]}, but there are {count}; export it again.")
        if np.linalg.det(transform[:3, :3]) < 0.0:
            self.triangles = self.triangles[:, ::-1]
        self.uvs = None
        if "TEXCOORD_0" in attributes:
            upside_down = accessors.read(attributes["TEXCOORD_0"])[self.triangles.reshape(-1)]
            self.uvs = upside_down.astype(np.float64) * (1.0, -1.0) + (0.0, 1.0)
        self.material = primitive.get("material")
        self.colours = None
        if "COLOR_0" in attributes:
            colours = accessors.read(attributes["COLOR_0"])[:, :3]
            if colours.shape != (count, 3):
                raise InputError(f"{source}: {len(colours)} colours for {count} vertices; export it again.")
            self.colours = np.clip(colours, 0.0, 1.0).astype(np.float32)

    @property
    def size(self) -> int:
        """Bytes of its arrays."""
        uvs = 0 if self.uvs is None else self.uvs.nbytes
        colours = 0 if self.colours is None else self.colours.nbytes
        return self.positions.nbytes + self.triangles.nbytes + uvs + colours


def _triangles(order: np.ndarray, mode: int) -> np.ndarray:
    if mode == _TRIANGLES:
        return order[: len(order) // 3 * 3].reshape(-1, 3)
    first = np.arange(max(len(order) - 2, 0))
    if mode == _FAN:
        return np.stack([order[np.zeros_like(first)], order[first + 1], order[first + 2]], axis=1)
    odd = first % 2
    return np.stack([order[first], order[first + 1 + odd], order[first + 2 - odd]], axis=1)


def _placed_meshes(document: dict, source: str) -> list[tuple[int, np.ndarray]]:
    """Mesh index and (4, 4) world transform of every mesh node of the default scene (of all nodes when there is no
    scene)."""
    nodes = document.get("nodes", [])
    children = {child for node in nodes for child in node.get("children", ())}
    roots = [index for index in range(len(nodes)) if index not in children]
    if document.get("scenes"):
        roots = item_of(document, "scenes", document.get("scene", 0)).get("nodes", [])
    placed = []
    waiting = [(index, np.eye(4)) for index in reversed(roots)]
    visited = set()
    while waiting:
        index, parent = waiting.pop()
        if index in visited:
            raise InputError(f"{source}: the node {index} is its own ancestor or has two parents; export it again.")
        visited.add(index)
        node = item_of(document, "nodes", index)
        transform = parent @ _local_transform(node)
        if "mesh" in node:
            placed.append((node["mesh"], transform))
        waiting += [(child, transform) for child in reversed(node.get("children", []))]
    return placed


def _local_transform(node: dict) -> np.ndarray:
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    transform = np.eye(4)
    transform[:3, :3] = rotation * np.asarray(node.get("scale", (1.0, 1.0, 1.0)), dtype=np.float64)
    transform[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return transform


def _joined(parts: list[_Part], document: dict, binary: bytes, source: str) -> ColouredMesh:
    blocks = {part.block: part.positions for part in parts}
    offsets = dict(zip(blocks, np.cumsum([0] + [len(block) for block in blocks.values()])))
    positions = np.concatenate(list(blocks.values()))
    corners = np.concatenate([part.triangles + offsets[part.block] for part in parts])
    uvs = None
    if any(part.uvs is not None for part in parts):
        uvs = np.concatenate([np.zeros((part.triangles.size, 2)) if part.uvs is None else part.uvs for part in parts])
    colours = None
    if all(part.colours is not None for part in parts):
        colours = np.concatenate([*{part.block: part.colours for part in parts}.values()])
    lengths = [len(part.triangles) for part in parts]
    # Primitives of one node are one piece cut by material.
    pieces = np.repeat([part.piece for part in parts], lengths)
    first, which = weld_edges(positions, corners, pieces)
    used = list(dict.fromkeys(part.material for part in parts))
    face_materials, names = None, ()
    if used != [None]:
        names = tuple(
            "default" if m is None else str(item_of(document, "materials", m).get("name", f"material {m}"))
            for m in used
        )
        face_materials = np.repeat([used.index(part.material) for part in parts], lengths)
    mesh = Mesh.from_faces(
        positions[first], which[corners], uvs=uvs, face_materials=face_materials, material_names=names, name=source
    )

    def pictures() -> tuple[Picture, ...]:
        with reading(source):
            made = tuple(material_picture(document, binary, m, source) for m in used) if names else ()
        return made if any(picture.content is not None for picture in made) else ()

    # glTF's colours are linear light.
    return ColouredMesh(mesh, None if colours is None else colours[first], True, pictures)
