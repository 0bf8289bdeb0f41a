"""What is written is read back: exactly where the format can say it."""

import errno
import os

import numpy as np
import pytest

from headbridge.errors import HeadBridgeError, InputError
from headbridge.mesh import Mesh
from headbridge.mesh.io import files, read_mesh, write_mesh


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".npz"])
def test_polygons_seams_and_positions_are_exact(tmp_path, seamed_prism, suffix):
    path = tmp_path / f"prism{suffix}"
    write_mesh(path, seamed_prism)
    back = read_mesh(path)
    np.testing.assert_array_equal(back.vertices, seamed_prism.vertices)
    np.testing.assert_array_equal(back.corners, seamed_prism.corners)
    np.testing.assert_array_equal(back.face_sizes, seamed_prism.face_sizes)
    np.testing.assert_array_equal(back.uvs, seamed_prism.uvs)
    assert back.name == path.name


@pytest.mark.parametrize("suffix", [".obj", ".npz"])
def test_materials_are_exact(tmp_path, seamed_prism, suffix):
    write_mesh(tmp_path / f"prism{suffix}", seamed_prism)
    back = read_mesh(tmp_path / f"prism{suffix}")
    np.testing.assert_array_equal(back.face_materials, seamed_prism.face_materials)
    assert back.material_names == seamed_prism.material_names


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".npz"])
def test_no_uvs_stay_no_uvs(tmp_path, sphere_mesh, suffix):
    sphere = sphere_mesh()
    write_mesh(tmp_path / f"sphere{suffix}", sphere)
    back = read_mesh(tmp_path / f"sphere{suffix}")
    assert back.uvs is None
    np.testing.assert_array_equal(back.vertices, sphere.vertices)
    np.testing.assert_array_equal(back.corners, sphere.corners)


def test_glb_keeps_vertex_order_triangles_uvs_and_materials(tmp_path, seamed_prism):
    write_mesh(tmp_path / "prism.glb", seamed_prism)
    back = read_mesh(tmp_path / "prism.glb")
    np.testing.assert_array_equal(back.vertices, seamed_prism.vertices.astype(np.float32))
    names = [back.material_names[m] for m in back.face_materials]
    expected = [seamed_prism.material_names[m] for m in seamed_prism.face_materials[seamed_prism.triangle_faces]]
    # glTF groups triangles by material, so they are compared as sets of corners.
    written = _triangle_set(seamed_prism.triangles, seamed_prism.uvs[seamed_prism.triangle_corners], expected)
    read = _triangle_set(back.triangles, back.uvs[back.triangle_corners], names)
    assert read == written and len(read) == 18


def _triangle_set(triangles, uvs, names):
    return {
        (name, tuple((int(v), round(float(a), 6), round(float(b), 6)) for v, (a, b) in zip(corners, uv)))
        for name, corners, uv in zip(names, triangles, uvs)
    }


def test_stl_keeps_the_surface(tmp_path, seamed_prism):
    write_mesh(tmp_path / "prism.stl", seamed_prism)
    back = read_mesh(tmp_path / "prism.stl")
    np.testing.assert_array_equal(
        back.vertices[back.triangles], seamed_prism.vertices[seamed_prism.triangles].astype(np.float32)
    )
    assert len(back.vertices) == 11, "shared vertices are joined again; the loose one is lost"


def test_equal_uvs_share_one_vt_and_only_seams_split(tmp_path):
    # Two triangles that share an edge; their UVs agree at vertex 1 and differ at vertex 2.
    uvs = [[0, 0], [1, 0], [1, 1], [1, 0], [0.5, 0.5], [0, 1]]
    mesh = Mesh.from_faces(np.eye(4)[:, :3], [[0, 1, 2], [1, 3, 2]], uvs=uvs)
    write_mesh(tmp_path / "two.obj", mesh)
    lines = (tmp_path / "two.obj").read_text().splitlines()
    assert [line for line in lines if line.startswith("vt")] == [
        "vt 0.0 0.0", "vt 1.0 0.0", "vt 1.0 1.0", "vt 0.5 0.5", "vt 0.0 1.0",
    ]  # fmt: skip
    assert [line for line in lines if line.startswith("f")] == ["f 1/1 2/2 3/3", "f 2/2 4/4 3/5"]


def test_faces_of_very_many_corners_survive_ply(tmp_path):
    # One byte counts the corners of small faces, but not 2 * 200 texture coordinates.
    angle = 2.0 * np.pi * np.arange(200) / 200
    vertices = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    disc = Mesh.from_faces(vertices, np.arange(200)[None], uvs=vertices[:, :2])
    write_mesh(tmp_path / "disc.ply", disc)
    back = read_mesh(tmp_path / "disc.ply")
    np.testing.assert_array_equal(back.corners, disc.corners)
    np.testing.assert_array_equal(back.uvs, disc.uvs)


def test_writing_over_an_input_is_refused(tmp_path, sphere_mesh):
    path = tmp_path / "head.ply"
    write_mesh(path, sphere_mesh())
    before = path.read_bytes()
    (tmp_path / "link.ply").symlink_to(path)
    for output in (path, tmp_path / "link.ply"):
        with pytest.raises(InputError, match="is an input file; choose another name"):
            write_mesh(output, sphere_mesh(4, 4), inputs=[path])
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("number", "exit_code", "message"),
    [
        (errno.ENOSPC, 1, "head.obj: the disk is full; free some space"),
        (errno.EACCES, 2, "head.obj: the folder .* may not be written; change its permissions"),
        (errno.EROFS, 2, "head.obj: the folder .* may not be written"),
        (errno.EIO, 1, "head.obj: cannot be written .Input/output error."),
    ],
)
def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path, sphere_mesh, monkeypatch, number, exit_code, message
):
    path = tmp_path / "head.obj"
    path.write_text("old")

    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(HeadBridgeError, match=message) as caught:
        write_mesh(path, sphere_mesh())
    assert caught.value.exit_code == exit_code
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_of_several_files_all_are_written_or_none(tmp_path):
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text("old")

    def contents(*last):
        yield first, b"new"
        yield from last

    def out_of_memory():
        yield first, b"new"
        raise MemoryError

    with pytest.raises(InputError, match="the folder .*none does not exist"):
        files.write_files(contents((tmp_path / "none" / "b.txt", b"new")))
    with pytest.raises(InputError, match="this is a folder"):
        files.write_files(contents((tmp_path, b"new")))
    with pytest.raises(MemoryError):
        files.write_files(out_of_memory())
    assert first.read_text() == "old" and list(tmp_path.iterdir()) == [first]
    files.write_files(contents((second, b"too")))
    assert (first.read_text(), second.read_text()) == ("new", "too") and len(list(tmp_path.iterdir())) == 2


def test_output_places_that_cannot_be(tmp_path, sphere_mesh):
    with pytest.raises(InputError, match="does not exist; create it"):
        write_mesh(tmp_path / "nowhere" / "head.obj", sphere_mesh())
    with pytest.raises(InputError, match="'.fbx' is no mesh format known here; use one of .obj, .ply"):
        write_mesh(tmp_path / "head.fbx", sphere_mesh())
    (tmp_path / "folder.obj").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        write_mesh(tmp_path / "folder.obj", sphere_mesh())
