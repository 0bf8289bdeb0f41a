"""Matching the connectivity of meshes: the truth is how one was made from the other."""

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.mesh.half_edges import HalfEdges
from headbridge.mesh.matching import matching_vertices
from headbridge.topologies import load_builtin, load_topology


@pytest.fixture(scope="module")
def flame():
    return load_builtin("flame")


def shuffled(mesh, rng):
    """The mesh with vertices and faces in another order, every face from another corner, and which vertex is which."""
    order = rng.permutation(len(mesh.vertices))
    place = np.argsort(order)
    faces = [np.roll(place[face], rng.integers(3)) for face in mesh.faces_as_lists()]
    return Mesh.from_faces(mesh.vertices[order], [faces[k] for k in rng.permutation(len(faces))]), order


def test_half_edges_follow_each_other(sphere_mesh):
    mesh = sphere_mesh(5, 6)
    edges = HalfEdges.of(mesh)
    assert np.array_equal(edges.across[edges.across], np.arange(len(edges.tails))) and (edges.across >= 0).all()
    for following in (edges.after, edges.across):
        assert np.array_equal(edges.tails[following], edges.heads)
    around = np.arange(len(edges.tails))
    for _ in range(12):
        around = edges.after[around]
    # Triangles and quads are both around after twelve steps.
    assert np.array_equal(around, np.arange(len(edges.tails)))
    opened = Mesh.from_faces(mesh.vertices, mesh.triangles[1:])
    assert (HalfEdges.of(opened).across < 0).sum() == 3


def test_signatures_do_not_depend_on_order(flame):
    other, _ = shuffled(flame, np.random.default_rng(0))
    one, two = (np.sort(HalfEdges.of(mesh).signatures) for mesh in (flame, other))
    assert np.array_equal(one, two)


@pytest.mark.parametrize("key", ["flame", "hack", "makehuman"])
def test_a_shuffled_mesh_is_matched_vertex_by_vertex(key):
    mesh = load_builtin(key)
    other, order = shuffled(mesh, np.random.default_rng(1))
    found = matching_vertices(HalfEdges.of(other), HalfEdges.of(mesh))
    known = found >= 0
    assert np.array_equal(found[known], order[known])
    # Balls of rings are alike from all sides: without order nothing tells their vertices apart.
    assert known.mean() > 0.75


def test_turned_over_a_symmetric_mesh_is_its_mirror_image(flame):
    backwards = Mesh.from_faces(flame.vertices, flame.triangles[:, ::-1])
    found = matching_vertices(HalfEdges.of(backwards), HalfEdges.of(flame))
    topology = load_topology("flame")
    known = (found >= 0) & (topology.mirror >= 0) & topology.skin
    assert np.array_equal(found[known], topology.mirror[known]) and known.sum() > 3000


def test_a_piece_is_matched_and_what_was_added_is_not(flame, sphere_mesh):
    face = np.linalg.norm(flame.vertices - (0.0, 0.0, 60.0), axis=1) < 80.0
    triangles = flame.triangles[face[flame.triangles].all(axis=1)]
    used, piece = np.unique(triangles, return_inverse=True)
    ball = sphere_mesh(30, 40)
    order = np.random.default_rng(2).permutation(len(used))
    both = Mesh.from_faces(
        np.concatenate([flame.vertices[used[order]], ball.vertices]),
        np.concatenate([np.argsort(order)[piece.reshape(-1, 3)], ball.triangles + len(used)]),
    )
    found = matching_vertices(HalfEdges.of(both), HalfEdges.of(flame))
    skin = found[: len(used)]
    assert (found[len(used) :] == -1).all() and np.array_equal(skin[skin >= 0], used[order][skin >= 0])
    assert (skin >= 0).mean() > 0.95


def test_strangers_have_nothing_in_common(flame, sphere_mesh):
    scan = load_builtin("lee-perry-smith")
    for mesh in (sphere_mesh(60, 80), Mesh.from_faces(scan.vertices, scan.triangles)):
        assert matching_vertices(HalfEdges.of(mesh), HalfEdges.of(flame)) is None
