"""Sparse Cholesky against a dense solve, and its refusals."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import scipy.sparse as sp

from headbridge.batch.memory import give_memory_back, own_memory_bytes
from headbridge.errors import HeadBridgeError
from headbridge.jobs.versions import has_cholespy
from headbridge.linalg import SparseCholesky, cholesky


@pytest.fixture(params=[cholesky._Cholespy, cholesky._SciPy], ids=["cholespy", "SciPy"], autouse=True)
def factor_of(request, monkeypatch):
    if request.param is cholesky._Cholespy and not has_cholespy():
        pytest.skip("cholespy has no packages for this machine")
    monkeypatch.setattr(cholesky, "_FACTOR", request.param)


def test_the_pins_have_cholespy_where_it_is_used(monkeypatch):
    monkeypatch.undo()
    assert has_cholespy() == (cholesky._FACTOR is cholesky._Cholespy)


def positive_definite(n: int = 60):
    rng = np.random.default_rng(0)
    half = sp.random(n, n, density=0.1, random_state=1)
    return (half @ half.T + sp.identity(n)).tocsr(), rng


@pytest.mark.parametrize("columns", [None, 1, 3, 7])
def test_solves_like_a_dense_solver(columns):
    matrix, rng = positive_definite()
    right = rng.normal(size=60 if columns is None else (60, columns))
    factor = SparseCholesky(matrix)
    for _ in range(2):  # one factor serves many right-hand sides
        np.testing.assert_allclose(factor.solve(right), np.linalg.solve(matrix.toarray(), right), rtol=1e-9, atol=1e-12)
        right = right + 1.0


def test_takes_any_sparse_format_and_leaves_the_right_hand_side_alone():
    matrix, rng = positive_definite()
    right = rng.normal(size=(60, 2))
    kept = right.copy()
    answers = [
        SparseCholesky(convert(matrix)).solve(right) for convert in (sp.csr_matrix, sp.csc_matrix, sp.coo_matrix)
    ]
    for answer in answers:
        np.testing.assert_allclose(matrix @ answer, right, atol=1e-10)
    np.testing.assert_array_equal(right, kept)


def test_a_right_hand_side_in_any_memory_order_solves_alike():
    matrix, rng = positive_definite()
    right = rng.normal(size=(60, 3))
    factor = SparseCholesky(matrix)
    np.testing.assert_allclose(factor.solve(np.asfortranarray(right)), factor.solve(right), rtol=1e-12)
    np.testing.assert_allclose(factor.solve(np.repeat(right, 2, axis=0)[::2]), factor.solve(right), rtol=1e-12)


@pytest.mark.parametrize(
    "matrix",
    [
        sp.diags([1.0, 2.0, -1.0, 3.0]),
        sp.csr_matrix(np.array([[1.0, 2.0], [2.0, 1.0]])),
    ],
    ids=["negative diagonal", "indefinite"],
)
def test_an_indefinite_matrix_is_refused(matrix):
    with pytest.raises(HeadBridgeError, match="could not be factored"):
        SparseCholesky(matrix)


def test_a_chain_of_springs_answers_a_pull_as_mechanics_says():
    path = sp.diags([[-1.0] * 9, [1.0] + [2.0] * 8 + [1.0], [-1.0] * 9], [-1, 0, 1])
    anchored = (path + sp.diags([1.0] + [0.0] * 9)).tocsr()
    # Held at one end by a unit spring, a unit pull at the other end moves the whole path: u_k = 1 + k.
    np.testing.assert_allclose(SparseCholesky(anchored).solve(np.eye(10)[9]), 1.0 + np.arange(10.0), rtol=1e-12)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_factors_that_are_gone_leave_no_memory_behind():
    matrix, right = sp.identity(100_000, format="csr") * 2.0, np.ones((100_000, 3))
    sizes = []
    for count in (5, 15):
        for _ in range(count):
            SparseCholesky(matrix).solve(right)
        give_memory_back()
        sizes.append(own_memory_bytes())
    # A workspace of 2.4 MB for each would make 36.
    assert sizes[1] - sizes[0] < 5_000_000
