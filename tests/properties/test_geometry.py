from __future__ import annotations

import numpy as np
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.transform import Rotation

from headbridge.fitting.posable import PosableHead, Posed
from headbridge.mesh.adjacency import boundary_edges, connected_components, unique_edges
from headbridge.mesh.similarity import fit_similarity
from headbridge.models.skinning import axis_angle_to_matrix
from headbridge.spatial.rotations import best_fit_rotations

from .meshes import meshes, points, similarities


@given(similarities, similarities, points(5))
def test_similarities_are_a_group(first, second, given_points):
    size = 1.0 + np.abs(first.apply(given_points)).max()
    np.testing.assert_allclose(
        first.inverse().apply(first.apply(given_points)), given_points, atol=1e-9 * size / first.scale
    )
    both = first.then(second).apply(given_points)
    np.testing.assert_allclose(both, second.apply(first.apply(given_points)), atol=1e-9 * (1.0 + np.abs(both).max()))


@given(similarities, points(6))
def test_the_similarity_between_moved_points_is_the_one_that_moved_them(truth, source):
    spread = np.linalg.svd(source - source.mean(axis=0), compute_uv=False)
    # Points on a line fix no rotation.
    assume(spread[1] > 1e-2 * spread[0] and spread[0] > 1e-3)
    target = truth.apply(source)
    found = fit_similarity(source, target)
    np.testing.assert_allclose(found.apply(source), target, atol=1e-7 * (1.0 + np.abs(target).max()))
    assert np.linalg.det(found.rotation) > 0.0


@given(meshes())
def test_a_fan_has_its_polygons_corners_and_direction(mesh):
    assert len(mesh.triangles) == (mesh.face_sizes - 2).sum()
    for face, corners in enumerate(mesh.faces_as_lists()):
        fan = mesh.triangles[mesh.triangle_faces == face]
        assert (fan[:, 0] == corners[0]).all()
        np.testing.assert_array_equal([fan[0, 0], *fan[:, 1], fan[-1, 2]], corners)


@given(meshes())
def test_turning_over_twice_changes_nothing(mesh):
    again = mesh.flipped().flipped()
    np.testing.assert_array_equal(again.corners, mesh.corners)
    if mesh.uvs is not None:
        np.testing.assert_array_equal(again.uvs, mesh.uvs)


@given(meshes())
def test_edges_join_components_and_borders_are_edges(mesh):
    edges, parts = unique_edges(mesh), connected_components(mesh)
    assert (edges[:, 0] < edges[:, 1]).all() and (parts[edges[:, 0]] == parts[edges[:, 1]]).all()
    assert set(map(tuple, np.sort(boundary_edges(mesh)).tolist())) <= set(map(tuple, edges.tolist()))


@given(arrays.arrays(np.float64, (4, 3), elements=st.floats(-6.0, 6.0)))
def test_axis_angles_are_scipys_rotations(vectors):
    made = axis_angle_to_matrix(torch.from_numpy(vectors)).numpy()
    np.testing.assert_allclose(made, Rotation.from_rotvec(vectors).as_matrix(), atol=1e-12)


@given(arrays.arrays(np.float64, (3, 3, 3), elements=st.floats(-10.0, 10.0)))
def test_best_rotations_turn_better_than_others(covariances):
    rotations = best_fit_rotations(covariances)
    np.testing.assert_allclose(rotations @ rotations.transpose(0, 2, 1), np.tile(np.eye(3), (3, 1, 1)), atol=1e-6)
    assert (np.linalg.det(rotations) > 0.0).all()
    reached = np.abs(np.einsum("nij,nij->n", rotations, covariances))
    u, singular, vt = np.linalg.svd(covariances)
    singular[:, 2] *= np.sign(np.linalg.det(u @ vt))
    np.testing.assert_allclose(reached, np.abs(singular.sum(axis=1)), atol=1e-4)


@given(arrays.arrays(np.float64, 20, elements=st.floats(-1.0, 1.0)), st.integers(0, 3))
def test_derivatives_of_a_head_are_its_differences(step, seed):
    head = _head(np.random.default_rng(seed))
    state = head.neutral().moved(0.3 * np.random.default_rng(seed + 10).normal(size=20))
    _, slopes = Posed(head, state).derivatives()
    ends = [Posed(head, state.moved(sign * 1e-6 * step)).vertices() for sign in (1.0, -1.0)]
    np.testing.assert_allclose(slopes @ step, (ends[0] - ends[1]) / 2e-6, atol=1e-4)


def _head(random: np.random.Generator) -> PosableHead:
    """A head of seven vertices, four coefficients and four joints, with correctives of two."""
    weights = random.dirichlet(np.ones(4), 7)
    return PosableHead(
        key="flame", label="made up", version="none",
        template=10.0 * random.normal(size=(7, 3)), bases=random.normal(size=(7, 3, 4)),
        groups=(("identity", 3), ("expression", 1)), expression_names=(), sigma=np.ones(4), blendshapes=False,
        joint_names=("a", "b", "c", "d"), joints=random.normal(size=(4, 3)), joint_bases=random.normal(size=(4, 3, 4)),
        parents=np.array([-1, 0, 1, 1]), weights=weights, axes=np.tile(np.eye(3), (4, 1, 1)),
        correctives=random.normal(size=(7, 3, 2)), corrective_joints=np.array([1, 3]), corrective_entries=np.array([5, 0]),
    )  # fmt: skip
