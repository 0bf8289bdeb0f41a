"""Best-fit rotations of many small point sets at once."""

from __future__ import annotations

import numpy as np
import warp as wp

from ..device import warp_device
from .blocks import run_in_blocks


@wp.kernel(enable_backward=False)
def _rotation_kernel(covariances: wp.array(dtype=wp.mat33d), first: int, rotations: wp.array(dtype=wp.mat33d)):
    i = wp.tid() + first
    left, _stretch, right = wp.svd3(covariances[i])
    one = wp.float64(1.0)
    if wp.determinant(left) * wp.determinant(right) < wp.float64(0.0):
        left = left * wp.diag(wp.vec3d(one, one, -one))
    rotations[i] = left * wp.transpose(right)


def best_fit_rotations(covariances: np.ndarray, device: str = "cpu") -> np.ndarray:
    """Rotations that carry point sets onto each other best (Kabsch 1976).

    For (N, 3, 3) covariances C = sum y x^T of centred points, the (N, 3, 3) rotations R that maximise trace(R^T C)
    and so bring R x closest to y. The determinant is +1 also where a reflection would fit better.
    """
    device = warp_device(device)
    inputs = wp.array(np.ascontiguousarray(covariances, dtype=np.float64), dtype=wp.mat33d, device=device)
    rotations = wp.empty(len(covariances), dtype=wp.mat33d, device=device)

    def launch(_block: int, first: int, last: int):
        wp.launch(_rotation_kernel, dim=last - first, inputs=[inputs, first, rotations], device=device)

    run_in_blocks(_rotation_kernel, device, len(covariances), launch)
    return rotations.numpy()
