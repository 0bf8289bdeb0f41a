"""Recognition by faces: quads, any triangulation, any position and face order; and what must not be recognised."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.topologies import TOPOLOGY_KEYS, check_topology, load_builtin, load_topology, recognise


def triangulated(mesh: Mesh, rng: np.random.Generator) -> np.ndarray:
    """Triangles with a random diagonal per quad, in random order, each from a random first corner."""
    triangles = []
    for face in mesh.faces_as_lists():
        if len(face) == 3:
            triangles.append(face)
        elif rng.random() < 0.5:
            triangles += [face[[0, 1, 2]], face[[0, 2, 3]]]
        else:
            triangles += [face[[0, 1, 3]], face[[1, 2, 3]]]
    triangles = rng.permutation(np.array(triangles))
    return np.stack([np.roll(t, k) for t, k in zip(triangles, rng.integers(0, 3, len(triangles)))])


@pytest.mark.slow
@pytest.mark.parametrize("key", TOPOLOGY_KEYS)
def test_positive(key):
    rng = np.random.default_rng(3)
    mesh = load_builtin(key)
    assert recognise(mesh) is load_topology(key)
    assert recognise(mesh.with_vertices(rng.normal(size=mesh.vertices.shape))) is load_topology(key)
    assert recognise(Mesh.from_faces(mesh.vertices, triangulated(mesh, rng))) is load_topology(key)
    shuffled = [np.roll(face, 1) for face in mesh.faces_as_lists()][::-1]
    assert recognise(Mesh.from_faces(mesh.vertices, shuffled)) is load_topology(key)


def test_other_vertex_order_is_not_recognised_and_explained():
    mesh = load_builtin("flame")
    swap = np.arange(len(mesh.vertices))
    swap[[10, 2000]] = [2000, 10]
    other = Mesh(mesh.vertices[swap], swap[mesh.corners], mesh.face_sizes, name="head.obj")
    assert recognise(other) is None
    with pytest.raises(InputError, match="head.obj.*order"):
        check_topology(other, "flame")


def test_missing_face_is_not_recognised():
    mesh = load_builtin("hack")
    assert recognise(Mesh(mesh.vertices, mesh.corners[4:], mesh.face_sizes[1:])) is None


def test_flipped_edge_is_not_recognised():
    mesh = load_builtin("flame")
    triangles = mesh.triangles.copy()
    a, b, c = triangles[0]
    across = next(k for k in range(1, len(triangles)) if {a, b} <= set(triangles[k].tolist()))
    d = next(v for v in triangles[across] if v not in (a, b))
    triangles[0], triangles[across] = (a, d, c), (d, b, c)
    assert recognise(Mesh.from_faces(mesh.vertices, triangles)) is None


def test_wrong_count_is_named():
    with pytest.raises(InputError, match="14062.*FLAME.*5023"):
        check_topology(load_builtin("hack"), "flame")
    assert check_topology(load_builtin("hack"), "hack") is load_topology("hack")


def test_foreign_meshes_are_not_recognised():
    assert recognise(Mesh.from_faces(np.eye(3), [[0, 1, 2]])) is None
    assert recognise(Mesh.from_faces(np.zeros((5023, 3)), np.zeros((0, 3), int))) is None
    pentagons = Mesh.from_faces(np.zeros((5023, 3)), np.arange(5).reshape(1, 5))
    assert recognise(pentagons) is None
