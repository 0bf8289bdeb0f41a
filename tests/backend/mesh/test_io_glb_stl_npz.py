"""GLB, STL and NPZ files written by hand with known content."""

import json
import struct

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh.io import read_mesh, write_mesh

QUAD = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)


def _glb(document: dict, binary: bytes) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _quad_document(**more) -> tuple[dict, bytes]:
    """A quad of two triangles whose corners are six separate positions, as exporters split them."""
    order = [0, 1, 2, 0, 2, 3]
    positions = QUAD[order]
    uvs = np.array([[p[0], 1.0 - p[1]] for p in positions], np.float32)
    binary = positions.tobytes() + uvs.tobytes()
    document = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 72},
            {"buffer": 0, "byteOffset": 72, "byteLength": 48},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 6, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5126, "count": 6, "type": "VEC2"},
        ],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
    }
    return {**document, **more}, binary


@pytest.fixture
def read(tmp_path):
    def write_and_read(name: str, content: bytes):
        (tmp_path / name).write_bytes(content)
        return read_mesh(tmp_path / name)

    return write_and_read


def test_glb_joins_split_vertices_and_turns_v_over(read):
    mesh = read("quad.glb", _glb(*_quad_document()))
    np.testing.assert_array_equal(mesh.vertices, QUAD)
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3]]
    np.testing.assert_array_equal(mesh.uvs, QUAD[[0, 1, 2, 0, 2, 3], :2])


def test_glb_nodes_place_and_join_meshes(read):
    half = np.sqrt(0.5)
    nodes = [
        {"children": [1, 2], "translation": [0, 0, 5], "scale": [2, 2, 2]},
        {"mesh": 0},
        {"mesh": 0, "translation": [3, 0, 0], "rotation": [0, 0, half, half]},
    ]
    mesh = read("placed.glb", _glb(*_quad_document(nodes=nodes)))
    turned = np.stack([-QUAD[:, 1], QUAD[:, 0], QUAD[:, 2]], axis=1) + (3, 0, 0)
    np.testing.assert_allclose(mesh.vertices, np.concatenate([QUAD, turned]) * 2.0 + (0, 0, 5), atol=1e-12)
    assert len(mesh.face_sizes) == 4


def test_glb_mirrored_nodes_keep_the_outside_out(read):
    matrix = np.diag([-1.0, 1.0, 1.0, 1.0])
    matrix[:3, 3] = (7, 8, 9)
    mesh = read("mirror.glb", _glb(*_quad_document(nodes=[{"mesh": 0, "matrix": matrix.T.ravel().tolist()}])))
    corners = mesh.vertices[mesh.triangles[0]]
    assert np.cross(corners[1] - corners[0], corners[2] - corners[0])[2] > 0.0
    np.testing.assert_array_equal(np.sort(mesh.vertices[:, 0]), [6, 6, 7, 7])


def test_glb_strips_and_short_indices(read):
    document, _ = _quad_document()
    binary = QUAD.tobytes() + np.array([0, 1, 3, 2], np.uint16).tobytes()
    document["bufferViews"][1] = {"buffer": 0, "byteOffset": 48, "byteLength": 8}
    document["accessors"] = [
        {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5123, "count": 4, "type": "SCALAR"},
    ]
    document["meshes"] = [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "mode": 5}]}]
    mesh = read("strip.glb", _glb(document, binary))
    assert mesh.triangles.tolist() == [[0, 1, 3], [1, 2, 3]]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"not a glb at all", "this is no binary glTF file"),
        (struct.pack("<4sII", b"glTF", 1, 12), "this is glTF version 1"),
        (_glb(*_quad_document())[:-8], "the file is truncated"),
        (_glb(_quad_document()[0], b"\0" * 40), "an array reaches beyond the end of the file"),
        (_glb(*_quad_document(nodes=[{"mesh": 3}])), "the file is damaged"),
        (_glb(*_quad_document(nodes=[{"mesh": 0, "children": [0]}])), "its own ancestor"),
        (_glb(*_quad_document(nodes=[{}])), "there are no triangles"),
        (
            _glb(*_quad_document(extensionsRequired=["KHR_draco_mesh_compression"])),
            "is compressed with Draco .KHR_draco_mesh_compression.",
        ),
        (struct.pack("<4sII", b"glTF", 2, 24) + struct.pack("<I4s", 4, b"JSON") + b"{no}", "the file is damaged"),
    ],
)
def test_glb_damage_is_named(read, content, line):
    with pytest.raises(InputError, match=f"bad.glb: .*{line}"):
        read("bad.glb", content)


ASCII_STL = b"""solid quad
facet normal 0 0 1
 outer loop
  vertex 0 0 0
  vertex 1 0 0
  vertex 1 1 0
 endloop
endfacet
facet normal 0 0 1
 outer loop
  vertex -0.0 0 0
  vertex 1e0 1 0
  vertex 0 1 0
 endloop
endfacet
endsolid quad
"""


def test_ascii_stl_joins_vertices(read):
    mesh = read("quad.stl", ASCII_STL)
    np.testing.assert_array_equal(mesh.vertices, QUAD)
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3]]


def test_binary_stl_that_calls_itself_solid(read):
    facets = np.zeros(2, np.dtype([("n", "<f4", 3), ("p", "<f4", (3, 3)), ("a", "<u2")]))
    facets["p"] = QUAD[[[0, 1, 2], [0, 2, 3]]]
    mesh = read("quad.stl", b"solid but binary".ljust(80) + struct.pack("<I", 2) + facets.tobytes())
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3]]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"\0" * 80 + struct.pack("<I", 3) + b"\0" * 50, "the file is truncated or no STL file"),
        (b"\0" * 80 + struct.pack("<I", 0), "there are no faces"),
        (ASCII_STL[:-20], "the file ends before 'endsolid'"),
        (ASCII_STL.replace(b"1e0", b"one"), "something that is not a number"),
        (b"solid nothing\nendsolid\n", "there are no faces"),
    ],
)
def test_stl_damage_is_named(read, content, line):
    with pytest.raises(InputError, match=f"bad.stl: .*{line}"):
        read("bad.stl", content)


@pytest.fixture
def npz(tmp_path):
    def write_and_read(**arrays):
        np.savez(tmp_path / "bad.npz", **arrays)
        return read_mesh(tmp_path / "bad.npz")

    return write_and_read


TRIANGLE = {"vertices": QUAD[:3].astype(float), "corners": np.arange(3), "face_sizes": np.array([3])}


def test_npz_of_the_least_content(npz):
    mesh = npz(**TRIANGLE)
    np.testing.assert_array_equal(mesh.vertices, QUAD[:3])
    assert mesh.uvs is None and mesh.material_names == ()


@pytest.mark.parametrize(
    ("arrays", "line"),
    [
        ({"vertices": QUAD}, "the array 'corners' is missing"),
        ({**TRIANGLE, "vertices": np.array(["a", "b"])}, "'vertices' should hold floating point numbers"),
        ({**TRIANGLE, "corners": np.array([0.0, 1.0, 2.0])}, "'corners' should hold whole numbers"),
        ({**TRIANGLE, "corners": np.array([0, 1, 7])}, "names vertex 7, but there are only 3"),
        ({**TRIANGLE, "face_sizes": np.array([4])}, "face sizes should have shape"),
        ({**TRIANGLE, "uvs": np.zeros((2, 2), np.float32)}, "corner UVs should have shape"),
        ({**TRIANGLE, "vertices": np.array([{"code": 1}], dtype=object)}, "Python objects, which are never loaded"),
        ({"vertices": QUAD, "corners": np.zeros(0, int), "face_sizes": np.zeros(0, int)}, "there are no faces"),
    ],
)
def test_npz_damage_is_named(npz, arrays, line):
    with pytest.raises(InputError, match=f"bad.npz: .*{line}"):
        npz(**arrays)


def test_npz_that_is_cut_off_or_something_else(tmp_path, seamed_prism, read):
    write_mesh(tmp_path / "whole.npz", seamed_prism)
    whole = (tmp_path / "whole.npz").read_bytes()
    for content in (whole[: len(whole) // 2], whole[:300] + b"\xff" * 8 + whole[308:]):
        with pytest.raises(InputError, match="bad.npz: .*damaged"):
            read("bad.npz", content)
    np.save(tmp_path / "single.npy", QUAD)
    for content in ((tmp_path / "single.npy").read_bytes(), b"some text"):
        with pytest.raises(InputError, match="this is no .npz file"):
            read("bad.npz", content)


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".glb", ".stl", ".npz"])
def test_files_that_are_not_there(tmp_path, suffix):
    with pytest.raises(InputError, match="there is no such file"):
        read_mesh(tmp_path / f"none{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(InputError, match="this is a folder"):
        read_mesh(tmp_path / f"folder{suffix}")
    (tmp_path / f"empty{suffix}").touch()
    with pytest.raises(InputError, match="the file is empty"):
        read_mesh(tmp_path / f"empty{suffix}")
    with pytest.raises(InputError, match="no mesh format known here"):
        read_mesh(tmp_path / "head.usd")


def test_npz_with_a_name_is_called_by_it(tmp_path, seamed_prism):
    arrays = {"vertices": seamed_prism.vertices, "corners": seamed_prism.corners, "face_sizes": seamed_prism.face_sizes}
    np.savez(tmp_path / "target.npz", **arrays, name=np.array("My Scan.001"))
    np.savez(tmp_path / "plain.npz", **arrays)
    assert read_mesh(tmp_path / "target.npz").name == "My Scan.001"
    assert read_mesh(tmp_path / "plain.npz").name == "plain.npz"
