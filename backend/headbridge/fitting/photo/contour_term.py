"""The outline of the face: landmarks that lie on no fixed place of the skin, but where the head turns out of sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ...mesh.normals import normalized, vertex_normals
from ..posable import Posed
from .state import ViewState
from .view import Screen

# A landmark and the outline agree in direction when the cosine of their normals is above this.
_LEAST_AGREEMENT = 0.6
# Standard deviations beyond which a landmark is thought to follow something else, and where that begins.
_FARTHEST, _CAUCHY = 6.0, 2.0


@dataclass(frozen=True, eq=False)
class Outline:
    """Where a surface turns out of sight: N points on edges, at (1 - share) first + share second vertex.

    edges : (N, 2) vertices. shares : (N,). places : (N, 2) pixels. normals : (N, 2) unit, outwards on the screen.
    """

    edges: np.ndarray
    shares: np.ndarray
    places: np.ndarray
    normals: np.ndarray


def outline(vertices: np.ndarray, triangles: np.ndarray, edges: np.ndarray, screen: Screen, focal: float) -> Outline:
    """The occluding contour of a mesh on some of its edges, hidden parts included.

    vertices : (V, 3) in the upright camera frame. triangles : (T, 3). edges : (E, 2) of them, those to look at.
    A point lies where the surface's normal, interpolated along an edge, is square to the view of it."""
    normals = vertex_normals(vertices, triangles)
    facing = -np.einsum("vd,vd->v", normals, vertices)
    first, second = facing[edges[:, 0]], facing[edges[:, 1]]
    crossing = first * second < 0.0
    edges, first, second = edges[crossing], first[crossing], second[crossing]
    shares = first / (first - second)
    points = _between(vertices, edges, shares)
    # On the screen the normal there points across the outline, rows downwards.
    across = _between(normals, edges, shares)[:, :2] * (1.0, -1.0)
    return Outline(edges, shares, screen.project(points, focal), normalized(across))


@dataclass(frozen=True, eq=False)
class ContourTerm:
    """Squared distances of landmarks from the outline, across it, in standard deviations.

    edges (N, 2), shares (N,) : the outline's points they belong to for now. normals : (N, 2). targets : (N, 2) pixels.
    weights : (N,) 1 / sigma^2 in pixels^-2.
    """

    screen: Screen
    edges: np.ndarray
    shares: np.ndarray
    normals: np.ndarray
    targets: np.ndarray
    weights: np.ndarray

    def cost(self, view: ViewState, posed: Posed) -> float:
        """See `problem.Term`."""
        corners = posed.vertices(self.edges.ravel()).reshape(-1, 2, 3)
        places = self.screen.project(self._mixed(corners), view.focal)
        return float(self.weights @ np.einsum("nd,nd->n", self.normals, self.targets - places) ** 2)

    def normal_equations(self, view: ViewState, posed: Posed) -> tuple[np.ndarray, np.ndarray, float]:
        """See `problem.Term`."""
        corners, slopes = posed.derivatives(self.edges.ravel())
        count = len(self.edges)
        points, slopes = (
            self._mixed(corners.reshape(count, 2, 3)),
            self._mixed(slopes.reshape(count, 2, 3, slopes.shape[2])),
        )
        places, slopes = self.screen.linearised(view, points, slopes)
        rows = np.einsum("nd,ndp->np", self.normals, slopes)
        residual = np.einsum("nd,nd->n", self.normals, self.targets - places)
        weighted = self.weights[:, None] * rows
        return rows.T @ weighted, weighted.T @ residual, float(self.weights @ residual**2)

    def _mixed(self, ends: np.ndarray) -> np.ndarray:
        shares = self.shares.reshape(-1, *(1,) * (ends.ndim - 2))
        return (1.0 - shares) * ends[:, 0] + shares * ends[:, 1]


def contour_term(
    found: Outline, screen: Screen, targets: np.ndarray, normals: np.ndarray, sigma: np.ndarray
) -> ContourTerm:
    """Each of (N, 2) landmarks with the nearest point of the outline that looks the same way, where there is one.

    normals : (N, 2), unit, outwards as far as the landmarks tell. sigma : (N,) pixels."""
    if not len(found.edges) or not len(targets):
        nothing = np.zeros((0, 2))
        return ContourTerm(screen, nothing.astype(np.int64), np.zeros(0), nothing, nothing, np.zeros(0))
    near, chosen = cKDTree(found.places).query(targets, k=min(24, len(found.places)))
    near, chosen = near.reshape(len(targets), -1), chosen.reshape(len(targets), -1)
    agree = np.einsum("nd,nkd->nk", normals, found.normals[chosen])
    allowed = (agree > _LEAST_AGREEMENT) & (near < _FARTHEST * sigma[:, None])
    best = np.argmin(np.where(allowed, near, np.inf), axis=1)
    rows = np.flatnonzero(allowed.any(axis=1))
    at, distance = chosen[rows, best[rows]], near[rows, best[rows]] / sigma[rows]
    weights = 1.0 / (1.0 + (distance / _CAUCHY) ** 2) / sigma[rows] ** 2
    return ContourTerm(screen, found.edges[at], found.shares[at], found.normals[at], targets[rows], weights)


def _between(ends: np.ndarray, edges: np.ndarray, shares: np.ndarray) -> np.ndarray:
    return (1.0 - shares)[:, None] * ends[edges[:, 0]] + shares[:, None] * ends[edges[:, 1]]
