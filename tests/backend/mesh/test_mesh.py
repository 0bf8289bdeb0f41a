"""The mesh structure: triangulation of mixed polygons, and shapes it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh

# A quad, a triangle and a pentagon around seven points.
FACES = [[0, 1, 2, 3], [1, 4, 2], [3, 2, 4, 5, 6]]
VERTICES = np.arange(21, dtype=float).reshape(7, 3)


def test_mixed_polygons_are_triangulated_as_fans_in_face_order():
    mesh = Mesh.from_faces(VERTICES, FACES)
    assert mesh.face_sizes.tolist() == [4, 3, 5]
    assert mesh.face_starts.tolist() == [0, 4, 7]
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 2, 3], [1, 4, 2], [3, 2, 4], [3, 4, 5], [3, 5, 6]]
    assert mesh.triangle_corners.tolist() == [[0, 1, 2], [0, 2, 3], [4, 5, 6], [7, 8, 9], [7, 9, 10], [7, 10, 11]]
    assert mesh.triangle_faces.tolist() == [0, 0, 1, 2, 2, 2]
    assert [face.tolist() for face in mesh.faces_as_lists()] == FACES


def test_triangle_corners_name_the_corners_whose_vertices_the_triangles_have():
    rng = np.random.default_rng(0)
    faces = [rng.permutation(50)[:size].tolist() for size in rng.integers(3, 8, 200)]
    mesh = Mesh.from_faces(rng.normal(size=(50, 3)), faces)
    np.testing.assert_array_equal(mesh.corners[mesh.triangle_corners], mesh.triangles)
    assert len(mesh.triangles) == sum(len(face) - 2 for face in faces)
    for triangle, face in zip(mesh.triangles, mesh.triangle_faces):
        assert set(triangle) <= set(faces[face])


def test_equal_faces_may_come_as_an_array():
    quads = np.array([[0, 1, 2, 3], [3, 2, 4, 5]])
    from_array, from_list = Mesh.from_faces(VERTICES, quads), Mesh.from_faces(VERTICES, quads.tolist())
    np.testing.assert_array_equal(from_array.corners, from_list.corners)
    np.testing.assert_array_equal(from_array.face_sizes, from_list.face_sizes)


def test_other_positions_keep_faces_uvs_and_materials():
    uvs = np.random.default_rng(1).uniform(size=(12, 2))
    mesh = Mesh.from_faces(
        VERTICES, FACES, uvs=uvs, face_materials=[0, 1, 1], material_names=["skin", "eye"], name="head"
    )
    moved = mesh.with_vertices(VERTICES + 1)
    np.testing.assert_array_equal(moved.vertices, VERTICES + 1)
    np.testing.assert_array_equal(moved.corners, mesh.corners)
    np.testing.assert_array_equal(moved.uvs, uvs.astype(np.float32))
    assert moved.face_materials.tolist() == [0, 1, 1]
    assert (moved.material_names, moved.name) == (("skin", "eye"), "head")


def test_a_mesh_without_faces_has_no_triangles():
    mesh = Mesh(VERTICES, [], [])
    assert mesh.triangles.shape == (0, 3)
    assert mesh.triangle_faces.shape == (0,)
    assert mesh.faces_as_lists() == []


@pytest.mark.parametrize(
    "change, message",
    [
        ({"vertices": np.zeros((7, 2))}, r"head: vertices should have shape \(V, 3\), not \(7, 2\)"),
        ({"corners": np.zeros((4, 3), int)}, r"head: corners should have shape \(C,\), not \(4, 3\)"),
        ({"face_sizes": [4, 3, 4]}, r"head: face sizes should have shape \(F,\) with sum 12"),
        ({"uvs": np.zeros((11, 2))}, r"head: corner UVs should have shape \(12, 2\), not \(11, 2\)"),
        ({"face_materials": [0, 0]}, r"head: face materials should have shape \(3,\), not \(2,\)"),
        ({"face_sizes": [5, 2, 5]}, "head: a face has fewer than three corners"),
        (
            {"corners": [0, 1, 2, 3, 1, 4, 2, 3, 2, 4, 5, 7]},
            "head: a face names vertex 7, but there are only 7 vertices",
        ),
        ({"corners": [-1, 1, 2, 3, 1, 4, 2, 3, 2, 4, 5, 6]}, "the file is damaged"),
    ],
)
def test_wrong_shapes_and_indices_are_refused_by_name(change, message):
    mesh = Mesh.from_faces(VERTICES, FACES)
    arrays = {"vertices": mesh.vertices, "corners": mesh.corners, "face_sizes": mesh.face_sizes, "name": "head"}
    with pytest.raises(InputError, match=message):
        Mesh(**{**arrays, **change})


def test_turned_over_twice_is_the_mesh_itself(seamed_prism):
    turned = seamed_prism.flipped()
    assert np.array_equal(turned.corners[turned.face_starts], seamed_prism.corners[seamed_prism.face_starts])
    before, after = (
        np.cross(*(mesh.vertices[mesh.triangles[:, k]] - mesh.vertices[mesh.triangles[:, 0]] for k in (1, 2)))
        for mesh in (seamed_prism, turned)
    )
    assert np.allclose(after.sum(axis=0), -before.sum(axis=0)) and turned.face_materials is seamed_prism.face_materials
    back = turned.flipped()
    assert np.array_equal(back.corners, seamed_prism.corners) and np.array_equal(back.uvs, seamed_prism.uvs)
