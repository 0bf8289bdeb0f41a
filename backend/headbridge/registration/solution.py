"""One run of a registration, from the alignment to the fold-free end state."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.interpolation import barycentric_rows
from ..mesh.normals import vertex_areas, vertex_normals
from ..mesh.similarity import Similarity, fit_similarity_robust
from ..models import SPACES
from ..progress import Progress
from ..spatial import Surface
from ..topologies import Topology
from .alignment import align_without_landmarks
from .anchors import MOUTH, Anchors, EdgeLine, RimPair
from .contact import RIMS, close_openings, cut_at_corners, describe, nearer_halves
from .evidence import explanation, landmark_misfit
from .frames import SourceFrame, source_frame, target_millimetres
from .holes import directed, hole_edges, mean_width, rims_at_holes
from .job import LandmarkPairs, RegisterInput, RegisterSettings
from .nonrigid import NonRigid
from .parts import keep_shapes, transfer_parts
from .schedule import settling_stages, stages
from .seen import SeenPoints, SeenTarget
from .selection import compact_triangles, data_weights, moving_vertices
from .starts import Start, starts
from .symmetry import SymmetryTerm
from .target_surface import TargetSurface
from .untangle import Untangler

# Where fewer of the source's vertices agree with the target's side than this, the target is turned inside out.
_RIGHT_WAY_ROUND = 0.35
# Tables of two topologies name points some millimetres apart; a user's pairs are closer. mm.
_TABLE_SIGMA, _GIVEN_SIGMA = 2.0, 1.0
# Where no face is seen, surfaces must lie on each other as well as this.
_SURE_WITHOUT_FACE = 0.85
# A start that is behind by this much doubt after a stage ends behind: on nine strangers those that were behind by 0.2
# after the first one did.
_BEHIND = 0.15
# The rim where the lips end.
_LIPS = "lips_outer"
# A hole whose edges are this far apart is open, mm.
_OPEN_HOLE = 0.3
# What landmarks and head models leave on registrations that are right, mm.
_LANDMARK_NOISE, _MODEL_NOISE = 3.0, 1.0


@dataclass(frozen=True, eq=False)
class Problem:
    """A checked job.

    inputs, settings; the topologies found. pairs : landmark pairs to use, `given` by the user or from the tables, and
    `rows` (N, V), the barycentric weights of their source points; None where the target was looked at (`seen`) or nothing
    is known. target : the sound surface to reach, in the target's frame and unit; matched : (Vt,) bool, which of its
    vertices' surface is matched; clean : its inner sheets were modelled, not scanned. refusal : why no face was seen where one
    was looked for. notes : on the target. target_exclude : (Vt,) bool or None.
    """

    inputs: RegisterInput
    settings: RegisterSettings
    source_topology: Topology | None
    target_topology: Topology | None
    pairs: LandmarkPairs | None
    rows: sp.csr_matrix | None
    given: bool
    target: Mesh
    matched: np.ndarray
    clean: bool
    seen: SeenTarget | None = None
    refusal: InputError | None = None
    notes: tuple[str, ...] = ()
    target_exclude: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Solution:
    """Positions are mm in the target's orientation.

    positions : (V, 3) registered; aligned : (V, 3) after the similarity alone; rest : (V, 3) the shape against which folds are
    told, the start where that was given, else aligned; similarity : source to target units;
    mm_per_target_unit; weights : (V,) data weights; notes : what was found; timings : seconds by step. alignment : 0..1, the
    share of the surfaces that came to lie on each other, None where pairs aligned them. misfit : mm by region between
    landmarks seen on the target and on the result, None where nothing was looked at.
    """

    positions: np.ndarray
    aligned: np.ndarray
    rest: np.ndarray
    similarity: Similarity
    mm_per_target_unit: float
    weights: np.ndarray
    notes: tuple[str, ...]
    timings: dict[str, float]
    alignment: float | None = None
    misfit: dict[str, float] | None = None


def embedding(points: np.ndarray, mesh: Mesh) -> sp.csr_matrix:
    """(N, V) barycentric weights of (N, 3) points on the mesh."""
    hits = Surface(mesh.vertices, mesh.triangles).closest(points)
    return barycentric_rows(mesh.triangles[hits.triangles], hits.barycentrics, len(mesh.vertices))


def solve(problem: Problem, progress: Progress, span: tuple[float, float]) -> Solution:
    """Run the job; progress moves through `span`."""
    return _Run(problem, progress, span).solution()


class _Run:
    """One registration. It works in millimetres in a frame of its own: the mean head's where the target was looked at, the
    target's else; `self._to_target` leads from there to the target's frame and unit."""

    def __init__(self, problem: Problem, progress: Progress, span: tuple[float, float]):
        self._problem = problem
        self._inputs, self._settings = problem.inputs, problem.settings
        self._source = problem.inputs.source
        self._topology, self._target_topology = problem.source_topology, problem.target_topology
        self._progress, self._span = progress, span
        self._weights = data_weights(self._inputs, self._topology)
        self._moving, self._parts = moving_vertices(self._inputs, self._topology)
        self._triangles = compact_triangles(self._source.triangles, self._moving)
        self._place = np.full(len(self._source.vertices), -1)
        self._place[self._moving] = np.arange(len(self._moving))
        self._alignment: float | None = None
        self._opened = False
        self._edges: tuple[EdgeLine, ...] = ()
        self._holes: tuple[np.ndarray, ...] = ()
        self._notes = [
            f"{role}: recognised as {topology.label}."
            for role, topology in (("Source", self._topology), ("Target", self._target_topology))
            if topology is not None
        ]
        self._timings: dict[str, float] = {}
        self._clock = time.perf_counter()

    def _lap(self, step: str) -> None:
        now = time.perf_counter()
        self._timings[step] = self._timings.get(step, 0.0) + now - self._clock
        self._clock = now

    def solution(self) -> Solution:
        frame = source_frame(self._source, self._topology)
        seen, target = self._problem.seen, self._problem.target
        similarity = self._align(frame) if seen is None else self._align_seen(frame, seen)
        mm, reason = target_millimetres(target, self._target_topology, frame.canonical.scale, similarity.scale)
        self._notes.append(reason)
        self._to_target = Similarity(1.0 / mm, np.eye(3), np.zeros(3)) if seen is None else seen.head.pose
        to_work = similarity.then(self._to_target.inverse())
        self._aligned = to_work.apply(self._source.vertices)
        self._progress = self._progress.through(self._preview)
        surface = TargetSurface(
            mm * target.vertices if seen is None else seen.head.mesh.vertices, target.triangles, self._problem.matched,
            self._settings.device, self._problem.clean,
        )  # fmt: skip
        self._refuse_inside_out(surface)
        self._lap("alignment")
        landmarks = self._landmarks()
        self._edges = self._edges_of(frame)
        # The rims of a target whose topology is known are known.
        self._holes = () if self._rims(surface) else hole_edges(surface)
        unfolded = self._aligned
        if self._inputs.start is not None:
            # A head that was seen may fold as heads do, such as lids that are shut.
            unfolded = self._to_target.inverse().apply(self._inputs.start)
            found = [Start(unfolded, "given", True)]
        else:
            found = starts(
                self._source, self._topology, self._spaces(), to_work, surface, self._moving,
                self._weights[self._moving], landmarks, self._shut(), self._edges,
                seen is not None, self._progress, self._part(0.1, 0.25),
            )  # fmt: skip
        found = [
            replace(start, positions=keep_shapes(self._aligned, start.positions, self._eyeballs())) for start in found
        ]
        self._lap("head model")
        positions, rest = self._best(found, surface, landmarks)
        positions = self._closed(positions, to_work.rotation @ frame.canonical.rotation.T[:, 1], surface)
        self._lap("contact")
        untangler = Untangler(
            unfolded[self._moving], self._triangles, self._weights[self._moving] > 0, self._settings.device
        )
        whole = np.array(rest)
        # What crosses in a start crosses in what was seen, as a scan's ear that touches the head: parting it moves it away.
        if self._inputs.start is None or len(untangler.faults(positions)[0]):
            positions = untangler.run(positions, self._progress, self._part(0.85, 1.0))
        whole[self._moving] = positions
        whole = transfer_parts(rest, whole, self._parts, 0)
        self._lap("folds")
        return Solution(
            mm * self._to_target.apply(whole),
            mm * self._to_target.apply(self._aligned),
            mm * self._to_target.apply(unfolded),
            similarity,
            mm,
            self._weights,
            tuple(self._notes),
            self._timings,
            self._alignment,
            self._misfit(whole, self._opened),
        )

    def _best(
        self, found: list[Start], surface: TargetSurface, landmarks: Anchors | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The moving vertices after the non-rigid stages, from the start that ends best, and that start. Those that fall
        behind on the way go no further."""
        kind = "given" if self._problem.given else "seen" if self._problem.seen is not None else "table"
        racing = [(start, self._solver(start, surface, landmarks)) for start in found]
        plan = (
            stages(self._settings, found[0].modelled, kind)
            if self._inputs.start is None
            else settling_stages(self._settings)
        )
        for number, stage in enumerate(plan):
            part = self._part(0.25 + 0.6 * number / len(plan), 0.25 + 0.6 * (number + 1) / len(plan))
            for _, solver in racing:
                solver.run([stage], self._progress, part)
            if len(racing) > 1:
                doubts = [self._doubt(solver.positions, start) for start, solver in racing]
                most = min(doubts) + (_BEHIND if number + 1 < len(plan) else 0.0)
                racing = [one for one, doubt in zip(racing, doubts, strict=True) if doubt <= most]
        self._lap("non-rigid")
        chosen, solver = racing[0]
        self._opened = chosen.opened
        return solver.positions, chosen.positions

    def _solver(self, start: Start, surface: TargetSurface, landmarks: Anchors | None) -> NonRigid:
        moving = tuple(replace(edge, source=self._place[edge.source]) for edge in self._edges)
        return NonRigid(
            start.positions[self._moving], self._triangles, self._weights[self._moving], surface, landmarks,
            self._rims(surface), moving, self._symmetry(start.positions), self._settings.device, self._openings,
            self._holes,
        )  # fmt: skip

    def _doubt(self, positions: np.ndarray, start: Start) -> float:
        """How much speaks against an end state: landmarks, and what the head model cannot explain, in their own noise."""
        whole = np.array(start.positions)
        whole[self._moving] = positions
        doubt = 0.0
        misfit = self._misfit(whole, start.opened)
        if misfit is not None:
            doubt += (misfit.get("all", 0.0) / _LANDMARK_NOISE) ** 2
        explained = explanation(self._topology, whole) if self._topology is not None else None
        if explained is not None:
            doubt += (explained.residual / _MODEL_NOISE) ** 2
        # Nothing is less than NaN: it would end every start.
        return doubt if np.isfinite(doubt) else np.inf

    def _misfit(self, whole: np.ndarray, opened: bool) -> dict[str, float] | None:
        points = self._problem.seen.points if self._problem.seen is not None else None
        if points is None:
            return None
        # The detector does not see that a mouth is open where it is a hole, and draws shut lids half open. Of two witnesses of
        # lids and of open lips the surface is the better one.
        lids = bool(self._shut()) or any(edge.rim != MOUTH for edge in self._edges)
        wrong = [name for name, known in (("mouth", opened or self._lips_seen), ("lids", lids)) if known]
        misfit = landmark_misfit(points, whole, leave_out=tuple(wrong))
        for edge in self._edges:
            region = "lip_edges" if edge.rim == MOUTH else "lid_edges"
            misfit[region] = max(misfit.get(region, 0.0), edge.distance(whole[edge.source]))
        return misfit

    def _spaces(self) -> tuple[str, ...]:
        if not self._settings.head_model:
            return ()
        return SPACES if self._inputs.head_space is None else (self._inputs.head_space,)

    def _shut(self) -> tuple[str, ...]:
        """The rims of eyes that were seen to be shut in the target."""
        return () if self._problem.seen is None else self._problem.seen.shut

    def _edges_of(self, frame: SourceFrame) -> tuple[EdgeLine, ...]:
        """Where the source's lids and lips belong, as far as the target's surface shows it."""
        if self._topology is None or self._problem.seen is None:
            return ()
        rims, up = self._topology.rims, np.array([0.0, 1.0, 0.0])
        upright = self._source.with_vertices(frame.canonical.apply(self._source.vertices))
        cut = {
            name: cut_at_corners(upright.vertices, rims[name], up)
            for name, _ in self._problem.seen.edges
            if name in rims
        }
        if MOUTH in cut and _LIPS in rims:
            cut[MOUTH] = nearer_halves(cut[MOUTH], cut_at_corners(upright.vertices, rims[_LIPS], up), upright)
        found = []
        for (name, half), edge in self._problem.seen.edges.items():
            if name not in cut:
                continue
            curve = (cut[name].upper if half == "upper" else cut[name].lower).inner
            if (self._place[curve] >= 0).all():
                found.append(EdgeLine(curve, edge[:, :2], name))
        return tuple(found)

    @property
    def _lips_seen(self) -> bool:
        return any(edge.rim == MOUTH for edge in self._edges)

    def _eyeballs(self) -> list[np.ndarray]:
        regions = self._topology.regions if self._topology is not None else {}
        return [regions[name] for name in ("left_eyeball", "right_eyeball") if name in regions]

    def _part(self, start: float, end: float) -> tuple[float, float]:
        first, last = self._span
        return first + start * (last - first), first + end * (last - first)

    def _preview(self, vertices: np.ndarray) -> np.ndarray:
        """Intermediate millimetres of the moving part, as the whole source in target units."""
        whole = np.array(self._aligned)
        whole[self._moving] = vertices
        return self._to_target.apply(whole)

    def _align_seen(self, frame: SourceFrame, seen: SeenTarget) -> Similarity:
        self._alignment = seen.head.overlap
        self._notes.append("Alignment: by the face, as it is seen on the target.")
        if seen.points is None:
            # The mean head lies on the target; the source lies on the mean head as well as canonical frames agree.
            return frame.canonical.then(seen.head.pose)
        source = seen.points.source.evaluate(self._source.vertices)
        return fit_similarity_robust(source, seen.points.target).then(seen.head.pose)

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
        target = self._problem.target
        similarity, confidence = align_without_landmarks(
            frame.canonical.apply(self._source.vertices), triangles, target.vertices,
            target.triangles[self._problem.matched[target.triangles].all(axis=1)],
            self._progress, self._part(0.0, 0.1), self._settings.seed, self._settings.device,
        )  # fmt: skip
        self._alignment = confidence
        if self._problem.refusal is not None and confidence < _SURE_WITHOUT_FACE:
            raise self._problem.refusal
        self._notes.append(
            f"Alignment: without landmarks; {100 * confidence:.0f} % of the surfaces came to lie on each other."
        )
        return frame.canonical.then(similarity)

    def _refuse_inside_out(self, surface: TargetSurface) -> None:
        active = self._moving[self._weights[self._moving] > 0]
        normals = vertex_normals(self._aligned, self._source.triangles)[active]
        _, target_normals, trust = surface.closest(self._aligned[active])
        valid = trust > 0.0
        if valid.any() and np.mean(np.einsum("nd,nd->n", normals, target_normals)[valid] > 0.0) < _RIGHT_WAY_ROUND:
            raise InputError(
                "The target's faces look inward where the source's look outward; recalculate its normals "
                "(in Blender: Edit Mode, Mesh > Normals > Recalculate Outside)."
            )

    def _landmarks(self) -> Anchors | None:
        pairs, seen = self._problem.pairs, self._problem.seen
        if self._settings.landmark_weight == 0.0:
            return None
        if seen is not None and not self._problem.given:
            return None if seen.points is None else self._seen_landmarks(seen.points)
        if pairs is None:
            return None
        rows, held = self._on_moving(self._problem.rows)
        if not held.all():
            self._notes.append(
                f"{int((~held).sum())} landmark pairs lie on parts that only follow; they were used for the alignment alone."
            )
        if not held.any():
            return None
        sigma = _GIVEN_SIGMA if self._problem.given else _TABLE_SIGMA
        return Anchors(rows[held], self._to_target.inverse().apply(pairs.target[held]), sigma)

    def _on_moving(self, rows: sp.csr_matrix) -> tuple[sp.csr_matrix, np.ndarray]:
        """(N, K) the rows (N, V) on the moving vertices, and (N,) bool which points these hold: a point on a part that
        follows (an eyeball, a tooth) can pull nothing."""
        rows = rows[:, self._moving].tocsr()
        return rows, np.asarray(rows.sum(axis=1)).ravel() > 0.99

    def _seen_landmarks(self, points: SeenPoints) -> Anchors | None:
        rows = barycentric_rows(points.source.vertices, points.source.weights, len(self._source.vertices))
        rows, held = self._on_moving(rows)
        return Anchors(rows[held], points.target[held], points.shared_sigma[held]) if held.any() else None

    def _rims(self, surface: TargetSurface) -> tuple[RimPair, ...]:
        if self._topology is None or self._target_topology is None or self._problem.seen is not None:
            return ()
        # A rim of sheets that were exchanged (the lip line of lips that cross) belongs in the middle between both.
        given = self._to_target.inverse().apply(self._problem.target.vertices)
        middle = 0.5 * (surface.vertices[: len(given)] + given)
        return tuple(
            RimPair(self._place[curve], middle[self._target_topology.rims[name]])
            for name, curve in self._topology.rims.items()
            if name in self._target_topology.rims
        )

    def _closed(self, positions: np.ndarray, up: np.ndarray, surface: TargetSurface) -> np.ndarray:
        """(K, 3) positions with lips and lids closed where the target's are shut; up : (3,) unit."""
        if self._topology is None or not self._inputs.close_openings:
            return positions
        # Where the edge of a hole shows how far lips or lids are apart, nothing needs to be guessed.
        held = rims_at_holes(positions, self._openings, self._holes)
        wide = tuple(name for name, rim in held.items() if mean_width(rim.target) > _OPEN_HOLE)
        rest = self._aligned[self._moving]
        closing = close_openings(
            rest, self._triangles, positions, self._weights[self._moving] > 0, self._openings, up, surface, self._shut(),
            wide, self._settings.device,
        )  # fmt: skip
        self._notes += [note for rim in closing.rims if (note := describe(rim)) is not None]
        return closing.positions

    @cached_property
    def _openings(self) -> dict[str, np.ndarray]:
        """The rims of lips and lids, on the moving vertices."""
        if self._topology is None:
            return {}
        skin = self._triangles[(self._weights[self._moving] > 0)[self._triangles].all(axis=1)].astype(np.int64)
        rims = {name: self._place[self._topology.rims[name]] for name in RIMS if name in self._topology.rims}
        return {name: directed(curve, skin) for name, curve in rims.items()}

    def _symmetry(self, rest: np.ndarray) -> SymmetryTerm | None:
        if not self._settings.symmetry or self._topology is None or self._topology.mirror is None:
            return None
        mirror = self._topology.mirror[self._moving]
        partner = np.where(mirror >= 0, self._place[mirror], -1)
        weights = vertex_areas(self._aligned[self._moving], self._triangles)
        return SymmetryTerm(rest[self._moving], partner, weights)
