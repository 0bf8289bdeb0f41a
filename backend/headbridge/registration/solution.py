"""One run of a registration, from the alignment to the fold-free end state."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.interpolation import barycentric_rows
from ..mesh.normals import vertex_areas, vertex_normals
from ..models import head_model
from ..progress import Progress
from ..spatial import Surface
from ..topologies import Topology
from .alignment import align_without_landmarks
from .anchors import Anchors, RimPair
from .frames import SourceFrame, source_frame, target_millimetres
from .job import LandmarkPairs, RegisterInput, RegisterSettings, Similarity
from .model_start import EFFECTIVE_SAMPLES, fit_model
from .nonrigid import NonRigid
from .parts import carry_parts, keep_shapes
from .schedule import stages
from .selection import compact_triangles, data_weights, matched_vertices, moving_vertices
from .similarity import fit_similarity_robust
from .symmetry import SymmetryTerm
from .target_surface import TargetSurface
from .untangle import Untangler

# Where fewer of the source's vertices agree with the target's side than this, the target is turned inside out.
_RIGHT_WAY_ROUND = 0.35


@dataclass(frozen=True)
class Problem:
    """A checked job: the input, the topologies found in it, the landmark pairs to use (`given` by the user, or from the
    tables) and `rows` (N, V), the barycentric weights of their source points."""

    inputs: RegisterInput
    settings: RegisterSettings
    source_topology: Topology | None
    target_topology: Topology | None
    pairs: LandmarkPairs | None
    rows: sp.csr_matrix | None
    given: bool


@dataclass(frozen=True)
class Solution:
    """Positions are mm in the target's orientation.

    positions : (V, 3) registered; aligned : (V, 3) after the similarity alone; similarity : source to target units;
    mm_per_target_unit; weights : (V,) data weights; notes : what was found; timings : seconds by step.
    """

    positions: np.ndarray
    aligned: np.ndarray
    similarity: Similarity
    mm_per_target_unit: float
    weights: np.ndarray
    notes: tuple[str, ...]
    timings: dict[str, float]


def embedding(points: np.ndarray, mesh: Mesh) -> sp.csr_matrix:
    """(N, V) barycentric weights of (N, 3) points on the mesh."""
    hits = Surface(mesh.vertices, mesh.triangles).closest(points)
    return barycentric_rows(mesh.triangles[hits.triangles], hits.barycentrics, len(mesh.vertices))


def solve(problem: Problem, progress: Progress, span: tuple[float, float]) -> Solution:
    """Run the job; progress moves through `span`."""
    return _Run(problem, progress, span).solution()


class _Run:
    def __init__(self, problem: Problem, progress: Progress, span: tuple[float, float]):
        self._problem = problem
        self._inputs, self._settings = problem.inputs, problem.settings
        self._source, self._target = problem.inputs.source, problem.inputs.target
        self._topology, self._target_topology = problem.source_topology, problem.target_topology
        self._progress, self._span = progress, span
        self._weights = data_weights(self._inputs, self._topology)
        self._moving, self._parts = moving_vertices(self._inputs, self._topology)
        self._matched = matched_vertices(self._inputs, self._target_topology)
        self._triangles = compact_triangles(self._source.triangles, self._moving)
        self._place = np.full(len(self._source.vertices), -1)
        self._place[self._moving] = np.arange(len(self._moving))
        self._notes = [
            f"{role}: recognised as {topology.label}."
            for role, topology in (("Source", self._topology), ("Target", self._target_topology))
            if topology is not None
        ]

    def solution(self) -> Solution:
        timings: dict[str, float] = {}
        clock = time.perf_counter()

        def lap(step: str):
            nonlocal clock
            timings[step] = time.perf_counter() - clock
            clock += timings[step]

        frame = source_frame(self._source, self._topology)
        similarity = self._align(frame)
        mm, reason = target_millimetres(self._target, self._target_topology, frame.canonical.scale, similarity.scale)
        self._notes.append(reason)
        self._mm = mm
        to_mm = similarity.then(Similarity(mm, np.eye(3), np.zeros(3)))
        self._aligned = to_mm.apply(self._source.vertices)
        self._progress = self._progress.through(self._preview)
        # What a scan hides inside itself is debris; what a topology with rims hides was modelled.
        clean = self._target_topology is not None and bool(self._target_topology.rims)
        surface = TargetSurface(
            mm * self._target.vertices, self._target.triangles, self._matched, self._settings.device, clean
        )
        self._refuse_inside_out(surface)
        lap("alignment")

        weights = self._weights[self._moving]
        landmarks = self._landmarks()
        rest, even, model = self._aligned, self._aligned[self._moving], None
        if self._settings.head_model and self._topology is not None:
            model = head_model(self._topology.key, self._inputs.head_space)
        if model is not None:
            rest = fit_model(
                self._source, model, to_mm, surface, self._moving, weights, landmarks,
                self._problem.given, self._progress, self._part(0.1, 0.25), self._settings.seed,
                EFFECTIVE_SAMPLES[self._inputs.head_space],
            )  # fmt: skip
            rest = keep_shapes(self._aligned, rest, self._eyeballs())
            # What is uneven in the topology itself is uneven in the model's mean, too.
            even = model.mean[self._moving]
            even = fit_similarity_robust(even, self._aligned[self._moving]).apply(even)
            lap("head model")
        solver = NonRigid(
            rest[self._moving], self._triangles, weights, surface, landmarks, self._rims(surface),
            self._symmetry(rest, even), self._settings.device,
        )  # fmt: skip
        solver.run(
            stages(self._settings, model is not None, self._problem.given), self._progress, self._part(0.25, 0.85)
        )
        lap("non-rigid")
        untangler = Untangler(self._aligned[self._moving], self._triangles, weights > 0, self._settings.device)
        positions = np.array(rest)
        positions[self._moving] = untangler.run(solver.positions, self._progress, self._part(0.85, 1.0))
        positions = carry_parts(rest, positions, self._parts, 0)
        lap("folds")
        return Solution(positions, self._aligned, similarity, mm, self._weights, tuple(self._notes), timings)

    def _eyeballs(self) -> list[np.ndarray]:
        regions = self._topology.regions
        return [regions[name] for name in ("left_eyeball", "right_eyeball") if name in regions]

    def _part(self, start: float, end: float) -> tuple[float, float]:
        first, last = self._span
        return first + start * (last - first), first + end * (last - first)

    def _preview(self, vertices: np.ndarray) -> np.ndarray:
        """Intermediate millimetres of the moving part, as the whole source in target units."""
        whole = np.array(self._aligned)
        whole[self._moving] = vertices
        return whole / self._mm

    def _align(self, frame: SourceFrame) -> Similarity:
        pairs = self._problem.pairs
        if pairs is not None:
            self._notes.append(f"Alignment: by {len(pairs.source)} landmark pairs.")
            return fit_similarity_robust(pairs.source, pairs.target)
        head = self._weights > 0
        if self._topology is not None and "neck" in self._topology.regions:
            head = head & ~self._topology.regions["neck"]
        triangles = self._source.triangles[head[self._source.triangles].all(axis=1)]
        if not len(triangles):
            raise InputError("Too little of the source is left to find the head by; shrink its 'do not match' group.")
        similarity, confidence = align_without_landmarks(
            frame.canonical.apply(self._source.vertices), triangles, self._target.vertices,
            self._target.triangles[self._matched[self._target.triangles].all(axis=1)],
            self._progress, self._part(0.0, 0.1), self._settings.seed, self._settings.device,
        )  # fmt: skip
        self._notes.append(
            f"Alignment: without landmarks; {100 * confidence:.0f} % of the surfaces came to lie on each other."
        )
        return frame.canonical.then(similarity)

    def _refuse_inside_out(self, surface: TargetSurface) -> None:
        active = self._moving[self._weights[self._moving] > 0]
        normals = vertex_normals(self._aligned, self._source.triangles)[active]
        _, target_normals, valid = surface.closest(self._aligned[active])
        if valid.any() and np.mean(np.einsum("nd,nd->n", normals, target_normals)[valid] > 0.0) < _RIGHT_WAY_ROUND:
            raise InputError(
                "The target's faces look inward where the source's look outward; recalculate its normals "
                "(in Blender: Edit Mode, Mesh > Normals > Recalculate Outside)."
            )

    def _landmarks(self) -> Anchors | None:
        pairs = self._problem.pairs
        if pairs is None or self._settings.landmark_weight == 0.0:
            return None
        rows = self._problem.rows[:, self._moving].tocsr()
        # A point on a part that follows (an eyeball, a tooth) can pull nothing.
        held = np.asarray(rows.sum(axis=1)).ravel() > 0.99
        if not held.all():
            self._notes.append(
                f"{int((~held).sum())} landmark pairs lie on parts that only follow; they were used for the alignment alone."
            )
        return Anchors(rows[held], self._mm * pairs.target[held]) if held.any() else None

    def _rims(self, surface: TargetSurface) -> tuple[RimPair, ...]:
        if self._topology is None or self._target_topology is None:
            return ()
        # A rim of sheets that were exchanged (the lip line of lips that cross) belongs in the middle between both.
        given = self._mm * self._target.vertices
        middle = 0.5 * (surface.vertices[: len(given)] + given)
        return tuple(
            RimPair(self._place[curve], middle[self._target_topology.rims[name]])
            for name, curve in self._topology.rims.items()
            if name in self._target_topology.rims
        )

    def _symmetry(self, rest: np.ndarray, even: np.ndarray) -> SymmetryTerm | None:
        if not self._settings.symmetry or self._topology is None or self._topology.mirror is None:
            return None
        mirror = self._topology.mirror[self._moving]
        partner = np.where(mirror >= 0, self._place[mirror], -1)
        aligned = self._aligned[self._moving]
        return SymmetryTerm(rest[self._moving], even, partner, vertex_areas(aligned, self._triangles))
