"""Reading PLY, ASCII and binary of either byte order: mixed polygons, UVs per corner or per vertex, colours of vertices."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..mesh import Mesh
from .coloured import ColouredMesh, shares_of_one

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1",
    "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_COLOUR_NAMES = (("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue"))
_UV_NAMES = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))


@dataclass(frozen=True)
class _Property:
    name: str
    kind: str
    count_kind: str | None = None


@dataclass(frozen=True)
class _Element:
    name: str
    count: int
    properties: list[_Property]


@dataclass(frozen=True)
class _List:
    """A list property of an element: `sizes` per record, and all `values` one record after the other."""

    sizes: np.ndarray
    values: np.ndarray


def decode(content: bytes, source: str) -> ColouredMesh:
    """The mesh of a PLY file with its vertices' colours; materials are not part of the format."""
    order, elements, body = _header(content, source)
    values = _ascii_elements(body, elements, source) if order == "" else _binary_elements(body, elements, order, source)
    vertex, face = values.get("vertex"), values.get("face")
    if not vertex or any(axis not in vertex for axis in "xyz"):
        raise InputError(f"{source}: there are no vertices with x, y and z in the file.")
    polygons = None if face is None else face.get("vertex_indices", face.get("vertex_index"))
    if not isinstance(polygons, _List) or not len(polygons.sizes):
        raise InputError(f"{source}: there are no faces in the file; export a mesh, not a point cloud.")
    if polygons.sizes.min() < 3:
        raise InputError(
            f"{source}: face {int(np.argmin(polygons.sizes))} has fewer than three corners; delete such faces."
        )
    if any(isinstance(vertex[axis], _List) for axis in "xyz"):
        raise InputError(f"{source}: the positions of the vertices are lists; export it again.")
    vertices = np.stack([vertex[axis] for axis in "xyz"], axis=1)
    corners = polygons.values.astype(np.int64)
    fractional = polygons.values != corners
    if fractional.any():
        wrong = polygons.values[int(np.argmax(fractional))]
        raise InputError(f"{source}: a face names vertex {wrong:g}, which is no whole number; export it again.")
    if corners.min() < 0 or corners.max() >= len(vertices):
        wrong = int(corners.min() if corners.min() < 0 else corners.max())
        raise InputError(f"{source}: a face names vertex {wrong}, but the file has {len(vertices)}; export it again.")
    mesh = Mesh(vertices, corners, polygons.sizes, _uvs(vertex, face, polygons), name=source)
    return ColouredMesh(mesh, _vertex_colours(vertex, elements, order))


def _vertex_colours(vertex: dict, elements: list[_Element], order: str) -> np.ndarray | None:
    for names in _COLOUR_NAMES:
        if not all(name in vertex and not isinstance(vertex[name], _List) for name in names):
            continue
        colours = np.stack([vertex[name] for name in names], axis=1)
        if order == "":
            # As text all are floats: the header says what they are.
            kinds = {p.name: p.kind for element in elements if element.name == "vertex" for p in element.properties}
            kind = np.dtype(kinds[names[0]])
            if kind.kind in "iu":
                return shares_of_one(np.clip(colours, *_bounds(kind)).astype(kind))
        return shares_of_one(colours)
    return None


def _bounds(kind: np.dtype) -> tuple[int, int]:
    return np.iinfo(kind).min, np.iinfo(kind).max


def _uvs(vertex: dict, face: dict, polygons: _List) -> np.ndarray | None:
    per_corner = face.get("texcoord")
    if isinstance(per_corner, _List) and np.array_equal(per_corner.sizes, 2 * polygons.sizes):
        return per_corner.values.reshape(-1, 2)
    for u, v in _UV_NAMES:
        if u in vertex and v in vertex:
            return np.stack([vertex[u], vertex[v]], axis=1)[polygons.values.astype(np.int64)]
    return None


def _header(content: bytes, source: str) -> tuple[str, list[_Element], bytes]:
    """Byte order ("" for ASCII), elements, and the bytes behind the header."""
    if not content.startswith(b"ply"):
        raise InputError(f"{source}: this is no PLY file; its first line should be 'ply'.")
    mark = content.find(b"end_header")
    end = content.find(b"\n", mark)
    if mark < 0 or end < 0:
        raise InputError(f"{source}: the file ends inside its header; export it again.")
    order = None
    elements: list[_Element] = []
    for line in content[:mark].decode("latin-1").splitlines()[1:]:
        words = line.split()
        if not words or words[0] in ("comment", "obj_info"):
            continue
        try:
            if words[0] == "format":
                order = _ORDERS[words[1]]
            elif words[0] == "element":
                elements.append(_Element(words[1], int(words[2]), []))
            elif words[:2] == ["property", "list"]:
                elements[-1].properties.append(_Property(words[4], _TYPES[words[3]], _TYPES[words[2]]))
            elif words[0] == "property":
                elements[-1].properties.append(_Property(words[2], _TYPES[words[1]]))
            else:
                raise KeyError(words[0])
        except (KeyError, IndexError, ValueError):
            raise InputError(
                f"{source}: the header line '{line.strip()}' is not understood; export it again."
            ) from None
    if order is None:
        raise InputError(f"{source}: the header names no format; export it again.")
    body = content[end + 1 :]
    for element in elements:
        _check_count(element, order, len(body), source)
    return order, elements, body


def _check_count(element: _Element, order: str, room: int, source: str) -> None:
    """No record is made before it is known that the file could hold as many."""
    if order == "":
        # A digit and a blank; the last blank may be missing.
        least = 2 * len(element.properties)
        room += 1
    else:
        least = sum(_size(p.count_kind or p.kind) for p in element.properties)
    if element.count < 0 or (least and element.count * least > room) or (element.count and not least):
        raise _truncated(source, element)


def _truncated(source: str, element: _Element) -> InputError:
    return InputError(
        f"{source}: the file ends before its {element.count} '{element.name}' records do; "
        "it is truncated, copy it again."
    )


def _ascii_elements(body: bytes, elements: list[_Element], source: str) -> dict[str, dict]:
    try:
        numbers = np.fromiter(map(float, body.split()), np.float64)
    except ValueError as problem:
        raise InputError(
            f"{source}: the file holds something that is not a number ({problem}); export it again."
        ) from None
    found = {}
    at = 0
    for element in elements:
        found[element.name], at = _ascii_element(numbers, at, element, source)
    return found


def _ascii_element(numbers: np.ndarray, at: int, element: _Element, source: str) -> tuple[dict, int]:
    if not any(p.count_kind for p in element.properties):
        width = len(element.properties)
        if at + element.count * width > len(numbers):
            raise _truncated(source, element)
        table = numbers[at : at + element.count * width].reshape(element.count, width)
        return {p.name: table[:, k] for k, p in enumerate(element.properties)}, at + element.count * width
    starts = np.empty((len(element.properties), element.count), dtype=np.int64)
    sizes = np.ones_like(starts)
    for record in range(element.count):
        for k, p in enumerate(element.properties):
            if p.count_kind:
                if at >= len(numbers):
                    raise _truncated(source, element)
                size = numbers[at]
                # NaN and infinity are no whole numbers either.
                if not size % 1 == 0 or not 0 <= size <= len(numbers):
                    raise InputError(f"{source}: a list of {size:g} values; the file is damaged, export it again.")
                sizes[k, record] = size
                at += 1
            starts[k, record] = at
            at += sizes[k, record]
    if at > len(numbers):
        raise _truncated(source, element)
    columns = {}
    for k, p in enumerate(element.properties):
        values = numbers[_ranges(starts[k], sizes[k])]
        columns[p.name] = _List(sizes[k], values) if p.count_kind else values
    return columns, at


def _binary_elements(body: bytes, elements: list[_Element], order: str, source: str) -> dict[str, dict]:
    found = {}
    at = 0
    for element in elements:
        read = _binary_lists if any(p.count_kind for p in element.properties) else _binary_scalars
        found[element.name], at = read(body, at, element, order, source)
    return found


def _binary_scalars(body: bytes, at: int, element: _Element, order: str, source: str) -> tuple[dict, int]:
    record = np.dtype([(p.name, order + p.kind) for p in element.properties])
    end = at + element.count * record.itemsize
    if end > len(body):
        raise _truncated(source, element)
    table = np.frombuffer(body, record, element.count, at)
    return {p.name: table[p.name] for p in element.properties}, end


def _binary_lists(body: bytes, at: int, element: _Element, order: str, source: str) -> tuple[dict, int]:
    """Records with lists: when all are as long as the first one they are a table, else each is looked at."""
    starts, sizes, length = _walk(body, at, element, order, min(element.count, 1), source)
    if element.count and at + element.count * length <= len(body):
        starts = starts + length * np.arange(element.count)
        counts = [
            _gather(body, starts[k] - _size(p.count_kind), 1, order + p.count_kind)[:, 0]
            for k, p in enumerate(element.properties)
            if p.count_kind
        ]
        expected = [sizes[k, 0] for k, p in enumerate(element.properties) if p.count_kind]
        if all((count == size).all() for count, size in zip(counts, expected)):
            return _list_columns(
                body, starts, np.repeat(sizes, element.count, axis=1), element, order
            ), at + element.count * length
    starts, sizes, length = _walk(body, at, element, order, element.count, source)
    return _list_columns(body, starts, sizes, element, order), at + length


def _walk(body: bytes, first: int, element: _Element, order: str, records: int, source: str):
    """Byte offset and size of every property of the first `records` records, and how many bytes these are long."""
    starts = np.empty((len(element.properties), records), dtype=np.int64)
    sizes = np.ones_like(starts)
    at = first
    steps = [
        (
            k,
            struct.Struct(order + np.dtype(p.count_kind).char).unpack_from if p.count_kind else None,
            _size(p.count_kind) if p.count_kind else 0,
            _size(p.kind),
        )
        for k, p in enumerate(element.properties)
    ]
    for record in range(records):
        for k, read_count, count_bytes, value_bytes in steps:
            size = 1
            if read_count is not None:
                if at + count_bytes > len(body):
                    raise _truncated(source, element)
                size = int(read_count(body, at)[0])
                if size < 0:
                    raise InputError(f"{source}: a list of negative length; the file is damaged, export it again.")
                sizes[k, record] = size
                at += count_bytes
            starts[k, record] = at
            at += size * value_bytes
    if at > len(body):
        raise _truncated(source, element)
    return starts, sizes, at - first


def _list_columns(body: bytes, starts: np.ndarray, sizes: np.ndarray, element: _Element, order: str) -> dict:
    columns = {}
    for k, p in enumerate(element.properties):
        width = sizes[k]
        values = np.empty(int(width.sum()), dtype=p.kind)
        into = np.concatenate([[0], np.cumsum(width[:-1])]).astype(np.int64)
        for size in np.unique(width):
            chosen = np.flatnonzero(width == size)
            values[into[chosen][:, None] + np.arange(size)] = _gather(
                body, starts[k][chosen], int(size), order + p.kind
            )
        columns[p.name] = _List(width, values) if p.count_kind else values
    return columns


def _gather(body: bytes, starts: np.ndarray, size: int, kind: str) -> np.ndarray:
    """(N, size) values of `kind`, `size` in a row from each of N byte offsets."""
    raw = np.frombuffer(body, np.uint8)[starts[:, None] + np.arange(size * _size(kind))]
    return np.ascontiguousarray(raw).view(kind).reshape(len(starts), size)


def _ranges(starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The concatenation of range(start, start + size)."""
    offset = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(starts, sizes) + offset


def _size(kind: str) -> int:
    return np.dtype(kind).itemsize
