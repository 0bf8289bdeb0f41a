"""Inside or outside of a surface that may have holes, by its winding number."""

from __future__ import annotations

import numpy as np
import warp as wp

from ..device import warp_device
from .blocks import run_in_blocks

# Clusters farther than this many of their radii count as one dipole.
_ACCURACY = 2.0
_THRESHOLD = 0.6


@wp.kernel(enable_backward=False)
def _inside_kernel(
    mesh: wp.uint64,
    points: wp.array(dtype=wp.vec3),
    accuracy: float,
    threshold: float,
    first: int,
    inside: wp.array(dtype=wp.bool),
):
    i = wp.tid() + first
    found = wp.mesh_query_point_sign_winding_number(mesh, points[i], 1.0e30, accuracy, threshold)
    inside[i] = found.sign < 0.0


class Inside:
    """Tells which points lie inside a surface (generalised winding number, Barill et al. 2018).

    vertices : (V, 3); triangles : (T, 3), counter-clockwise from outside, open where they like; device : "cpu" or "cuda".
    """

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray, device: str = "cpu"):
        self._device = warp_device(device)
        self._centre = 0.5 * (vertices.min(axis=0) + vertices.max(axis=0))
        self._mesh = wp.Mesh(
            points=wp.array(self._local(vertices), dtype=wp.vec3, device=self._device),
            indices=wp.array(
                np.ascontiguousarray(triangles, np.int32).reshape(-1), dtype=wp.int32, device=self._device
            ),
            support_winding_number=True,
        )

    def _local(self, points: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(points - self._centre, dtype=np.float32)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """(N,) bool for (N, 3) points."""
        inputs = wp.array(self._local(points), dtype=wp.vec3, device=self._device)
        inside = wp.empty(len(points), dtype=wp.bool, device=self._device)

        def launch(_block: int, first: int, last: int):
            wp.launch(
                _inside_kernel,
                dim=last - first,
                inputs=[self._mesh.id, inputs, _ACCURACY, _THRESHOLD, first, inside],
                device=self._device,
            )

        run_in_blocks(_inside_kernel, self._device, len(points), launch)
        return inside.numpy()
