"""Non-rigid ICP: a thin-plate deformation pulled onto a surface by two-sided point-to-plane terms.

Every iteration solves one sparse linear system (Gauss-Newton), with stiffness annealed over stages as in Amberg et al.
2007. The deformation energy is the integral of |L x - b|^2, where b are the rest shape's differential coordinates turned
with each neighbourhood (Sorkine and Alexa 2007), so stiffness is a length: motion with features much shorter than six
bending lengths is suppressed, on any tessellation, and large rotations cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ..mesh.interpolation import barycentric_rows
from ..mesh.laplacian import cotangent_laplacian, thin_plate
from ..mesh.normals import corner_matrix, normalized, vertex_normals
from ..progress import Progress
from ..spatial import Surface
from ..spatial.residuals import agreement, biweight, distance_gradients
from .anchors import Anchors, EdgeLine, RimPair, closest_on_closed_curve
from .conjugate_gradients import preconditioned_conjugate_gradients
from .holes import rims_at_holes
from .preconditioner import PlatePreconditioner
from .rotations import LocalRotations
from .surface_term import SurfaceTerm, selection
from .symmetry import SymmetryTerm
from .target_surface import TargetSurface

# The plate's answer to a point and to a line spring: at these strengths (times l^2, times l per mm) it yields by half.
_POINT_SPRING = 8.0
_LINE_SPRING = 2.8
# How firmly rims hold to the edges of holes against the plate (as `Stage.rim`): where a surface ends nothing else holds them.
_HOLE_RIM = 4.0
# Levenberg's damping of the steps, as a share of the data weight: tangential motion has no data of its own.
_DAMPING = 0.01


@dataclass(frozen=True)
class Stage:
    """One level of stiffness.

    bending_length : mm. iterations : Gauss-Newton steps. reach : mm, farther surface is ignored.
    landmark, rim : how firmly landmarks and rims hold against the plate (1: they meet half way).
    symmetry : weight of the motion's symmetry. reverse : weight of the target-to-source term. min_cosine : between the normals of matched points.
    """

    bending_length: float
    iterations: int
    reach: float
    landmark: float
    rim: float
    symmetry: float = 0.0
    reverse: float = 0.5
    min_cosine: float = 0.5


class NonRigid:
    """A non-rigid registration of one source surface; `positions` (V, 3) mm holds its state.

    Parameters
    ----------
    rest : (V, 3) mm, the source after alignment; triangles : (T, 3).
    data_weights : (V,) >= 0; vertices with 0 carry no data term and follow by smoothness.
    target : what to reach. landmarks, rims, edges : what else holds the source. symmetry : of its motion, weighed by
    the stages. device : for closest points. openings : closed curves (K,) of vertices by name, and holes : closed (M, 3) edges
    on the target; an opening that comes to lie along one is held to it.
    """

    def __init__(
        self,
        rest: np.ndarray,
        triangles: np.ndarray,
        data_weights: np.ndarray,
        target: TargetSurface,
        landmarks: Anchors | None = None,
        rims: tuple[RimPair, ...] = (),
        edges: tuple[EdgeLine, ...] = (),
        symmetry: SymmetryTerm | None = None,
        device: str = "cpu",
        openings: dict[str, np.ndarray] | None = None,
        holes: tuple[np.ndarray, ...] = (),
    ):
        self.positions = np.array(rest)
        self._triangles = triangles
        self._target = target
        self._landmarks = landmarks
        # What landmarks add to the matrix, up to their strength.
        self._points = (
            sp.csr_matrix((len(rest), len(rest))) if landmarks is None else (landmarks.rows.T @ landmarks.rows).tocsr()
        )
        self._rims, self._edges = rims, edges
        self._openings, self._holes = openings or {}, holes
        self._symmetry = symmetry
        self._laplacian = cotangent_laplacian(rest, triangles)
        self._plate, self._areas = thin_plate(rest, triangles, self._laplacian)
        self._rotations = LocalRotations(rest, triangles, self._laplacian)
        self._corners = corner_matrix(triangles, len(rest))
        self._active = np.flatnonzero(data_weights > 0)
        self._data_weights = (data_weights * self._areas)[self._active]
        self._vertex_weights = np.array(data_weights, dtype=np.float64)
        self._data_triangles = (data_weights > 0)[triangles].all(axis=1)
        self._surface = Surface(rest, triangles, device)
        self._at_holes: tuple[RimPair, ...] = ()

    def run(self, stages: list[Stage], progress: Progress, span: tuple[float, float] = (0.0, 1.0)) -> None:
        """Run the stages in order."""
        total = sum(stage.iterations for stage in stages)
        done = 0
        for stage in stages:
            turned = self._rotations.turned(self._rotations.at(self.positions))
            self._at_holes = tuple(rims_at_holes(self.positions, self._openings, self._holes).values())
            preconditioner = None
            for _ in range(stage.iterations):
                progress.report(
                    span[0] + (span[1] - span[0]) * done / total,
                    f"Registering at a bending length of {stage.bending_length:.1f} mm",
                    self.positions if progress.wants_vertices else None,
                )
                preconditioner = self._step(stage, turned, preconditioner)
                done += 1

    def _step(
        self, stage: Stage, turned: np.ndarray, preconditioner: PlatePreconditioner | None
    ) -> PlatePreconditioner:
        """One Gauss-Newton step. The preconditioner of a stage's first step serves the others."""
        x = self.positions
        stiffness = stage.bending_length**4
        right = -stiffness * (self._laplacian @ ((self._laplacian @ x - turned) / self._areas[:, None]))
        springs, rim_pull = self._rim_springs(stage, x)
        springs += _DAMPING * self._areas
        right += rim_pull
        point_strength = stage.landmark * _POINT_SPRING * stage.bending_length**2
        if self._landmarks is not None:
            rows = self._landmarks.rows
            right += point_strength * (rows.T @ (self._landmarks.targets - rows @ x))
        normals = vertex_normals(x, self._triangles, self._corners)
        terms = (self._towards_target(stage, x, normals), self._from_target(stage, x, normals))
        for term in terms:
            right += term.pull
        symmetry = None if stage.symmetry == 0.0 else self._symmetry
        if symmetry is not None:
            symmetry.at(x)
            right += stage.symmetry * symmetry.pull(x)
        if preconditioner is None:
            diagonal = springs + point_strength * self._points.diagonal() + sum(term.diagonal() for term in terms)
            if symmetry is not None:
                diagonal += stage.symmetry * symmetry.diagonal()
            preconditioner = PlatePreconditioner(self._laplacian, self._areas, stage.bending_length, diagonal)

        def operate(step):
            out = stiffness * (self._plate @ step) + springs[:, None] * step
            out += point_strength * (self._points @ step)
            out += sum(term.apply(step) for term in terms)
            return out if symmetry is None else out + stage.symmetry * symmetry.apply(step)

        self.positions = x + preconditioned_conjugate_gradients(operate, preconditioner.solve, right)
        return preconditioner

    def _towards_target(self, stage: Stage, x: np.ndarray, normals: np.ndarray) -> SurfaceTerm:
        points = x[self._active]
        hits, target_normals, trust = self._target.closest(points)
        cosines = np.einsum("nd,nd->n", normals[self._active], target_normals)
        trust = trust * agreement(cosines, stage.min_cosine) * biweight(hits.distances, stage.reach)
        keep = np.flatnonzero(trust > 0.0)
        offsets, distances = (hits.points - points)[keep], hits.distances[keep]
        weights = self._data_weights[keep] * trust[keep]
        directions = distance_gradients(offsets, distances, target_normals[keep])
        return SurfaceTerm(selection(self._active[keep], len(x)), offsets, directions, weights)

    def _from_target(self, stage: Stage, x: np.ndarray, normals: np.ndarray) -> SurfaceTerm:
        target = self._target
        samples, sample_normals = target.vertices[target.samples], target.normals[target.samples]
        self._surface.move(x)
        hits = self._surface.closest(samples)
        corners = self._triangles[hits.triangles]
        source_normals = normalized(np.einsum("nk,nkd->nd", hits.barycentrics, normals[corners]))
        cosines = np.einsum("nd,nd->n", source_normals, sample_normals)
        trust = agreement(cosines, stage.min_cosine) * biweight(hits.distances, stage.reach)
        keep = np.flatnonzero((trust > 0.0) & self._data_triangles[hits.triangles])
        offsets, distances = (samples - hits.points)[keep], hits.distances[keep]
        own = np.einsum("nk,nk->n", hits.barycentrics[keep], self._vertex_weights[corners[keep]])
        weights = stage.reverse * own * target.sample_areas[keep] * trust[keep]
        directions = distance_gradients(offsets, distances, sample_normals[keep])
        rows = barycentric_rows(corners[keep], hits.barycentrics[keep], len(x))
        return SurfaceTerm(rows, offsets, directions, weights)

    def _rim_springs(self, stage: Stage, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(V,) strengths of the springs on rims, at holes too, and on edges, and their (V, 3) pull."""
        springs, pull = np.zeros(len(x)), np.zeros_like(x)
        per_mm = stage.rim * _LINE_SPRING * stage.bending_length
        at_hole = _HOLE_RIM * _LINE_SPRING * stage.bending_length
        for rim, firmness in (*((rim, per_mm) for rim in self._rims), *((rim, at_hole) for rim in self._at_holes)):
            curve = x[rim.source]
            steps = np.linalg.norm(np.roll(curve, -1, axis=0) - curve, axis=1)
            strength = firmness * 0.5 * (steps + np.roll(steps, 1))
            springs[rim.source] += strength
            pull[rim.source] += strength[:, None] * (closest_on_closed_curve(curve, rim.target) - curve)
        for edge in self._edges:
            curve = x[edge.source]
            steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
            beside, ways, _ = edge.ways(curve)
            strength = per_mm * 0.5 * (np.append(steps, 0.0) + np.append(0.0, steps))[beside]
            springs[edge.source[beside]] += strength
            pull[edge.source[beside]] += strength[:, None] * ways
        return springs, pull
