"""A preconditioner for thin plates on springs that needs no factor of the plate itself."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ..linalg import SparseCholesky


class PlatePreconditioner:
    """Solves with P = F M^-1 F, F = l^2 L + sqrt(D M), in place of A = l^4 L M^-1 L + D.

    With a = l^2 L and b = sqrt(D M), A is a M^-1 a + b M^-1 b and P is (a + b) M^-1 (a + b): between A and about 2 A. F has
    the Laplacian's few entries, so its factor costs a fraction of the plate's.

    laplacian : (V, V), L; areas : (V,) mm^2, M; bending_length : mm, l; diagonal : (V,) mm^2, D.
    """

    def __init__(self, laplacian: sp.csr_matrix, areas: np.ndarray, bending_length: float, diagonal: np.ndarray):
        self._areas = areas[:, None]
        self._factor = SparseCholesky(bending_length**2 * laplacian + sp.diags(np.sqrt(diagonal * areas)))

    def solve(self, right: np.ndarray) -> np.ndarray:
        """P^-1 times (V, K)."""
        return self._factor.solve(self._areas * self._factor.solve(right))
