"""PLY files as they occur: ASCII, both byte orders, UVs in every place, written by hand with known content."""

import struct

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh.io import read_mesh

VERTICES = [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0, 0.0), (0.0, 1.0, 0.0), (2.0, 0.5, 0.25)]
FACES = [(0, 1, 2, 3), (1, 4, 2)]


def _ascii(vertex_more="", face_more="", vertex_words=lambda k: "", face_words=lambda k: "", names="vertex_indices"):
    lines = ["ply", "format ascii 1.0", "comment by hand", f"element vertex {len(VERTICES)}"]
    lines += ["property float x", "property float y", "property float z", *vertex_more.splitlines()]
    lines += [f"element face {len(FACES)}", f"property list uchar int {names}", *face_more.splitlines(), "end_header"]
    lines += [" ".join(map(str, xyz)) + vertex_words(k) for k, xyz in enumerate(VERTICES)]
    lines += [f"{len(face)} {' '.join(map(str, face))}" + face_words(k) for k, face in enumerate(FACES)]
    return ("\n".join(lines) + "\n").encode("ascii")


def _binary(order: str) -> bytes:
    """Colours behind positions, a scalar behind the list, another element between, wedge UVs."""
    name = {"<": "little", ">": "big"}[order]
    header = (
        f"ply\nformat binary_{name}_endian 1.0\n"
        "element vertex 5\nproperty double x\nproperty double y\nproperty double z\n"
        "property uchar red\nelement material 1\nproperty list uint short numbers\nelement face 2\n"
        "property list ushort uint vertex_index\nproperty float quality\nproperty list uchar float texcoord\n"
        "end_header\n"
    )
    body = b"".join(struct.pack(order + "dddB", *xyz, 255) for xyz in VERTICES)
    body += struct.pack(order + "Ihh", 2, 7, 8)
    for face in FACES:
        body += struct.pack(f"{order}H{len(face)}I", len(face), *face) + struct.pack(order + "f", 0.5)
        body += struct.pack(f"{order}B{2 * len(face)}f", 2 * len(face), *np.ravel([(v / 8, v / 4) for v in face]))
    return header.encode("ascii") + body


def _check(mesh):
    np.testing.assert_array_equal(mesh.vertices, VERTICES)
    assert mesh.corners.tolist() == [0, 1, 2, 3, 1, 4, 2]
    assert mesh.face_sizes.tolist() == [4, 3]


@pytest.fixture
def ply(tmp_path):
    def read(content: bytes):
        (tmp_path / "hand.ply").write_bytes(content)
        return read_mesh(tmp_path / "hand.ply")

    return read


@pytest.mark.parametrize("names", ["vertex_indices", "vertex_index"])
def test_ascii(ply, names):
    mesh = ply(_ascii(names=names))
    _check(mesh)
    assert mesh.uvs is None


def test_windows_lines(ply):
    _check(ply(_ascii().replace(b"\n", b"\r\n")))


@pytest.mark.parametrize("order", ["<", ">"])
def test_binary_with_mixed_polygons_and_wedge_uvs(ply, order):
    mesh = ply(_binary(order))
    _check(mesh)
    np.testing.assert_array_equal(mesh.uvs, [(v / 8, v / 4) for face in FACES for v in face])


@pytest.mark.parametrize(("u", "v"), [("s", "t"), ("u", "v"), ("texture_u", "texture_v")])
def test_vertex_uvs_go_to_the_corners(ply, u, v):
    mesh = ply(_ascii(f"property float {u}\nproperty float {v}", vertex_words=lambda k: f" {k / 8} {k / 4}"))
    _check(mesh)
    np.testing.assert_array_equal(mesh.uvs, [(k / 8, k / 4) for face in FACES for k in face])


def test_ascii_wedge_uvs(ply):
    words = lambda k: f" {2 * len(FACES[k])} " + " ".join(f"{i / 8} {i / 4}" for i in FACES[k])  # noqa: E731
    mesh = ply(_ascii(face_more="property list uchar float texcoord", face_words=words))
    np.testing.assert_array_equal(mesh.uvs, [(i / 8, i / 4) for face in FACES for i in face])


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda c: c[:-9], "the file ends before its 2 'face' records do; it is truncated"),
        (lambda c: c[: c.index(b"end_header") + 60], "the file ends before its 5 'vertex' records do"),
        (lambda c: c[:40], "the file ends inside its header"),
        (lambda c: b"solid" + c, "this is no PLY file"),
        (
            lambda c: c.replace(b"property double z", b"property triple z"),
            "the header line 'property triple z' is not understood",
        ),
        (
            lambda c: c.replace(b"element vertex 5", b"element vertex 9999999999"),
            "the file ends before its 9999999999 'vertex'",
        ),
        (lambda c: c.replace(b"property double x\n", b"property double a\n"), "there are no vertices with x, y and z"),
        (lambda c: c.replace(b"element face 2", b"element face 0"), "there are no faces"),
    ],
)
def test_damage_is_named(ply, change, line):
    with pytest.raises(InputError, match=f"hand.ply: .*{line}"):
        ply(change(_binary("<")))


def test_wrong_indices_and_words(ply):
    with pytest.raises(InputError, match="a face names vertex 9, but the file has 5"):
        ply(_ascii().replace(b"3 1 4 2", b"3 1 9 2"))
    with pytest.raises(InputError, match="a face names vertex -1, but the file has 5"):
        ply(_ascii().replace(b"3 1 4 2", b"3 1 -1 2"))
    with pytest.raises(InputError, match="something that is not a number"):
        ply(_ascii().replace(b"3 1 4 2", b"3 1 four 2"))
    with pytest.raises(InputError, match="face 1 has fewer than three corners"):
        ply(_ascii().replace(b"3 1 4 2", b"2 1 4"))
    with pytest.raises(InputError, match="truncated"):
        ply(_ascii().replace(b"3 1 4 2", b"3 1 4"))
