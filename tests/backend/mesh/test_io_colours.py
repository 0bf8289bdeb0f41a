"""Colours of vertices in OBJ, PLY and GLB."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh.io import read_coloured_mesh, read_mesh

from .coloured_files import GlbWriter

VERTICES = [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
COLOURS = np.array([[255, 0, 51], [0, 102, 255], [204, 255, 0]])
SHARES = COLOURS / 255.0


def read(folder, name, content):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_coloured_mesh(folder / name)


def obj(colours, more="") -> str:
    lines = [f"v {' '.join(map(str, v))} {' '.join(map(str, c))}{more}" for v, c in zip(VERTICES, colours)]
    return "\n".join([*lines, "f 1 2 3"])


@pytest.mark.parametrize(
    "content",
    [obj(SHARES.tolist()), obj(COLOURS.tolist()), obj(SHARES.tolist(), " 1.0"), obj(SHARES.tolist()) + "\n# end\n"],
)
def test_obj(tmp_path, content):
    found = read(tmp_path, "a.obj", content)
    np.testing.assert_allclose(found.vertex_colours, SHARES, atol=1e-6)
    assert not found.linear and found.pictures() == ()
    np.testing.assert_array_equal(found.mesh.vertices, VERTICES)


@pytest.mark.parametrize(
    "content",
    [
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3",
        "v 0 0 0 1\nv 1 0 0 1\nv 0 1 0 1\nf 1 2 3",
        "v 0 0 0 1 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3",
        obj((-SHARES).tolist()),
        obj(np.full((3, 3), np.nan).tolist()),
    ],
)
def test_obj_without_a_colour_for_every_vertex(tmp_path, content):
    assert read(tmp_path, "a.obj", content).vertex_colours is None


def ply(kind: str, names: tuple[str, ...], values: np.ndarray, form: str) -> bytes:
    header = f"ply\nformat {form} 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    header += "".join(f"property {kind} {name}\n" for name in names)
    header += "element face 1\nproperty list uchar int vertex_indices\nend_header\n"
    if form == "ascii":
        rows = [f"{' '.join(map(str, v))} {' '.join(map(str, c))}" for v, c in zip(VERTICES, values.tolist())]
        return header.encode() + "\n".join([*rows, "3 0 1 2\n"]).encode()
    order = "<" if "little" in form else ">"
    body = b"".join(
        np.array(v, f"{order}f4").tobytes() + c.astype(values.dtype.newbyteorder(order)).tobytes()
        for v, c in zip(VERTICES, values)
    )
    return header.encode() + body + b"\x03" + np.array([0, 1, 2], f"{order}i4").tobytes()


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("uchar", COLOURS.astype(np.uint8)),
        ("float", SHARES.astype(np.float32)),
        ("ushort", (COLOURS * 257).astype(np.uint16)),
    ],
)
def test_ply(tmp_path, form, kind, values):
    for names in (("red", "green", "blue"), ("diffuse_red", "diffuse_green", "diffuse_blue")):
        found = read(tmp_path, "a.ply", ply(kind, names, values, form))
        np.testing.assert_allclose(found.vertex_colours, SHARES, atol=1e-6)
        assert not found.linear


def test_dark_bytes_stay_dark(tmp_path):
    """Ones of 255 are no whole ones."""
    dark = np.ones((3, 3), np.uint8)
    for form in ("ascii", "binary_little_endian"):
        found = read(tmp_path, "a.ply", ply("uchar", ("red", "green", "blue"), dark, form))
        np.testing.assert_allclose(found.vertex_colours, 1.0 / 255.0, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "normalized"),
    [
        (np.pad(COLOURS, ((0, 0), (0, 1)), constant_values=255).astype("<u1"), True),
        ((np.pad(COLOURS, ((0, 0), (0, 1)), constant_values=255) * 257).astype("<u2"), True),
        (SHARES.astype("<f4"), False),
    ],
)
def test_glb_has_linear_light(tmp_path, values, normalized):
    writer = GlbWriter()
    triangles = np.array([[0, 1, 2]])
    positions = writer.accessor(np.array(VERTICES, "<f4"))
    writer.primitive(triangles, POSITION=positions, COLOR_0=writer.accessor(values, normalized))
    found = read(tmp_path, "a.glb", writer.content())
    np.testing.assert_allclose(found.vertex_colours, SHARES, atol=1e-6)
    assert found.linear


def test_draco_beside_plain_arrays_is_read_and_alone_is_named(tmp_path):
    for plain in (True, False):
        writer = GlbWriter()
        writer.primitive(np.array([[0, 1, 2]]), POSITION=writer.accessor(np.array(VERTICES, "<f4")))
        primitive = writer.document["meshes"][0]["primitives"][0]
        primitive["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": 0}}}
        writer.document["extensionsUsed"] = ["KHR_draco_mesh_compression"]
        if not plain:
            for accessor in writer.document["accessors"]:
                del accessor["bufferView"]
        (tmp_path / "a.glb").write_bytes(writer.content())
        if plain:
            assert len(read_mesh(tmp_path / "a.glb").vertices) == 3
        else:
            with pytest.raises(
                InputError, match=r"compressed with Draco \(KHR_draco_mesh_compression\), which is not read"
            ):
                read_mesh(tmp_path / "a.glb")
