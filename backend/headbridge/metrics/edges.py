"""How evenly a registration stretched the mesh."""

from __future__ import annotations

import numpy as np

from ..mesh import Mesh
from ..mesh.adjacency import unique_edges
from .statistics import summary


def edge_log_ratios(template: Mesh, positions: np.ndarray, vertices: np.ndarray | None = None) -> np.ndarray:
    """(E,) |log(length / (scale * template length))| of the polygons' edges.

    `positions` is (V, 3), in any unit: `scale` is the median length ratio of the chosen edges, which minimises the
    mean of the values. `vertices` is a (V,) bool choice; edges with both ends in it count. Edges without length in
    the template are left out; one that lost its length counts as a billionth of the median length, so that the
    values stay finite.
    """
    edges = unique_edges(template)
    if vertices is not None:
        edges = edges[vertices[edges].all(axis=1)]
    before = np.linalg.norm(template.vertices[edges[:, 0]] - template.vertices[edges[:, 1]], axis=1)
    after = np.linalg.norm(positions[edges[:, 0]] - positions[edges[:, 1]], axis=1)
    before, after = before[before > 0], after[before > 0]
    if not len(before):
        return before
    floor = 1e-9 * np.median(after) + np.finfo(float).tiny
    logs = np.log(np.maximum(after, floor) / before)
    return np.abs(logs - np.median(logs))


def edge_log_ratio_summary(
    template: Mesh, positions: np.ndarray, vertices: np.ndarray | None = None
) -> dict[str, float | None]:
    """median, p95 and max of `edge_log_ratios`."""
    ratios = summary(edge_log_ratios(template, positions, vertices))
    return {key: ratios[key] for key in ("median", "p95", "max")}
