"""A statistical start: fit a linear head model to the target before anything moves freely.

Where the source topology has a head model, a few Gauss-Newton steps on its coefficients bring every part, also the hidden
ones, near its place, open jaws included. Landmarks and point-to-plane residuals are weighed as in any maximum-a-posteriori
fit: residual variance against the model's prior. What a head has beyond the model is no noise of single vertices but a
smooth misfit, of which neighbours know nothing new: `ModelFit.effective_samples` says how many independent observations
the residuals are worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from ..linalg.bounded_step import bounded_solution
from ..mesh import Mesh
from ..mesh.normals import corner_matrix, vertex_areas, vertex_normals
from ..mesh.similarity import Similarity, fit_similarity
from ..models import LinearHeadModel
from ..progress import Progress
from ..spatial import Surface
from ..spatial.residuals import agreement, biweight, distance_gradients
from .anchors import MOUTH, Anchors, EdgeLine
from .mouth_opening import MouthOpening, mouth_opening
from .target_surface import TargetSurface

EFFECTIVE_SAMPLES = {"ict": 600.0, "people": 60.0}
"""Residuals of neighbouring vertices are not independent: so many count, by the space of heads. What a model cannot reach is
misfit over wide areas: ICT-FaceKit's own people have little of it, all people more."""

_FEWEST_EFFECTIVE_SAMPLES, _MOST_BY_RESIDUALS = 5.0, 6000.0
_SURE_ITERATIONS = 4
_SAMPLES = 3000
_BACK_SAMPLES = 800
# Reach mm, residual sigma mm, iterations.
_LEVELS = ((25.0, 2.0, 3), (12.0, 1.0, 3), (6.0, 0.7, 4))
# Without landmarks the start may be a centimetre off.
_FAR_LEVELS = ((40.0, 6.0, 6), (30.0, 3.0, 5))
_MIN_COSINE = 0.5
# Landmarks that lie far off count less: they are more likely wrong.
_DOUBT = 0.1
# The edge of an open mouth: how far from it lips may be, mm, across and along, and how many independent points it is worth.
_RIM_ACROSS, _RIM_ALONG, _RIM_SAMPLES = 1.0, 4.0, 10.0
# Landmarks less sure than this, mm, are a detector's; so high is the upper lip, mm.
_DETECTED, _UPPER_LIP = 3.0, 12.0
# The edge of a lid or lip counts for this share of the whole surface.
_EDGE_SHARE = 0.005
# Lips this near to the edge, mm, have no more to learn from it. The edge is that of the lips if they come to it by half of the
# way that is left, and the surface is met better than without: some targets have their edge as far inside the mouth as
# `_INSIDE`, mm. Lips that lie farther from it span the hole with skin, which no distance shows, so that for every mm beyond
# the surface may be met worse by the share `_SPANNED`.
_RIM_MET, _NEARER, _INSIDE, _SPANNED = 1.5, 0.5, 10.0, 0.002
# Residuals beyond this belong to something else, mm; bins of the correlation, mm.
_OWN, _BINS, _FEWEST_PAIRS = 6.0, np.arange(0.0, 41.0, 2.0), 200


@dataclass(frozen=True, eq=False)
class ModelFit:
    """positions : (V, 3) mm in the target's frame. coefficients : (M,). residual : mm, root mean square distance from the
    target along its normals. effective_samples : how many independent residuals of the last level's sigma those at the end
    are worth, by their size and correlation length. opened : whether the mouth was opened to a hole of the target,
    or to the edges of open lips there."""

    positions: np.ndarray
    coefficients: np.ndarray
    residual: float
    effective_samples: float
    opened: bool = False


def fit_model(
    source: Mesh,
    model: LinearHeadModel,
    start: Similarity,
    target: TargetSurface,
    moving: np.ndarray,
    data_weights: np.ndarray,
    landmarks: Anchors | None,
    progress: Progress,
    span: tuple[float, float],
    effective_samples: float = EFFECTIVE_SAMPLES["ict"],
    edges: tuple[EdgeLine, ...] = (),
) -> ModelFit:
    """Fit the model's coefficients and a similarity to the target.

    source : the mesh, which says where the fit begins; its own shape does not count, the model's mean does; start :
    source frame to the target's frame in mm; moving : (K,) vertices with `data_weights` (K,); landmarks : on the moving
    vertices, with their sigmas; effective_samples : how many independent residuals all samples stand for; edges : of lids and
    lips, on all vertices. Where those of an open mouth are among them, its landmarks do not count.

    Where the target has a hole that the mouth can be, the fit that opens the mouth to it is taken if it reaches it."""

    middle = 0.5 * (span[0] + span[1])

    def fitted(opening: MouthOpening | None, held: Anchors | None) -> tuple[ModelFit, Similarity]:
        part = (span[0], middle) if opening is None else (middle, span[1])
        return _fitted(
            source, model, start, target, moving, data_weights, held, opening, edges, progress, part, effective_samples
        )

    lips_seen = any(edge.rim == MOUTH for edge in edges)
    if lips_seen:
        landmarks = _without_mouth(landmarks, model, moving)
    plain, similarity = fitted(None, landmarks)
    lips = similarity.inverse().apply(plain.positions[model.mouth])
    opening = mouth_opening(target, lips, model.mean[model.mouth], similarity)
    if opening is None or (missed := opening.distance(plain.positions[model.mouth])) < _RIM_MET:
        return replace(plain, opened=lips_seen)
    opened, _ = fitted(opening, _without_mouth(landmarks, model, moving))
    no_worse = opened.residual < plain.residual * (1.0 + _SPANNED * max(missed - _INSIDE, 0.0))
    nearer = opening.distance(opened.positions[model.mouth]) < _NEARER * missed
    return replace(opened, opened=True) if no_worse and nearer else replace(plain, opened=lips_seen)


def _without_mouth(landmarks: Anchors | None, model: LinearHeadModel, moving: np.ndarray) -> Anchors | None:
    """The landmarks without those of mouth and chin, where a detector does not see that a mouth is open; points that are
    surer than a detector's stay."""
    if landmarks is None:
        return None
    height = landmarks.rows @ model.mean[moving][:, 1]
    sigma = np.broadcast_to(landmarks.sigma, height.shape)
    kept = (sigma < _DETECTED) | (height > model.mean[model.mouth][:, 1].max() + _UPPER_LIP)
    return Anchors(landmarks.rows[kept], landmarks.targets[kept], sigma[kept]) if kept.any() else None


def _fitted(
    source: Mesh,
    model: LinearHeadModel,
    start: Similarity,
    target: TargetSurface,
    moving: np.ndarray,
    data_weights: np.ndarray,
    landmarks: Anchors | None,
    opening: MouthOpening | None,
    edges: tuple[EdgeLine, ...],
    progress: Progress,
    span: tuple[float, float],
    effective_samples: float,
) -> tuple[ModelFit, Similarity]:
    """The fit, and the model's frame to the target's; opening : where the model's lips belong, if known."""
    template = model.mean
    similarity = fit_similarity(template[moving], start.apply(source.vertices[moving]), data_weights)
    place = np.full(len(template), -1)
    place[moving] = np.arange(len(moving))
    triangles = place[source.triangles]
    triangles = triangles[(triangles >= 0).all(axis=1)]
    corners = corner_matrix(triangles, len(moving))
    areas = data_weights * vertex_areas(template[moving], triangles)
    picks = _samples(areas, _SAMPLES)
    back = target.samples[_samples(target.sample_areas, _BACK_SAMPLES)]
    surface = Surface(start.apply(source.vertices[moving]), triangles)
    has_data = (data_weights > 0)[triangles].all(axis=1)
    count = len(model.sigma)
    sampled = np.ascontiguousarray(model.basis[:, moving[picks]].transpose(1, 2, 0))
    anchored = None
    if landmarks is not None:
        anchored = np.stack([landmarks.rows @ delta for delta in model.basis[:, moving]], axis=2)
    mouth = np.ascontiguousarray(model.basis[:, model.mouth].transpose(1, 2, 0))
    on_edges = [np.ascontiguousarray(model.basis[:, edge.source].transpose(1, 2, 0)) for edge in edges]
    flat = model.basis.reshape(count, -1)
    coefficients = np.clip(np.zeros(count), model.lower, model.upper)
    shape = template
    # Landmarks alone first: they place jaw and brows before closest points mean anything.
    levels = _FAR_LEVELS + _LEVELS if landmarks is None else ((0.0, 1.0, 2), *_LEVELS)
    schedule = [(reach, sigma, effective_samples) for reach, sigma, iterations in levels for _ in range(iterations)]
    total, done = len(schedule) + _SURE_ITERATIONS, 0
    while schedule:
        reach, sigma, samples = schedule.pop(0)
        world = similarity.apply(shape[moving])
        progress.report(
            span[0] + (span[1] - span[0]) * done / total,
            "Fitting the head model",
            world if progress.wants_vertices else None,
        )
        system = _System(count, similarity)
        if reach > 0:
            at = world[picks]
            normals = vertex_normals(world, triangles, corners)
            hits, target_normals, trust = target.closest(at)
            along = distance_gradients(hits.points - at, hits.distances, target_normals)
            trust = trust * agreement(np.einsum("nd,nd->n", normals[picks], target_normals), _MIN_COSINE)
            weights = trust * biweight(hits.distances, reach) * samples / len(picks) / sigma**2
            system.add(at, along, np.einsum("nd,nd->n", along, hits.points - at), weights, sampled)
            # The way back: a target that shows only a face must be covered by the source's face.
            surface.move(world)
            hits = surface.closest(target.vertices[back])
            met = triangles[hits.triangles]
            offset = target.vertices[back] - hits.points
            along = distance_gradients(offset, hits.distances, target.normals[back])
            there = np.einsum("nk,nkd->nd", hits.barycentrics, normals[met])
            trust = agreement(np.einsum("nd,nd->n", there, target.normals[back]), _MIN_COSINE)
            trust = trust * has_data[hits.triangles] * biweight(hits.distances, reach)
            keep = np.flatnonzero(trust > 0.0)
            deltas = model.basis[:, moving[met[keep]].reshape(-1)].reshape(count, len(keep), 3, 3)
            deltas = np.einsum("nk,mnkd->ndm", hits.barycentrics[keep].astype(np.float32), deltas, optimize=True)
            weights = trust[keep] * samples / len(back) / sigma**2
            system.add(hits.points[keep], along[keep], np.einsum("nd,nd->n", along, offset)[keep], weights, deltas)
        if landmarks is not None:
            at = landmarks.rows @ world
            offset = landmarks.targets - at
            weights = 1.0 / (landmarks.sigma**2 + _DOUBT * np.einsum("nd,nd->n", offset, offset))
            for axis in range(3):
                along = np.broadcast_to(np.eye(3)[axis], at.shape)
                system.add(at, along, offset[:, axis], weights, anchored)
        if opening is not None:
            at = similarity.apply(shape[model.mouth])
            offset = opening.points - at
            for along, width in zip(opening.axes, (_RIM_ALONG, _RIM_ACROSS, _RIM_ACROSS)):
                weights = np.full(len(at), _RIM_SAMPLES / len(at) / width**2)
                system.add(at, along, np.einsum("nd,nd->n", along, offset), weights, mouth)
        for edge, basis in zip(edges, on_edges):
            at = similarity.apply(shape[edge.source])
            beside, ways, across = edge.ways(at)
            weights = np.full(len(beside), _EDGE_SHARE * samples / max(len(beside), 1) / sigma**2)
            system.add(at[beside], across, np.einsum("nd,nd->n", across, ways), weights, basis[beside])
        step = system.solve(1.0 / model.sigma**2, coefficients, model.lower, model.upper)
        coefficients = np.clip(coefficients + step[:count], model.lower, model.upper)
        similarity = _moved(similarity, step[count:])
        shape = template + (coefficients.astype(np.float32) @ flat).reshape(-1, 3)
        done += 1
        if not schedule:
            positions = similarity.apply(shape)
            area = float(areas.sum()) * similarity.scale**2
            residual, worth = _residuals(positions[moving][picks], target, area)
            # Residuals far smaller than expected say that the model holds this head: then its prior may count less.
            if done < total and worth > 2.0 * effective_samples:
                schedule = [(*_LEVELS[-1][:2], worth)] * _SURE_ITERATIONS
    return ModelFit(positions, coefficients, residual, worth), similarity


def _residuals(points: np.ndarray, target: TargetSurface, area: float) -> tuple[float, float]:
    """Root mean square of the residuals of (N, 3) points spread over `area` mm^2, and how many independent ones of the
    last level's sigma they are worth: area / (2 pi l^2) of their own size, with the length l at which their correlation has
    fallen to 1/e."""
    hits, normals, trust = target.closest(points)
    residuals = np.einsum("nd,nd->n", hits.points - points, normals)
    keep = (trust > 0.0) & (hits.distances < _OWN)
    points, residuals = points[keep], residuals[keep]
    if len(points) < 100:
        return np.inf, _FEWEST_EFFECTIVE_SAMPLES
    size = float(np.sqrt(np.mean(residuals**2)))
    pairs = cKDTree(points).query_pairs(_BINS[-1], output_type="ndarray")
    # So many are enough for a mean in every bin.
    pairs = pairs[:: max(len(pairs) // 200_000, 1)]
    apart = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    products = residuals[pairs[:, 0]] * residuals[pairs[:, 1]]
    counts, _ = np.histogram(apart, _BINS)
    sums, _ = np.histogram(apart, _BINS, weights=products)
    # Samples keep apart, so that the first bins hold few pairs.
    filled = counts >= _FEWEST_PAIRS
    correlation = (sums / np.maximum(counts, 1) / max(size, 1e-12) ** 2)[filled]
    middles = (0.5 * (_BINS[1:] + _BINS[:-1]))[filled]
    below = np.flatnonzero(correlation < np.exp(-1.0))
    length = _BINS[-1]
    if len(below):
        last = slice(max(below[0] - 1, 0), below[0] + 1)
        length = np.interp(-np.exp(-1.0), -correlation[last], middles[last])
    independent = max(area / (2.0 * np.pi * length**2), 1.0)
    worth = independent * (_LEVELS[-1][1] / max(size, 1e-6)) ** 2
    return size, float(np.clip(worth, _FEWEST_EFFECTIVE_SAMPLES, _MOST_BY_RESIDUALS))


def _samples(weights: np.ndarray, count: int) -> np.ndarray:
    """Vertices drawn systematically by weight: even over the surface."""
    edges = np.cumsum(weights) / weights.sum()
    return np.unique(np.searchsorted(edges, (np.arange(count) + 0.5) / count).clip(0, len(weights) - 1))


class _System:
    """Normal equations of the coefficients and the seven parameters of the similarity."""

    def __init__(self, count: int, similarity: Similarity):
        self._count, self._similarity = count, similarity
        self._matrix = np.zeros((count + 7, count + 7))
        self._right = np.zeros(count + 7)

    def add(self, points, along, residuals, weights, basis):
        """Residuals (N,) along unit (N, 3) directions at (N, 3) points whose deltas are `basis` (N, 3, M)."""
        turn = (self._similarity.scale * self._similarity.rotation).astype(np.float32)
        shape_rows = np.einsum("nd,ndm->nm", along.astype(np.float32) @ turn, basis)
        arm = points - self._similarity.translation
        pose_rows = np.concatenate([np.einsum("nd,nd->n", along, arm)[:, None], np.cross(arm, along), along], axis=1)
        rows = np.concatenate([shape_rows, pose_rows], axis=1)
        weighted = weights[:, None] * rows
        self._matrix += rows.T @ weighted
        self._right += weighted.T @ residuals

    def solve(self, prior: np.ndarray, coefficients: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """(M + 7,) Gauss-Newton step; prior : (M,) precisions; lower, upper : (M,) bounds of the coefficients."""
        count = self._count
        matrix, right = self._matrix, self._right
        right[:count] -= prior * coefficients
        damping = 1e-6 * np.trace(matrix) / len(matrix)
        matrix[np.arange(count), np.arange(count)] += prior
        matrix[np.arange(count, count + 7), np.arange(count, count + 7)] += damping
        room = np.stack(
            [np.r_[lower - coefficients, np.full(7, -np.inf)], np.r_[upper - coefficients, np.full(7, np.inf)]]
        )
        return bounded_solution(matrix, right, room)


def _moved(similarity: Similarity, step: np.ndarray) -> Similarity:
    angle = np.linalg.norm(step[1:4])
    axis = step[1:4] / max(angle, 1e-300)
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turn = np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew
    return Similarity(
        similarity.scale * np.exp(step[0]), turn @ similarity.rotation, similarity.translation + step[4:7]
    )
