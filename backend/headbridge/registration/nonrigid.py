"""Non-rigid ICP: a thin-plate deformation pulled onto a surface by two-sided point-to-plane terms.

Every step solves one sparse linear system in closed form (Gauss-Newton; Amberg et al. 2007 anneal stiffness the same
way). The deformation energy is the integral of the squared Laplacian of the displacement, so stiffness is a length:
features of the motion shorter than about six bending lengths are suppressed, on any tessellation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ..linalg import SparseCholesky
from ..mesh.laplacian import cotangent_laplacian, thin_plate
from ..mesh.normals import corner_matrix, normalized, triangle_cross
from ..progress import Progress
from ..spatial import Surface
from .target_surface import TargetSurface


@dataclass(frozen=True)
class Stage:
    """One level of stiffness.

    bending_length : mm; iterations : outer ICP iterations; reach : mm, farther surface is ignored;
    min_cosine : smallest cosine between source and target normals; landmark, rim : how firmly landmarks and rims are
    held against the plate's own resistance (1 halves the error); tangential : share of point-to-point in the
    point-to-plane terms; reverse : weight of the target-to-source term.
    """

    bending_length: float
    iterations: int
    reach: float
    min_cosine: float = 0.5
    landmark: float = 1.0
    rim: float = 1.0
    tangential: float = 0.0
    reverse: float = 0.5
    symmetry: float = 0.0


@dataclass
class Anchors:
    """Points of the source that are pulled to fixed places: sum over vertices of weights -> target.

    rows : (N, V) sparse, barycentric weights; targets : (N, 3) mm.
    """

    rows: sp.csr_matrix
    targets: np.ndarray


@dataclass
class RimPair:
    """A closed curve of source vertices (K,) that should lie on a closed target polyline (M, 3)."""

    source: np.ndarray
    target: np.ndarray


class NonRigid:
    """State of a non-rigid registration of one connected source surface.

    Parameters
    ----------
    rest : (V, 3) mm, the source after the similarity alignment.
    triangles : (T, 3).
    data_weights : (V,) >= 0; vertices with 0 carry no data term and follow by smoothness.
    target : the surface to reach.
    landmarks : pulled points, or None. rims : curve pairs. mirror : (V,) partner of every vertex, or None.
    """

    def __init__(
        self,
        rest: np.ndarray,
        triangles: np.ndarray,
        data_weights: np.ndarray,
        target: TargetSurface,
        landmarks: Anchors | None = None,
        rims: tuple[RimPair, ...] = (),
        mirror: np.ndarray | None = None,
        device: str = "cpu",
    ):
        self.rest = np.array(rest)
        self.positions = np.array(rest)
        self.triangles = triangles
        self.target = target
        self.landmarks = landmarks
        self.rims = rims
        self.mirror = mirror
        self.plate, self.areas = thin_plate(rest, triangles)
        self.data_weights = data_weights * self.areas
        self._corners = corner_matrix(triangles, len(rest))
        matched = data_weights > 0
        self._matched_triangles = matched[triangles].all(axis=1)
        self._surface = Surface(rest, triangles, device)
        self._border = None
        self.local_stiffness = np.ones(len(rest))

    def run(self, stages: list[Stage], progress: Progress, span: tuple[float, float] = (0.0, 1.0), message: str = "Registering"):
        """Run the stages; `positions` holds the result."""
        total = sum(stage.iterations for stage in stages)
        done = 0
        for stage in stages:
            factor = None
            for _ in range(stage.iterations):
                progress.report(
                    span[0] + (span[1] - span[0]) * done / total,
                    f"{message}: bending length {stage.bending_length:.1f} mm",
                    self.positions if progress.wants_vertices else None,
                )
                factor = self._step(stage, factor)
                done += 1

    def _step(self, stage: Stage, factor: SparseCholesky | None) -> SparseCholesky:
        stiffness = stage.bending_length**4
        x = self.positions
        gradient = -stiffness * (self.plate @ (x - self.rest))
        terms = []  # (rows or None for identity, normals or None for isotropic, weights)
        diagonal = np.zeros(len(x))

        # Source to target.
        normals = normalized(self._corners @ triangle_cross(x, self.triangles))
        active = np.flatnonzero(self.data_weights > 0)
        hits, target_normals, on_border = self.target.closest(x[active])
        cosine = np.einsum("nd,nd->n", normals[active], target_normals)
        offset = hits.points - x[active]
        weight = np.where((hits.distances < stage.reach) & (cosine > stage.min_cosine) & ~on_border, 1.0, 0.0)
        weight *= self.data_weights[active] * _welsch(hits.distances, stage.reach)
        direction = _plane_normals(offset, hits.distances, target_normals)
        full_weight = np.zeros(len(x))
        full_weight[active] = weight
        full_direction = np.zeros_like(x)
        full_direction[active] = direction
        full_offset = np.zeros_like(x)
        full_offset[active] = offset
        tangential = stage.tangential
        along = np.einsum("nd,nd->n", full_direction, full_offset)
        gradient += full_weight[:, None] * (
            (1 - tangential) * along[:, None] * full_direction + tangential * full_offset
        )
        diagonal += full_weight * (tangential + (1 - tangential) / 3.0)

        # Target to source.
        self._surface.move(x)
        samples = self.target.vertices[self.target.samples]
        back = self._surface.closest(samples)
        corners = self.triangles[back.triangles]
        source_normals = normalized(np.einsum("nk,nkd->nd", back.barycentrics, normals[corners]))
        sample_normals = self.target.normals[self.target.samples]
        offset = samples - back.points
        accepted = (
            (back.distances < stage.reach)
            & (np.einsum("nd,nd->n", source_normals, sample_normals) > stage.min_cosine)
            & self._matched_triangles[back.triangles]
        )
        keep = np.flatnonzero(accepted)
        weight = stage.reverse * self.target.sample_areas[keep] * _welsch(back.distances[keep], stage.reach)
        direction = _plane_normals(offset[keep], back.distances[keep], sample_normals[keep])
        rows = sp.csr_matrix(
            (back.barycentrics[keep].ravel(), corners[keep].ravel(), np.arange(0, 3 * len(keep) + 1, 3)),
            shape=(len(keep), len(x)),
        )
        columns = rows.T.tocsr()
        along = np.einsum("nd,nd->n", direction, offset[keep])
        pull = (1 - tangential) * along[:, None] * direction + tangential * offset[keep]
        gradient += columns @ (weight[:, None] * pull)
        diagonal += (tangential + (1 - tangential) / 3.0) * (columns @ weight)
        reverse = (rows, columns, weight, direction)

        # Landmarks: a point spring on a plate of bending length l yields half at 8 l^2.
        springs = []
        if self.landmarks is not None and stage.landmark > 0:
            strength = stage.landmark * 8.0 * stage.bending_length**2
            rows = self.landmarks.rows
            gradient += strength * (rows.T @ (self.landmarks.targets - rows @ x))
            springs.append(strength * (rows.T @ rows))
        # Rims: a line spring yields half at about 2.8 l per unit length.
        for rim in self.rims:
            if stage.rim <= 0:
                break
            curve = x[rim.source]
            points, tangents = closest_on_closed_polyline(curve, rim.target)
            length = 0.5 * (
                np.linalg.norm(curve - np.roll(curve, 1, 0), axis=1) + np.linalg.norm(curve - np.roll(curve, -1, 0), axis=1)
            )
            strength = stage.rim * 2.8 * stage.bending_length * length
            offset = points - curve
            np.add.at(gradient, rim.source, strength[:, None] * offset)
            spring = np.zeros(len(x))
            np.add.at(spring, rim.source, strength)
            springs.append(sp.diags(spring))

        base = stiffness * self.plate
        for spring in springs:
            base = base + spring
        if factor is None:
            damping = 1e-3 * self.areas
            factor = SparseCholesky(base + sp.diags(diagonal + damping))
        damping = 0.01 * self.areas

        def operate(y):
            out = base @ y + damping[:, None] * y
            out += full_weight[:, None] * (
                (1 - tangential) * np.einsum("nd,nd->n", full_direction, y)[:, None] * full_direction + tangential * y
            )
            rows, columns, weight, direction = reverse
            z = rows @ y
            out += columns @ (
                weight[:, None] * ((1 - tangential) * np.einsum("nd,nd->n", direction, z)[:, None] * direction + tangential * z)
            )
            return out

        step, _ = _preconditioned_conjugate_gradients(operate, factor.solve, gradient)
        self.positions = x + step
        return factor


def _welsch(distances: np.ndarray, reach: float) -> np.ndarray:
    """Robust weight that fades to exp(-2) at the reach."""
    return np.exp(-2.0 * (distances / reach) ** 2)


def _plane_normals(offset: np.ndarray, distances: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Gradient of the distance: along the offset to the closest point, or the surface normal where they touch."""
    return np.where((distances > 1e-4)[:, None], offset / np.maximum(distances, 1e-12)[:, None], normals)


def closest_on_closed_polyline(points: np.ndarray, polyline: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Closest points of (N, 3) on a closed (M, 3) polyline, and the unit tangents there."""
    start = polyline
    edge = np.roll(polyline, -1, axis=0) - start
    length2 = np.maximum(np.einsum("md,md->m", edge, edge), 1e-24)
    t = np.clip(np.einsum("nmd,md->nm", points[:, None] - start, edge) / length2, 0.0, 1.0)
    on = start + t[..., None] * edge
    best = np.argmin(((points[:, None] - on) ** 2).sum(-1), axis=1)
    return on[np.arange(len(points)), best], normalized(edge)[best]


def _preconditioned_conjugate_gradients(operate, precondition, right, tolerance: float = 1e-2, limit: int = 12):
    """Solve operate(y) = right for a symmetric positive definite operator on (V, 3)."""
    y = np.zeros_like(right)
    residual = right.copy()
    z = precondition(residual)
    direction = z.copy()
    rho = float(np.vdot(residual, z))
    first = rho
    for iteration in range(limit):
        if rho <= tolerance**2 * first:
            return y, iteration
        image = operate(direction)
        alpha = rho / float(np.vdot(direction, image))
        y += alpha * direction
        residual -= alpha * image
        z = precondition(residual)
        rho, previous = float(np.vdot(residual, z)), rho
        direction = z + (rho / previous) * direction
    return y, limit
