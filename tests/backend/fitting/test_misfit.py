"""A shape outside the model keeps a straight face, and expressions that are there are found."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from headbridge.fitting.gauss_newton import HeadProblem, prior_precision
from headbridge.fitting.job import FitMeshInput, FitMeshSettings
from headbridge.fitting.mesh import fit_mesh
from headbridge.fitting.misfit import cell_problem, likeliest_misfit

from .made_up_head import head_mesh, made_up_head, random_coefficients

pytestmark = pytest.mark.slow

EXPRESSIONS = {
    "neutral": {},
    "smile": {"mouthSmile_L": 0.7, "mouthSmile_R": 0.7},
    "blink": {"eyeBlink_L": 0.9, "eyeBlink_R": 0.9},
    "frown": {"browDown_L": 0.8, "browDown_R": 0.8},
}


def bumps(vertices, size, length, random):
    """(V, 3) smooth displacements of `size` mm (standard deviation of a coordinate): sums of Gaussian bumps."""
    centres = vertices[random.choice(len(vertices), 250)]
    field = np.exp(-0.5 * cdist(vertices, centres, "sqeuclidean") / length**2) @ random.normal(size=(250, 3))
    return size * field / np.sqrt((field**2).mean())


@pytest.mark.parametrize("length", [0.0, 7.0, 20.0])
def test_size_and_reach_of_a_field_are_told(length):
    """Linear and Gaussian throughout, so that maximum likelihood must find what was drawn."""
    head, random = made_up_head(vertices=600, identities=40), np.random.default_rng(0)
    free = np.zeros(head.coefficient_count + 13, bool)
    free[: head.coefficient_count] = True
    shape = head.template + head.bases @ random.normal(size=head.coefficient_count)
    scaled = np.sqrt(3.0) * cdist(head.template, head.template) / max(length, 1e-3)
    field = np.linalg.cholesky((1.0 + scaled) * np.exp(-scaled) + 0.1 * np.eye(600)) @ random.normal(size=(600, 3))
    problem = HeadProblem(head, shape + 0.8 * field, np.ones(600), prior_precision(head, 0.3, 0.2), free)
    found = likeliest_misfit(*cell_problem(problem), head.neutral())
    assert found.length == length
    assert found.size == pytest.approx(0.8 if length else 0.8 * np.sqrt(1.1), rel=0.15)


@pytest.mark.parametrize(
    ("name", "expression"),
    [("open_flame", "neutral"), ("open_flame", "frown"), ("ict_as_hack", "smile"), ("ict_as_hack", "blink")],
)
def test_a_shape_outside_the_model_is_no_expression_and_real_ones_are_found(name, expression, request):
    head = request.getfixturevalue(name)
    random = np.random.default_rng(list(EXPRESSIONS).index(expression))
    coefficients = random_coefficients(head, 1, jaw=0.0)
    given = np.array([EXPRESSIONS[expression].get(known, 0.0) for known in head.expression_names])
    coefficients |= {"expression": given}
    mesh = head_mesh(head, coefficients)
    outside = mesh.with_vertices(mesh.vertices + bumps(mesh.vertices, 2.0, 15.0, random))
    settings = FitMeshSettings(
        model="open-flame" if name == "open_flame" else "hack", scale=True, region="skin", identities="ict"
    )
    result = fit_mesh(FitMeshInput(outside), settings)
    found = result.coefficients["expression"]
    assert np.abs(found[given == 0.0]).max() < 0.35
    assert np.abs(found - given).mean() < 0.03
    if given.any():
        assert (found[given > 0.0] > 0.6 * given[given > 0.0]).all()
    # The head still comes near: what the model can say of the bumps is said by identities.
    assert result.metrics["skin"]["mean"] < 2.5


@pytest.mark.parametrize(("name", "noise"), [("open_flame", 0.0), ("open_flame", 0.3), ("ict_as_hack", 0.3)])
def test_a_jaw_that_turns_turns_the_bone(name, noise, request):
    head = request.getfixturevalue(name)
    coefficients = random_coefficients(head, 0)
    coefficients["expression"][:] = 0.0
    settings = FitMeshSettings(model="open-flame" if name == "open_flame" else "hack", identities="ict")
    angles, opened = np.arange(0, 26, 12 if noise else 5), []
    for angle in angles:
        mesh = head_mesh(head, coefficients | {"jaw": np.array([np.radians(angle), 0.0, 0.0])})
        shift = np.random.default_rng(angle).normal(0.0, noise, mesh.vertices.shape)
        found = fit_mesh(FitMeshInput(mesh.with_vertices(mesh.vertices + shift)), settings).coefficients
        opened.append(np.degrees(found["jaw"][0]))
        assert abs(found["expression"][head.expression_names.index("jawOpen")]) < 0.03
    np.testing.assert_allclose(opened, angles, atol=0.3)
    assert (np.diff(opened) > 0.0).all()
