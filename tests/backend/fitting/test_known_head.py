"""Known heads that tools cut, closed or split are fitted where they have their topology's vertices."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.errors import InputError
from headbridge.fitting.convert import convert
from headbridge.fitting.job import ConvertSettings, FitMeshInput
from headbridge.fitting.known_head import as_known_head
from headbridge.fitting.mesh import fit_mesh
from headbridge.mesh import Mesh
from headbridge.mesh.similarity import Similarity
from headbridge.models.catalogue import HEADS
from headbridge.topologies import load_builtin

FLAME = load_builtin("flame")
TURN = Rotation.from_euler("xyz", [20, -35, 5], degrees=True).as_matrix()
PLACE = Similarity(0.001, TURN, np.array([0.3, 0.1, -0.2]))


@pytest.fixture(scope="module")
def without_eyes():
    faces = FLAME.triangles[(FLAME.triangles < 3931).all(axis=1)]
    return Mesh.from_faces(PLACE.apply(FLAME.vertices[:3931]), faces, name="no_eyes.obj")


def with_teeth(mesh):
    block = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]], float) * 0.01
    faces = np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]]) + len(mesh.vertices)
    return Mesh.from_faces(
        np.concatenate([mesh.vertices, block]), np.concatenate([mesh.triangles, faces]), name="teeth.obj"
    )


def test_what_is_missing_follows_the_template(without_eyes):
    inputs, notes = as_known_head(FitMeshInput(without_eyes), HEADS)
    assert np.array_equal(inputs.mesh.corners, FLAME.corners) and inputs.exclude.sum() == 1092
    np.testing.assert_allclose(inputs.mesh.vertices, PLACE.apply(FLAME.vertices), atol=1e-9)
    assert "without 1,092" in notes[0] and "'no_eyes.obj'" in notes[0]


def test_masks_go_to_the_topologys_vertices(without_eyes):
    mesh = with_teeth(without_eyes)
    weights, exclude = np.arange(len(mesh.vertices), dtype=float), np.zeros(len(mesh.vertices), bool)
    exclude[[7, 3933]] = True
    inputs, _ = as_known_head(FitMeshInput(mesh, exclude, weights), HEADS)
    assert np.array_equal(inputs.weights[:3931], weights[:3931])
    assert np.array_equal(np.flatnonzero(inputs.exclude), [7, *range(3931, 5023)])
    with pytest.raises(InputError, match="exclusion mask"):
        as_known_head(FitMeshInput(mesh, exclude[:-1]), HEADS)


def test_others_stay_as_they_are(sphere_mesh):
    for mesh in (FLAME, sphere_mesh()):
        inputs = FitMeshInput(mesh)
        assert as_known_head(inputs, HEADS) == (inputs, [])


def test_a_relative_is_fitted_like_the_head_itself(without_eyes):
    result = fit_mesh(FitMeshInput(with_teeth(without_eyes)))
    assert result.metrics["fitted"]["max"] < 0.01 and np.abs(result.coefficients["expression"]).max() < 0.01
    np.testing.assert_allclose(result.vertices, PLACE.apply(FLAME.vertices), atol=2e-5)


@pytest.mark.slow
def test_a_relative_is_converted_like_the_head_itself(without_eyes):
    settings = ConvertSettings(to="hack", identities="ict")
    whole = convert(FLAME.with_vertices(PLACE.apply(FLAME.vertices)), settings)
    cut = convert(without_eyes, settings)
    np.testing.assert_allclose(cut.vertices, whole.vertices, atol=1e-5)
    assert "without 1,092" in cut.fit.notes[0]


def test_another_vertex_order_is_refused():
    order = np.random.default_rng(0).permutation(len(FLAME.vertices))
    mesh = Mesh.from_faces(FLAME.vertices[order], np.argsort(order)[FLAME.triangles], name="sorted.obj")
    for use in (lambda: fit_mesh(FitMeshInput(mesh)), lambda: convert(mesh)):
        with pytest.raises(InputError, match="'sorted.obj' has FLAME's faces in another vertex order"):
            use()
