"""Formats that cut meshes apart give them back whole, and do not glue together what merely touches."""

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import boundary_edges, connected_components
from headbridge.mesh.io import read_mesh, write_mesh
from headbridge.mesh.validate import check_mesh


def cube(shift) -> Mesh:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float) + shift
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    return Mesh.from_faces(corners, np.array(quads))


def together(*meshes: Mesh, **more) -> Mesh:
    offsets = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    corners = np.concatenate([mesh.corners + offset for mesh, offset in zip(meshes, offsets)])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        corners,
        np.concatenate([m.face_sizes for m in meshes]),
        **more,
    )


def parts_and_holes(mesh: Mesh) -> tuple[int, int]:
    return len(np.unique(connected_components(mesh)[mesh.corners])), len(boundary_edges(mesh))


@pytest.mark.parametrize("suffix", [".stl", ".glb"])
@pytest.mark.parametrize("shift", [(1, 1, 0), (1, 1, 1), (5, 0, 0)], ids=["common edge", "common corner", "apart"])
def test_solids_that_touch_stay_two_closed_solids(tmp_path, suffix, shift):
    both = together(cube((0, 0, 0)), cube(shift))
    write_mesh(tmp_path / f"both{suffix}", both)
    back = read_mesh(tmp_path / f"both{suffix}")
    check_mesh(back, "source")
    assert len(back.vertices) == 16 and len(back.triangles) == 24
    assert parts_and_holes(back) == (2, 0)


def test_every_vertex_comes_back_through_materials_and_seams(tmp_path, sphere_mesh):
    sphere = sphere_mesh()
    rng = np.random.default_rng(3)
    cut = Mesh(
        sphere.vertices, sphere.corners, sphere.face_sizes,
        uvs=rng.random((len(sphere.corners), 2)), face_materials=rng.integers(0, 3, len(sphere.face_sizes)),
        material_names=("a", "b", "c"),
    )  # fmt: skip
    write_mesh(tmp_path / "cut.glb", cut)
    back = read_mesh(tmp_path / "cut.glb")
    np.testing.assert_array_equal(back.vertices, sphere.vertices.astype(np.float32))
    assert parts_and_holes(back) == (1, 0)


def test_open_boundaries_stay_open(tmp_path, sphere_mesh):
    sphere = sphere_mesh()
    opened = Mesh.from_faces(sphere.vertices, sphere.faces_as_lists()[:-16])
    write_mesh(tmp_path / "open.stl", opened)
    assert parts_and_holes(read_mesh(tmp_path / "open.stl")) == (1, 16)
