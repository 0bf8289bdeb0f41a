"""Known heads as others' tools write them: the truth is what was done to them."""

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.topologies import (
    TOPOLOGY_KEYS,
    check_order,
    check_topology,
    load_builtin,
    load_topology,
    recognise_relative,
)


def with_faces(mesh, faces, vertices=None):
    """A mesh of faces (lists of vertex numbers) with shuffled faces, so that nothing is found by their order."""
    rng = np.random.default_rng(5)
    shuffled = [faces[k] for k in rng.permutation(len(faces))]
    return Mesh.from_faces(mesh.vertices if vertices is None else vertices, shuffled, name="head.obj")


def compact(mesh, chosen):
    """The faces whose vertices are all `chosen` (V,) bool, with these vertices alone; and which they are."""
    faces = [face for face in mesh.faces_as_lists() if chosen[face].all()]
    used = np.unique(np.concatenate(faces))
    place = np.full(len(mesh.vertices), -1)
    place[used] = np.arange(len(used))
    return with_faces(mesh, [place[face] for face in faces], mesh.vertices[used]), used


def permuted(mesh, rng):
    order = rng.permutation(len(mesh.vertices))
    place = np.argsort(order)
    return with_faces(mesh, [place[face] for face in mesh.faces_as_lists()], mesh.vertices[order]), order


def split(mesh):
    """The mesh with a vertex for every place of its UV layout, in the order of their first corners, as glTF has it."""
    keys = np.concatenate([mesh.corners[:, None].astype(np.float64), mesh.uvs], axis=1)
    _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.argsort(order)
    vertex_of = mesh.corners[first[order]]
    return Mesh(mesh.vertices[vertex_of], rank[which.reshape(-1)], mesh.face_sizes, mesh.uvs, name="split"), vertex_of


@pytest.mark.parametrize("key", TOPOLOGY_KEYS)
def test_the_topology_itself(key):
    mesh = load_builtin(key)
    found = recognise_relative(mesh)
    assert found.topology is load_topology(key) and found.exact and found.partial() is found.topology
    check_order(mesh)


def test_with_teeth_behind(sphere_mesh):
    flame, teeth = load_builtin("flame"), sphere_mesh(9, 15)
    faces = [*flame.faces_as_lists(), *[face + len(flame.vertices) for face in teeth.faces_as_lists()]]
    found = recognise_relative(with_faces(flame, faces, np.concatenate([flame.vertices, teeth.vertices])))
    assert found.topology.key == "flame" and found.complete and not found.exact
    count = len(flame.vertices)
    assert np.array_equal(found.vertex_of[:count], np.arange(count)) and (found.vertex_of[count:] == -1).all()
    assert found.description == "FLAME with 122 other vertices"
    partial = found.partial()
    assert not partial.skin[count:].any() and partial.no_match[count:].all()
    assert np.array_equal(partial.skin[:count], found.topology.skin)


def test_with_a_hole_closed():
    flame = load_builtin("flame")
    neck = [3284, 3285, 3286]
    found = recognise_relative(with_faces(flame, [*flame.faces_as_lists(), np.array(neck)]))
    assert found.exact and found.description == "FLAME with 1 more triangles"


@pytest.mark.slow
@pytest.mark.parametrize("key", ["flame", "hack", "ict", "makehuman"])
def test_split_at_seams(key):
    mesh, vertex_of = split(load_builtin(key))
    found = recognise_relative(mesh)
    assert found.topology.key == key and "seam vertices" in found.description
    known = found.vertex_of >= 0
    assert np.array_equal(found.vertex_of[known], vertex_of[known]) and known.mean() > 0.75
    skin = load_topology(key).skin[vertex_of]
    assert known[skin].mean() > 0.99


@pytest.mark.parametrize("key", ["flame", "hack", "makehuman"])
def test_a_cropped_face_has_its_landmarks_and_rims(key):
    topology, mesh = load_topology(key), load_builtin(key)
    front = mesh.vertices[:, 2] > np.median(mesh.vertices[topology.regions["face"], 2]) - 60.0
    piece, used = compact(mesh, front & ~topology.regions["boundary"])
    found = recognise_relative(piece)
    assert found.topology is topology and found.in_order and not found.complete
    known = found.vertex_of >= 0
    assert np.array_equal(found.vertex_of[known], used[known]) and known.mean() > 0.9
    partial = found.partial()
    assert partial.key == f"{key} relative"
    np.testing.assert_allclose(
        partial.landmarks_51.evaluate(piece.vertices), topology.landmarks_51.evaluate(mesh.vertices)
    )
    assert np.array_equal(found.known_landmarks().vertices, partial.landmarks_51.vertices)
    for name, rim in partial.rims.items():
        assert np.array_equal(piece.vertices[rim], mesh.vertices[topology.rims[name]])
    assert {"lips_outer", "left_nostril"} <= set(partial.rims)
    for name, mask in partial.regions.items():
        assert np.array_equal(mask[known], topology.regions[name][used[known]])
    paired = partial.mirror >= 0
    assert np.array_equal(used[partial.mirror[paired]], topology.mirror[used[paired]])


def test_half_a_head_has_half_the_landmarks():
    mesh = load_builtin("hack")
    piece, _ = compact(mesh, (mesh.vertices[:, 0] > -3.0) & load_topology("hack").skin)
    found = recognise_relative(piece)
    names = found.known_landmarks().names
    assert found.partial().landmarks_51 is None and 20 < len(names) < 35
    assert not any(name.startswith("right") for name in names if "lip" not in name and "nostril" not in name)


def test_another_vertex_order_is_known_and_refused_as_a_source():
    mesh, order = permuted(load_builtin("flame"), np.random.default_rng(0))
    found = recognise_relative(mesh)
    assert found.topology.key == "flame" and not found.in_order and "another vertex order" in found.description
    known = found.vertex_of >= 0
    assert np.array_equal(found.vertex_of[known], order[known])
    skin = load_topology("flame").skin[order]
    assert known[skin].all()
    # As a surface with landmarks it is as good as any.
    points = found.partial().landmarks_51.evaluate(mesh.vertices)
    np.testing.assert_allclose(points, load_topology("flame").landmarks_51.evaluate(load_builtin("flame").vertices))
    for refuse in (check_order, lambda head: check_topology(head, "flame")):
        with pytest.raises(InputError, match="'head.obj' has FLAME's faces in another vertex order"):
            refuse(mesh)


@pytest.mark.parametrize("order_kept", [True, False])
def test_turned_inside_out_left_stays_left(order_kept):
    mesh, order = load_builtin("flame"), np.arange(5023)
    if not order_kept:
        mesh, order = permuted(mesh, np.random.default_rng(4))
    found = recognise_relative(Mesh.from_faces(mesh.vertices, mesh.triangles[:, ::-1], name="head.obj"))
    known = found.vertex_of >= 0
    assert np.array_equal(found.vertex_of[known], order[known]) and known.mean() > 0.75
    assert found.description.endswith("turned inside out")


def test_what_is_missing_is_told_when_a_topology_is_insisted_on():
    piece, _ = compact(load_builtin("flame"), np.arange(5023) < 3931)
    with pytest.raises(InputError, match=r"has 3931 vertices.* 5023 \(it is FLAME without 1,092 of its 5,023 ver"):
        check_topology(piece, "flame")


def test_positions_in_the_topologys_own_order():
    mesh = load_builtin("flame")
    piece, used = compact(mesh, load_topology("flame").skin)
    positions, there = recognise_relative(piece).positions(piece)
    assert np.array_equal(np.flatnonzero(there), used) and np.array_equal(positions[there], mesh.vertices[there])


def test_strangers_are_none(sphere_mesh):
    scan = load_builtin("lee-perry-smith")
    hair = Mesh.from_faces(scan.vertices, scan.triangles[:-40], name="scan")
    for mesh in (sphere_mesh(50, 100), hair, Mesh.from_faces(np.eye(3), [[0, 1, 2]])):
        assert recognise_relative(mesh) is None
