"""A statistical start: fit a linear head model to the target before anything moves freely.

Where the source topology has a head model, a few Gauss-Newton steps on its coefficients bring every part, also the
hidden ones, near its place, open jaws included. Landmarks and point-to-plane residuals are weighed as in any
maximum-a-posteriori fit: residual variance against the model's prior.
"""

from __future__ import annotations

import numpy as np

from ..mesh import Mesh
from ..mesh.normals import corner_matrix, vertex_areas, vertex_normals
from ..models import LinearHeadModel
from ..progress import Progress
from ..spatial import Surface
from .anchors import Anchors
from .job import Similarity
from .similarity import fit_similarity
from .target_surface import TargetSurface, distance_gradients, welsch

# Residuals of neighbouring vertices are not independent; this many count as one head's worth of observations. What a
# model cannot reach is misfit over wide areas, and fewer are independent the more of it there is: ICT-FaceKit's own
# people have little of it, all people more.
EFFECTIVE_SAMPLES = {"ict": 600, "people": 60}
_SAMPLES = 3000
_BACK_SAMPLES = 800
# Tables of two topologies name points some millimetres apart; a user's pairs are closer. mm.
_TABLE_SIGMA = 2.0
_GIVEN_SIGMA = 1.0
# Reach mm, residual sigma mm, iterations.
_LEVELS = ((25.0, 2.0, 3), (12.0, 1.0, 3), (6.0, 0.7, 4))
# Without landmarks the start may be a centimetre off.
_FAR_LEVELS = ((40.0, 6.0, 6), (30.0, 3.0, 5))


def fit_model(
    source: Mesh,
    model: LinearHeadModel,
    start: Similarity,
    target: TargetSurface,
    moving: np.ndarray,
    data_weights: np.ndarray,
    landmarks: Anchors | None,
    given: bool,
    progress: Progress,
    span: tuple[float, float],
    seed: int = 0,
    observations: float = EFFECTIVE_SAMPLES["ict"],
) -> np.ndarray:
    """Fit the model's coefficients and a similarity to the target.

    source : the mesh, which says where the fit begins; its own shape does not count, the model's mean does; start :
    source frame to the target's frame in mm; moving : (K,) vertices with `data_weights` (K,); landmarks : on the moving
    vertices; given : they are a user's pairs, not two tables'; observations : how many independent residuals the surface
    counts for.
    Returns the fitted (V, 3) positions in the target's frame, mm.
    """
    template = model.mean
    similarity = fit_similarity(template[moving], start.apply(source.vertices[moving]), data_weights)
    place = np.full(len(template), -1)
    place[moving] = np.arange(len(moving))
    triangles = place[source.triangles]
    triangles = triangles[(triangles >= 0).all(axis=1)]
    corners = corner_matrix(triangles, len(moving))
    rng = np.random.default_rng(seed)
    picks = _samples(data_weights * vertex_areas(template[moving], triangles), _SAMPLES, rng)
    back = target.samples[_samples(target.sample_areas, _BACK_SAMPLES, rng)]
    surface = Surface(start.apply(source.vertices[moving]), triangles)
    has_data = (data_weights > 0)[triangles].all(axis=1)
    count = len(model.sigma)
    sampled = np.ascontiguousarray(model.basis[:, moving[picks]].transpose(1, 2, 0))
    anchored = None
    if landmarks is not None:
        anchored = np.stack([landmarks.rows @ delta for delta in model.basis[:, moving]], axis=2)
    flat = model.basis.reshape(count, -1)
    coefficients = np.zeros(count)
    shape = template
    # Landmarks alone first: they place jaw and brows before closest points mean anything.
    levels = _FAR_LEVELS + _LEVELS if landmarks is None else ((0.0, 1.0, 2), *_LEVELS)
    schedule = [(reach, sigma) for reach, sigma, iterations in levels for _ in range(iterations)]
    for done, (reach, sigma) in enumerate(schedule):
        world = similarity.apply(shape[moving])
        progress.report(
            span[0] + (span[1] - span[0]) * done / len(schedule),
            "Fitting the head model",
            world if progress.wants_vertices else None,
        )
        system = _System(count, similarity)
        if reach > 0:
            at = world[picks]
            normals = vertex_normals(world, triangles, corners)
            hits, target_normals, valid = target.closest(at)
            along = distance_gradients(hits.points - at, hits.distances, target_normals)
            agrees = valid & (np.einsum("nd,nd->n", normals[picks], target_normals) > 0.5)
            weights = agrees * _weights(hits.distances, reach, sigma, observations)
            system.add(at, along, np.einsum("nd,nd->n", along, hits.points - at), weights, sampled)
            # The way back: a target that shows only a face must be covered by the source's face.
            surface.move(world)
            hits = surface.closest(target.vertices[back])
            met = triangles[hits.triangles]
            offset = target.vertices[back] - hits.points
            along = distance_gradients(offset, hits.distances, target.normals[back])
            there = np.einsum("nk,nkd->nd", hits.barycentrics, normals[met])
            agrees = has_data[hits.triangles] & (np.einsum("nd,nd->n", there, target.normals[back]) > 0.5)
            keep = np.flatnonzero(agrees & (hits.distances < reach))
            deltas = model.basis[:, moving[met[keep]].reshape(-1)].reshape(count, len(keep), 3, 3)
            deltas = np.einsum("nk,mnkd->ndm", hits.barycentrics[keep].astype(np.float32), deltas, optimize=True)
            weights = _weights(hits.distances, reach, sigma, observations)[keep]
            system.add(hits.points[keep], along[keep], np.einsum("nd,nd->n", along, offset)[keep], weights, deltas)
        if landmarks is not None:
            at = landmarks.rows @ world
            offset = landmarks.targets - at
            # Far ones count less: they are more likely wrong.
            weights = 1.0 / ((_GIVEN_SIGMA if given else _TABLE_SIGMA) ** 2 + 0.1 * np.einsum("nd,nd->n", offset, offset))
            for axis in range(3):
                along = np.broadcast_to(np.eye(3)[axis], at.shape)
                system.add(at, along, offset[:, axis], weights, anchored)
        step = system.solve(1.0 / model.sigma**2, coefficients)
        coefficients = np.clip(coefficients + step[:count], model.lower, model.upper)
        similarity = _moved(similarity, step[count:])
        shape = template + (coefficients.astype(np.float32) @ flat).reshape(-1, 3)
    return similarity.apply(shape)


def _samples(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Vertices drawn systematically by weight: even over the surface, and the same for the same seed."""
    edges = np.cumsum(weights) / weights.sum()
    return np.unique(np.searchsorted(edges, (np.arange(count) + rng.random()) / count).clip(0, len(weights) - 1))


def _weights(distances: np.ndarray, reach: float, sigma: float, observations: float) -> np.ndarray:
    """(N,) robust weights of N samples that stand for `observations` residuals of standard deviation `sigma`."""
    return (distances < reach) * welsch(distances, reach) * observations / len(distances) / sigma**2


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

    def solve(self, prior: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """(M + 7,) Gauss-Newton step; prior : (M,) precisions."""
        count = self._count
        matrix, right = self._matrix, self._right
        right[:count] -= prior * coefficients
        damping = 1e-6 * np.trace(matrix) / len(matrix)
        matrix[np.arange(count), np.arange(count)] += prior
        matrix[np.arange(count, count + 7), np.arange(count, count + 7)] += damping
        return np.linalg.solve(matrix, right)


def _moved(similarity: Similarity, step: np.ndarray) -> Similarity:
    angle = np.linalg.norm(step[1:4])
    axis = step[1:4] / max(angle, 1e-300)
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turn = np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew
    return Similarity(similarity.scale * np.exp(step[0]), turn @ similarity.rotation, similarity.translation + step[4:7])
