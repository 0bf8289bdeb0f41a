"""The registration job: from two meshes to the carried source, with its measures."""

from __future__ import annotations

import dataclasses
import platform
import time

import numpy as np
import scipy.sparse as sp

from .. import __version__
from ..device import warp_device
from ..errors import InputError
from ..mesh import Mesh
from ..mesh.adjacency import connected_components
from ..mesh.normals import triangle_areas, vertex_areas
from ..mesh.validate import check_distinct, check_landmarks, check_mesh, check_vertex_values
from ..metrics import compute_metrics
from ..progress import Progress
from ..spatial import Surface
from ..topologies import Topology, check_topology, recognise
from .alignment import align_without_landmarks
from .anchors import Anchors, RimPair
from .frames import source_frame, target_millimetres
from .job import LandmarkPairs, RegisterInput, RegisterResult, RegisterSettings, Similarity
from ..models import head_model
from .model_start import fit_model
from .nonrigid import NonRigid
from .parts import carry_parts
from .schedule import stages
from .similarity import fit_similarity_robust
from .surface_term import barycentric_rows
from .symmetry import SymmetryTerm
from .target_surface import TargetSurface
from .untangle import Untangler

def register(inputs: RegisterInput, settings: RegisterSettings = RegisterSettings(), progress: Progress = Progress()) -> RegisterResult:
    """Carry the source topology onto the target surface.

    Alignment (landmarks, or multi-start without), the statistical start where the topology has a head model, non-rigid
    ICP with annealed stiffness, and the removal of folds, in this order. Deterministic for equal inputs and settings.

    Raises `InputError` for inputs that cannot be registered, `DeviceError` for a device that is not there, and `Cancelled`.
    """
    started = time.perf_counter()
    warp_device(settings.device)
    progress.report(0.0, "Checking the meshes")
    source_topology, target_topology = _check(inputs)
    pairs = inputs.landmarks
    if pairs is None and settings.table_landmarks:
        pairs = _table_pairs(inputs, source_topology, target_topology)
    solution = _Solution(inputs, settings, source_topology, target_topology, pairs)
    positions = solution.solve(progress, (0.0, 0.9 if settings.hold_out_folds == 0 else 0.5))
    seconds = time.perf_counter() - started

    held_out = None
    if settings.hold_out_folds and pairs is not None:
        held_out = _held_out(inputs, settings, source_topology, target_topology, pairs, progress, (0.5, 0.9))
    progress.report(0.92, "Measuring")
    return _result(solution, positions, seconds, held_out, progress)


def _check(inputs: RegisterInput) -> tuple[Topology | None, Topology | None]:
    check_mesh(inputs.source, "source")
    check_mesh(inputs.target, "target")
    check_distinct(inputs.source, inputs.target)
    topologies = []
    for mesh, key in ((inputs.source, inputs.source_topology), (inputs.target, inputs.target_topology)):
        topologies.append(check_topology(mesh, key) if key else recognise(mesh))
    for values, mesh, what in (
        (inputs.source_exclude, inputs.source, "source's exclusion mask"),
        (inputs.target_exclude, inputs.target, "target's exclusion mask"),
        (inputs.source_weights, inputs.source, "source's weights"),
    ):
        if values is not None:
            check_vertex_values(values, mesh, what)
    if inputs.landmarks is not None:
        check_landmarks(
            inputs.landmarks.source, inputs.landmarks.target, inputs.source, inputs.target, inputs.landmarks.names
        )
    return topologies[0], topologies[1]


def _table_pairs(inputs: RegisterInput, source: Topology | None, target: Topology | None) -> LandmarkPairs | None:
    if source is None or target is None or source.landmarks_51 is None or target.landmarks_51 is None:
        return None
    return LandmarkPairs(
        source.landmarks_51.evaluate(inputs.source.vertices),
        target.landmarks_51.evaluate(inputs.target.vertices),
        tuple(source.landmarks_51.names),
    )


def _held_out(inputs, settings, source_topology, target_topology, pairs, progress, span):
    """Landmark errors where each fold's own landmarks were not given: (source points mm, target points mm, names)."""
    folds = min(settings.hold_out_folds, len(pairs.source))
    fold = np.arange(len(pairs.source)) % folds
    points = np.zeros((len(fold), 3))
    targets = np.zeros((len(fold), 3))
    for k in range(folds):
        kept = np.flatnonzero(fold != k)
        if len(kept) < 3:
            raise InputError("Too few landmarks to hold any out; give more pairs or fewer folds.")
        names = tuple(np.array(pairs.names)[kept]) if pairs.names else ()
        partial = LandmarkPairs(pairs.source[kept], pairs.target[kept], names)
        solution = _Solution(inputs, settings, source_topology, target_topology, partial)
        part = (span[0] + (span[1] - span[0]) * k / folds, span[0] + (span[1] - span[0]) * (k + 1) / folds)
        positions = solution.solve(progress, part)
        rows = _embedding(pairs.source, inputs.source)
        points[fold == k] = (rows @ positions)[fold == k]
        targets[fold == k] = solution.mm_per_target_unit * pairs.target[fold == k]
    return points, targets, pairs.names


def _embedding(points: np.ndarray, mesh: Mesh) -> sp.csr_matrix:
    """(N, V) barycentric weights of (N, 3) points on the mesh."""
    hits = Surface(mesh.vertices, mesh.triangles).closest(points)
    return barycentric_rows(mesh.triangles[hits.triangles], hits.barycentrics, len(mesh.vertices))


class _Solution:
    """One run from alignment to the fold-free end state, in millimetres in the target's orientation."""

    def __init__(self, inputs, settings, source_topology, target_topology, pairs):
        self.inputs, self.settings = inputs, settings
        self.source_topology, self.target_topology = source_topology, target_topology
        self.pairs = pairs
        self.given = inputs.landmarks is not None
        self.notes: list[str] = []
        self.timings: dict[str, float] = {}
        if source_topology is not None:
            self.notes.append(f"Source: recognised as {source_topology.label}.")
        if target_topology is not None:
            self.notes.append(f"Target: recognised as {target_topology.label}.")

    def solve(self, progress: Progress, span: tuple[float, float]) -> np.ndarray:
        """(V, 3) registered positions, mm."""

        def part(a, b):
            return span[0] + a * (span[1] - span[0]), span[0] + b * (span[1] - span[0])

        source, target = self.inputs.source, self.inputs.target
        clock = time.perf_counter()

        def lap(name):
            nonlocal clock
            now = time.perf_counter()
            self.timings[name] = now - clock
            clock = now

        frame = source_frame(source, self.source_topology)
        moving, matched = self._moving(), self._matched()
        self.similarity = self._align(frame, moving, progress, part(0.0, 0.1))
        self.mm_per_target_unit, reason = target_millimetres(
            target, self.target_topology, frame.canonical.scale, self.similarity.scale
        )
        self.notes.append(reason)
        mm = self.mm_per_target_unit
        lap("alignment")

        to_mm = self.similarity.then(Similarity(mm, np.eye(3), np.zeros(3)))
        self.aligned = aligned = to_mm.apply(source.vertices)
        progress = progress.through(lambda vertices: self._preview(vertices, moving))
        surface = TargetSurface(mm * target.vertices, target.triangles, matched, self.settings.device)
        triangles = _compact(source.triangles, moving)
        weights = self.data_weights()[moving]
        landmarks = None
        if self.pairs is not None:
            landmarks = Anchors(_embedding(self.pairs.source, source)[:, moving].tocsr(), mm * self.pairs.target)
        rest = aligned
        model = None
        if self.settings.head_model and self.source_topology is not None:
            model = head_model(self.source_topology.key)
        if model is not None:
            rest = fit_model(
                source, model, frame.canonical, to_mm, surface, moving, weights, landmarks, self.given, progress, part(0.1, 0.25), self.settings.seed,
            )
            lap("head model")
        solver = NonRigid(
            rest[moving], triangles, weights, surface, landmarks, self._rims(moving, surface, mm),
            self._symmetry(rest, moving), self.settings.device,
        )
        solver.run(stages(self.settings, model is not None, self.given), progress, part(0.25, 0.85))
        lap("non-rigid")
        untangler = Untangler(aligned[moving], triangles, weights > 0, self.settings.device)
        settled = untangler.run(solver.positions, progress, part(0.85, 1.0))
        lap("folds")
        out = np.array(rest)
        out[moving] = settled
        components = connected_components(source)
        main = components[moving[0]]
        return carry_parts(rest, out, np.where(np.isin(components, components[moving]), main, components), main)

    def _preview(self, vertices: np.ndarray, moving: np.ndarray) -> np.ndarray:
        """Intermediate millimetres, of all vertices or of the moving part, as the whole source in target units."""
        if len(vertices) != len(self.aligned):
            whole = np.array(self.aligned)
            whole[moving] = vertices
            vertices = whole
        return vertices / self.mm_per_target_unit

    def _align(self, frame, moving, progress, span) -> Similarity:
        source, target = self.inputs.source, self.inputs.target
        if self.pairs is not None:
            similarity = fit_similarity_robust(self.pairs.source, self.pairs.target)
            self.notes.append(f"Alignment: by {len(self.pairs.source)} landmark pairs.")
            return similarity
        head = np.zeros(len(source.vertices), bool)
        head[moving] = True
        if self.source_topology is not None:
            regions = self.source_topology.regions
            head &= ~self.source_topology.no_match & ~regions.get("neck", np.zeros(len(head), bool))
        canonical = frame.canonical.apply(source.vertices)
        triangles = source.triangles[head[source.triangles].all(axis=1)]
        matched = self._matched()
        similarity, confidence = align_without_landmarks(
            canonical, triangles, target.vertices, target.triangles[matched[target.triangles].all(axis=1)],
            progress, span, self.settings.seed, self.settings.device,
        )
        self.notes.append(f"Alignment: without landmarks, multi-start; {100 * confidence:.0f} % of the head lies close to the target.")
        return frame.canonical.then(similarity)

    def _moving(self) -> np.ndarray:
        """Vertices of the component that moves by data: the skin, or the largest part of an unknown mesh."""
        source = self.inputs.source
        components = connected_components(source)
        if self.source_topology is not None:
            main = np.unique(components[self.source_topology.skin])
        else:
            area = np.bincount(
                components[source.triangles[:, 0]], triangle_areas(source.vertices, source.triangles), minlength=len(source.vertices)
            )
            main = [int(np.argmax(area))]
        return np.flatnonzero(np.isin(components, main))

    def _matched(self) -> np.ndarray:
        target = self.inputs.target
        matched = np.ones(len(target.vertices), bool)
        if self.target_topology is not None:
            matched = self.target_topology.skin & ~self.target_topology.no_match
        if self.inputs.target_exclude is not None:
            matched = matched & ~np.asarray(self.inputs.target_exclude, bool)
        if not matched[target.triangles].all(axis=1).any():
            raise InputError("Nothing of the target is left to match; shrink its 'do not match' group.")
        return matched

    def data_weights(self) -> np.ndarray:
        weights = np.ones(len(self.inputs.source.vertices))
        if self.source_topology is not None:
            weights[self.source_topology.no_match | ~self.source_topology.skin] = 0.0
        if self.inputs.source_weights is not None:
            weights = weights * np.asarray(self.inputs.source_weights, float)
        if self.inputs.source_exclude is not None:
            weights[np.asarray(self.inputs.source_exclude, bool)] = 0.0
        if not weights.any():
            raise InputError("Nothing of the source is left to match; shrink its 'do not match' group or raise its weights.")
        return weights

    def _rims(self, moving: np.ndarray, surface: TargetSurface, mm: float) -> tuple[RimPair, ...]:
        if self.source_topology is None or self.target_topology is None:
            return ()
        place = np.full(len(self.inputs.source.vertices), -1)
        place[moving] = np.arange(len(moving))
        # A rim of sheets that were exchanged (the lip line of lips that cross) belongs in the middle between both.
        given = mm * self.inputs.target.vertices
        middle = 0.5 * (surface.vertices[: len(given)] + given)
        return tuple(
            RimPair(place[curve], middle[self.target_topology.rims[name]])
            for name, curve in self.source_topology.rims.items()
            if name in self.target_topology.rims
        )

    def _symmetry(self, rest: np.ndarray, moving: np.ndarray) -> SymmetryTerm | None:
        if not self.settings.symmetry or self.source_topology is None or self.source_topology.mirror is None:
            return None
        mirror = self.source_topology.mirror[moving]
        place = np.full(len(rest), -1)
        place[moving] = np.arange(len(moving))
        partner = np.where(mirror >= 0, place[mirror], -1)
        areas = vertex_areas(self.aligned[moving], _compact(self.inputs.source.triangles, moving))
        return SymmetryTerm(rest[moving], self.aligned[moving], partner, areas)


def _compact(triangles: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """The triangles among some vertices, renumbered to their order."""
    place = np.full(int(triangles.max()) + 1, -1, np.int64)
    place[vertices] = np.arange(len(vertices))
    renumbered = place[triangles]
    return np.ascontiguousarray(renumbered[(renumbered >= 0).all(axis=1)], dtype=np.int32)




def _result(solution: _Solution, positions: np.ndarray, seconds: float, held_out, progress: Progress) -> RegisterResult:
    inputs, settings, mm = solution.inputs, solution.settings, solution.mm_per_target_unit
    target_mm = inputs.target.with_vertices(mm * inputs.target.vertices)
    pairs = solution.pairs
    used = None
    if pairs is not None:
        used = (_embedding(pairs.source, inputs.source) @ positions, mm * pairs.target, pairs.names)
    metrics = compute_metrics(
        inputs.source.with_vertices(solution.aligned),
        inputs.source.with_vertices(positions),
        target_mm,
        source_topology=solution.source_topology,
        target_topology=solution.target_topology,
        source_exclude=inputs.source_exclude,
        target_exclude=inputs.target_exclude,
        landmarks=used,
        held_out=held_out,
        device=settings.device,
    )
    metrics["seconds"] = seconds
    metrics["timings"] = solution.timings
    metrics["settings"] = dataclasses.asdict(settings)
    metrics["versions"] = {"headbridge": __version__, "python": platform.python_version()}
    distance = Surface(target_mm.vertices, target_mm.triangles, settings.device).closest(positions).distances
    unmatched = solution.data_weights() == 0
    distance[unmatched] = np.nan
    return RegisterResult(
        aligned=solution.aligned / mm,
        registered=positions / mm,
        distance_mm=distance,
        similarity=solution.similarity,
        mm_per_target_unit=mm,
        metrics=metrics,
        notes=tuple(solution.notes),
    )
