"""Pairs of mesh elements that come near each other, and how far a motion may go before any two of them touch.

The elements are those of incremental potential contact (Li et al. 2020): vertices against triangles and edges against
edges, without a common vertex. A pair's closest points are affine in its four vertices, so that their distance has the
gradient `weights[k] * direction` at vertex k. Motions are bounded by additive continuous collision detection (Li et
al. 2021, "Codimensional incremental potential contact", algorithm 1), all in float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from ..device import warp_device
from .blocks import block_count, run_in_blocks
from .proximity_kernels import near_kernel, share_kernel


@dataclass(frozen=True)
class NearPairs:
    """Pairs of elements: vertices (N, 4) int32, weights (N, 4) with sum 0 of the offset between their closest points,
    and radii (N,) within which each was looked for."""

    vertices: np.ndarray
    weights: np.ndarray
    radii: np.ndarray

    def offsets(self, positions: np.ndarray) -> np.ndarray:
        """(N, 3) offsets between the closest points at the (V, 3) positions the pairs were found at."""
        return np.einsum("nk,nkd->nd", self.weights, positions[self.vertices])


class _Pairing:
    """One kind of pairs: (N, K) elements that are asked for those near them, (M, K') the elements asked about, and
    `inputs`, what kernels take of them. The bounding volume hierarchy of the latter is built once and refit."""

    def __init__(self, queries: np.ndarray, elements: np.ndarray, inputs: list, device):
        self.queries, self.inputs = queries, inputs
        self._elements, self._device = elements, device
        self._tree: wp.Bvh | None = None

    def boxes(self, *positions: np.ndarray, margin: float = 0.0) -> list[wp.array]:
        """Lower and upper corners of the boxes around the queries at all of the (V, 3) positions."""
        return [
            wp.array(corner, dtype=wp.vec3, device=self._device) for corner in _bounds(self.queries, positions, margin)
        ]

    def tree(self, *positions: np.ndarray) -> int:
        """The id of the hierarchy around the elements at all of the (V, 3) positions."""
        bounds = _bounds(self._elements, positions, 0.0)
        if self._tree is None:
            self._tree = wp.Bvh(*(wp.array(corner, dtype=wp.vec3, device=self._device) for corner in bounds))
        else:
            for box, corner in zip((self._tree.lowers, self._tree.uppers), bounds):
                box.assign(corner)
            self._tree.refit()
        return self._tree.id


def _bounds(elements: np.ndarray, positions: tuple[np.ndarray, ...], margin: float) -> tuple[np.ndarray, np.ndarray]:
    corners = [x[elements[:, k]] for x in positions for k in range(elements.shape[1])]
    lower, upper = corners[0], corners[0]
    for corner in corners[1:]:
        lower, upper = np.minimum(lower, corner), np.maximum(upper, corner)
    # Rounded outwards: float32 boxes must not miss a pair that is near in float64.
    lower = np.nextafter((lower - margin).astype(np.float32), np.float32(-np.inf))
    upper = np.nextafter((upper + margin).astype(np.float32), np.float32(np.inf))
    return lower, upper


class Proximity:
    """Finds near pairs of the elements of a surface whose vertices move.

    Parameters
    ----------
    rest : (V, 3) the undeformed surface; triangles : (T, 3); sheets : (V,) int, 1 and -1 on two sheets that face each
    other, 0 elsewhere. neighbourhood : elements that are this near at rest are neighbours, and no pair, unless they lie
    on different sheets. device : "cpu" or "cuda".

    An element lies on a sheet when all of its vertices do. Elements with a common vertex are no pair.
    """

    def __init__(
        self, rest: np.ndarray, triangles: np.ndarray, sheets: np.ndarray, neighbourhood: float, device: str = "cpu"
    ):
        self.device = warp_device(device)
        self._rest = wp.array(rest, dtype=wp.vec3d, device=self.device)
        self._neighbourhood = neighbourhood
        triangles = np.ascontiguousarray(triangles, dtype=np.int32)
        edges = np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
        vertices = np.unique(triangles)[:, None]
        self._pairings = [
            self._pairing(kind, queries, elements, np.asarray(sheets, np.int32))
            for kind, queries, elements in ((0, vertices, triangles), (1, edges, edges))
            if len(elements)
        ]
        self._capacity = max(64, len(edges))

    def _pairing(self, kind: int, queries: np.ndarray, elements: np.ndarray, sheets: np.ndarray) -> _Pairing:
        on_device = [wp.array(part, dtype=wp.int32, device=self.device) for part in (queries, elements)]
        for part in (queries, elements):
            own = sheets[part]
            same = np.where((own == own[:, :1]).all(axis=1), own[:, 0], 0).astype(np.int32)
            on_device.append(wp.array(same, dtype=wp.int32, device=self.device))
        return _Pairing(queries, elements, [kind, *on_device, self._rest, self._neighbourhood], self.device)

    def near(self, positions: np.ndarray, radius: float, own_radius: float) -> NearPairs:
        """All pairs at (V, 3) positions closer than `radius` between the two sheets, and than `own_radius`
        elsewhere."""
        parts = [(np.zeros((0, 4), np.int32), np.zeros((0, 4)), np.zeros(0))]
        x = wp.array(positions, dtype=wp.vec3d, device=self.device)
        for pairing in self._pairings:
            counts, found = self._find(pairing, positions, x, radius, own_radius)
            if counts.max() > self._capacity:
                self._capacity = int(counts.max())
                counts, found = self._find(pairing, positions, x, radius, own_radius)
            parts += [tuple(part[block, :count] for part in found) for block, count in enumerate(counts)]
        found = [np.concatenate(part) for part in zip(*parts)]
        if self.device.is_cuda:
            # Atomics write in any order, and sums of floats depend on it.
            order = np.lexsort(found[0].T)
            found = [part[order] for part in found]
        return NearPairs(*found)

    def free_share(self, positions: np.ndarray, step: np.ndarray) -> float:
        """How much of a (V, 3) step, at most 1, may be gone from (V, 3) positions before two elements touch: every
        distance keeps at least a tenth of itself all the way."""
        x, moves = (wp.array(values, dtype=wp.vec3d, device=self.device) for values in (positions, step))
        least = 1.0
        for pairing in self._pairings:
            ends = (positions, positions + step)
            tree, boxes = pairing.tree(*ends), pairing.boxes(*ends)
            count = len(pairing.queries)
            shares = wp.ones(count, dtype=wp.float64, device=self.device)

            def launch(_block: int, first: int, last: int):
                wp.launch(
                    share_kernel,
                    dim=last - first,
                    inputs=[tree, *pairing.inputs, x, moves, *boxes, first, shares],
                    device=self.device,
                )

            run_in_blocks(share_kernel, self.device, count, launch)
            least = min(least, float(shares.numpy().min()))
        return least

    def _find(self, pairing: _Pairing, positions: np.ndarray, x: wp.array, radius: float, own_radius: float):
        """Counts (B,) of every block of queries, of which one may exceed the capacity, and what `NearPairs` holds by
        block."""
        tree, boxes = pairing.tree(positions), pairing.boxes(positions, margin=max(radius, own_radius))
        blocks = block_count(self.device, len(pairing.queries))
        # One counter for every block: atomics on the CPU do not hold between threads.
        counts = wp.zeros(blocks, dtype=wp.int32, device=self.device)
        found = [
            wp.empty((blocks, self._capacity), dtype=dtype, device=self.device)
            for dtype in (wp.vec4i, wp.vec4d, wp.float64)
        ]

        def launch(block: int, first: int, last: int):
            wp.launch(
                near_kernel,
                dim=last - first,
                inputs=[tree, *pairing.inputs, x, *boxes, radius, own_radius, first, block, counts, *found],
                device=self.device,
            )

        run_in_blocks(near_kernel, self.device, len(pairing.queries), launch)
        return counts.numpy(), [part.numpy() for part in found]
