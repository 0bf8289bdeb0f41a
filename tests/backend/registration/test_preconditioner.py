import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp

from headbridge.mesh.laplacian import cotangent_laplacian, thin_plate
from headbridge.registration.preconditioner import PlatePreconditioner

from .shapes import sphere


@pytest.fixture(scope="module", params=[0.5, 4.0, 30.0])
def plate(request):
    """Laplacian, areas, the plate's matrix on springs of very different strengths, its bending length and springs."""
    length = request.param
    vertices, triangles = sphere(2, 40.0)
    laplacian = cotangent_laplacian(vertices, triangles)
    matrix, areas = thin_plate(vertices, triangles, laplacian)
    springs = areas * np.random.default_rng(5).choice([0.01, 0.3, 2.0], len(areas))
    return laplacian, areas, length**4 * matrix + sp.diags(springs), length, springs


def test_it_solves_with_the_matrix_its_docstring_names(plate):
    laplacian, areas, _, length, springs = plate
    root = length**2 * laplacian.toarray() + np.diag(np.sqrt(springs * areas))
    right = np.random.default_rng(0).normal(size=(len(areas), 3))
    solved = PlatePreconditioner(laplacian, areas, length, springs).solve(right)
    np.testing.assert_allclose(root @ np.diag(1.0 / areas) @ root @ solved, right, atol=1e-8 * np.abs(right).max())


@pytest.mark.slow
def test_it_stays_within_a_small_factor_of_the_plate(plate):
    laplacian, areas, matrix, length, springs = plate
    tool = PlatePreconditioner(laplacian, areas, length, springs)
    inverse = tool.solve(np.eye(len(areas)))
    values = scipy.linalg.eigvals(inverse @ matrix.toarray()).real
    # P = (a + b) M^-1 (a + b) is at most twice A; its cross terms are not positive for uneven springs, hence the margin.
    assert values.min() > 0.49 and values.max() < 4.0
