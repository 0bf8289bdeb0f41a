"""Automatic alignment without landmarks: units, rotation and place of the target head are all unknown."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import HeadBridgeError
from ..mesh.normals import normalized, triangle_areas, triangle_cross
from ..mesh.similarity import Similarity, fit_similarities
from ..progress import Progress
from ..spatial import Surface

_ROTATIONS = 96
# Head scans come with shoulders or as a mask: the head may be all of the target, more, or a small part of it.
_RELATIVE_SCALES = (1.25, 0.9, 0.6)
_SAMPLES = 320
_FIRST_SAMPLES = 80
_FIRST_SURVIVORS = 80
# Reach (as a share of the head's size), iterations, surviving starts.
_SCHEDULE = ((0.5, 4, 40), (0.3, 8, 14), (0.15, 10, 8), (0.08, 15, 5), (0.05, 15, 1))
# A sample has arrived when it is this close (as a share of the head's size), with a normal this near.
_ARRIVED, _ARRIVED_COSINE = 0.06, 0.7
_LEAST_CONFIDENCE = 0.6

# Scales (K,), rotations (K, 3, 3) and translations (K, 3) of K similarities.
States = tuple[np.ndarray, np.ndarray, np.ndarray]


def align_without_landmarks(
    source: np.ndarray,
    source_triangles: np.ndarray,
    target: np.ndarray,
    target_triangles: np.ndarray,
    progress: Progress,
    span: tuple[float, float],
    seed: int = 0,
    device: str = "cpu",
) -> tuple[Similarity, float]:
    """Multi-start similarity ICP.

    source : (V, 3), the part of the source that matters (the head without its neck), in its own frame with +Y up;
    source_triangles, target_triangles : (T, 3). Any units on either side.
    Returns source -> target, and a confidence in [0, 1]: the share of samples of one surface that ended close to the
    other with agreeing normals, for the better of the two directions (a mask covers little of a head, but lies on it).

    Raises `HeadBridgeError` when no start ends on the target.
    """
    rng = np.random.default_rng(seed)
    head = _Samples(source, source_triangles, rng, device)
    other = _Samples(target, target_triangles, rng, device)
    state = _best(_starts(head, other, rng), head, other, _FIRST_SAMPLES, _SCHEDULE[0][0], _FIRST_SURVIVORS)
    total = sum(count for _, count, _ in _SCHEDULE)
    done = 0
    for reach, count, survivors in _SCHEDULE:
        for _ in range(count):
            progress.report(span[0] + (span[1] - span[0]) * done / total, "Looking for the head")
            done += 1
            moved, onto, distance, cosine = _forward(state, head, other)
            weight = np.exp(-((distance / reach) ** 2)) * np.clip(cosine, 0.02, 1.0)
            if reach >= _SCHEDULE[0][0]:
                state = fit_similarities(np.broadcast_to(head.points, moved.shape), onto, weight)
            else:
                state = _point_to_plane(state, moved, onto, weight, head.size)
        state = _best(state, head, other, _SAMPLES, reach, survivors)
    _, _, *forward = _forward(state, head, other)
    backward = _backward(state, head, other)
    confidence = max(
        float(np.mean((distance < _ARRIVED) & (cosine > _ARRIVED_COSINE))) for distance, cosine in (forward, backward)
    )
    best = Similarity(float(state[0][0]), state[1][0], state[2][0])
    if not np.isfinite(best.scale) or confidence < _LEAST_CONFIDENCE:
        raise HeadBridgeError(
            "The head could not be found on the target; give at least three landmark pairs, and see that the target's faces "
            "look outward (in Blender: Edit Mode, Mesh > Normals > Recalculate Outside)."
        )
    return best, confidence


class _Samples:
    """Points spread evenly over a surface, with normals, and the surface itself for closest points."""

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray, rng: np.random.Generator, device: str):
        areas = triangle_areas(vertices, triangles)
        edges = np.cumsum(areas) / areas.sum()
        picks = np.searchsorted(edges, (np.arange(_SAMPLES) + rng.random()) / _SAMPLES).clip(0, len(triangles) - 1)
        u, v = np.sqrt(rng.random(_SAMPLES)), rng.random(_SAMPLES)
        weights = np.stack([1 - u, u * (1 - v), u * v], axis=1)
        self.points = np.einsum("nk,nkd->nd", weights, vertices[triangles[picks]])
        self.triangle_normals = normalized(triangle_cross(vertices, triangles))
        self.normals = self.triangle_normals[picks]
        self.surface = Surface(vertices, triangles, device)
        self.size = float(np.sqrt(np.mean(((self.points - self.points.mean(axis=0)) ** 2).sum(axis=1))))


def _starts(head: _Samples, other: _Samples, rng: np.random.Generator) -> States:
    """Every rotation at every relative scale, once at the target's centre and once with the crowns together."""
    # The frames files use first (axis-aligned), then random ones to fill the gaps between them.
    axis_aligned = Rotation.create_group("O").as_matrix()
    random = Rotation.random(_ROTATIONS - len(axis_aligned), random_state=int(rng.integers(2**31))).as_matrix()
    centre = head.points.mean(axis=0)
    scales, rotations, translations = [], [], []
    for rotation in np.concatenate([axis_aligned, random]):
        up = rotation[:, 1]
        height = other.points @ up
        for relative in _RELATIVE_SCALES:
            scale = relative * other.size / head.size
            top = scale * (head.points - centre)[:, 1].max()
            # The upper part of the target, as deep as the scaled head: its middle is where the head would be.
            middle = other.points[height >= height.max() - 2.0 * top].mean(axis=0)
            at_top = middle + up * (height.max() - top - middle @ up)
            for place in (other.points.mean(axis=0), at_top):
                scales.append(scale)
                rotations.append(rotation)
                translations.append(place - scale * rotation @ centre)
    return np.array(scales), np.array(rotations), np.array(translations)


def _forward(state: States, head: _Samples, other: _Samples, few: slice = slice(None)):
    """Head samples against the target, for K states: moved (K, N, 3), closest (K, N, 3), distances as a share of the
    head's size (K, N), cosines of the normals (K, N)."""
    scales, rotations, translations = state
    moved = scales[:, None, None] * (head.points[few] @ rotations.transpose(0, 2, 1)) + translations[:, None]
    hits = other.surface.closest(moved.reshape(-1, 3))
    distance = hits.distances.reshape(moved.shape[:2]) / (scales[:, None] * head.size)
    turned = head.normals[few] @ rotations.transpose(0, 2, 1)
    cosine = np.einsum("knd,knd->kn", turned, other.triangle_normals[hits.triangles].reshape(moved.shape))
    return moved, hits.points.reshape(moved.shape), distance, cosine


def _backward(state: States, head: _Samples, other: _Samples, few: slice = slice(None)):
    """Target samples against the head, for K states: distances as a share of the head's size, cosines, both (K, N)."""
    scales, rotations, translations = state
    returned = (other.points[few] - translations[:, None]) @ rotations / scales[:, None, None]
    hits = head.surface.closest(returned.reshape(-1, 3))
    distance = hits.distances.reshape(returned.shape[:2]) / head.size
    normals = head.triangle_normals[hits.triangles].reshape(returned.shape)
    return distance, np.einsum("knd,knd->kn", other.normals[few] @ rotations, normals)


def _best(state: States, head: _Samples, other: _Samples, count: int, reach: float, survivors: int) -> States:
    """The states whose surfaces agree most, counted in both directions: a bust has more than the head, a mask less."""
    few = slice(None, None, _SAMPLES // count)
    _, _, *forward = _forward(state, head, other, few)
    score = sum(
        np.mean(np.exp(-((distance / reach) ** 2)) * np.clip(cosine, 0.0, 1.0) ** 2, axis=1)
        for distance, cosine in (forward, _backward(state, head, other, few))
    )
    order = np.argsort(-score, kind="stable")[:survivors]
    return state[0][order], state[1][order], state[2][order]


def _point_to_plane(state: States, moved, onto, weight, size) -> States:
    """One Gauss-Newton step of the similarities on the distances (Chen and Medioni 1992), for all states at once."""
    scales, rotations, translations = state
    offset = onto - moved
    distance = np.linalg.norm(offset, axis=2)
    along = offset / np.maximum(distance, 1e-12)[..., None]
    middle = moved.mean(axis=1, keepdims=True)
    # Unknowns in units of the head, so that the damping means the same at every scale.
    unit = (scales * size)[:, None, None]
    arm = (moved - middle) / unit
    rows = np.concatenate([np.einsum("knd,knd->kn", along, arm)[..., None], np.cross(arm, along), along], axis=2)
    weighted = weight[..., None] * rows
    matrix = np.einsum("kni,knj->kij", weighted, rows)
    matrix[:, np.arange(7), np.arange(7)] += 1e-4 * weight.sum(axis=1)[:, None]
    step = np.linalg.solve(matrix, np.einsum("kni,kn->ki", weighted, distance / unit[..., 0])[..., None])[..., 0]
    grow = np.exp(np.clip(step[:, 0], -0.3, 0.3))
    turn = Rotation.from_rotvec(step[:, 1:4]).as_matrix()
    middle = middle[:, 0]
    moved_middle = middle + step[:, 4:7] * unit[:, 0]
    translations = grow[:, None] * np.einsum("kij,kj->ki", turn, translations - middle) + moved_middle
    return grow * scales, turn @ rotations, translations
