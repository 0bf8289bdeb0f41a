"""Automatic alignment without landmarks: units, rotation and place of the target head are all unknown."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import HeadBridgeError
from ..mesh.normals import triangle_areas, triangle_cross, normalized
from ..progress import Progress
from ..spatial import Surface
from .job import Similarity
from .similarity import fit_similarities

_ROTATIONS = 96
# Head scans come with shoulders or as a mask: the head may be all of the target or a small part of it.
_RELATIVE_SCALES = (1.25, 0.9, 0.6)
_SAMPLES = 320
# Reach (as a share of the head's size), iterations, surviving starts.
_SCHEDULE = ((0.5, 4, 40), (0.3, 8, 12), (0.15, 10, 6), (0.08, 15, 3), (0.05, 15, 1))


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
    Returns source -> target, and a confidence in [0, 1]: the share of samples of either surface that ended close to the
    other with agreeing normals, the larger of the two directions.

    Raises `HeadBridgeError` when no start ends on the target.
    """
    rng = np.random.default_rng(seed)
    points, normals = _samples(source, source_triangles, _SAMPLES, rng)
    size = _spread(points)
    surface = Surface(target, target_triangles, device)
    target_normals = normalized(triangle_cross(target, target_triangles))
    target_points, target_point_normals = _samples(target, target_triangles, _SAMPLES, rng)
    state = _starts(points, target_points, size, rng)

    def relate(state, points, normals):
        """Closest points for all states at once: moved points, targets, weights, agreement."""
        scales, rotations, translations = state
        moved = scales[:, None, None] * np.einsum("kij,nj->kni", rotations, points) + translations[:, None]
        turned = np.einsum("kij,nj->kni", rotations, normals)
        hits = surface.closest(moved.reshape(-1, 3))
        onto = hits.points.reshape(moved.shape)
        distance = hits.distances.reshape(moved.shape[:2]) / (scales[:, None] * size)
        cosine = np.einsum("knd,knd->kn", turned, target_normals[hits.triangles].reshape(moved.shape))
        return moved, onto, distance, cosine

    def score(state, count, reach):
        few = slice(None, None, _SAMPLES // count)
        return _scores(state, relate, points[few], normals[few], back, target_points[few], target_point_normals[few], size, reach)

    def best_of(state, count, reach, survivors):
        order = np.argsort(-score(state, count, reach), kind="stable")[:survivors]
        return tuple(part[order] for part in state)

    back = _Back(source, source_triangles, device)
    state = best_of(state, 80, 0.5, 80)
    done = 0
    total = sum(count for _, count, _ in _SCHEDULE)
    for reach, count, survivors in _SCHEDULE:
        for _ in range(count):
            progress.report(span[0] + (span[1] - span[0]) * done / total, "Looking for the head")
            done += 1
            moved, onto, distance, cosine = relate(state, points, normals)
            weight = np.exp(-((distance / reach) ** 2)) * np.clip(cosine, 0.02, 1.0)
            if reach >= _SCHEDULE[0][0]:
                state = fit_similarities(np.broadcast_to(points, moved.shape), onto, weight)
            else:
                state = _point_to_plane(state, moved, onto, weight, size)
        state = best_of(state, _SAMPLES, reach, survivors)
    best = Similarity(float(state[0][0]), state[1][0], state[2][0])
    _, _, distance, cosine = relate(state, points, normals)
    confidence = float(np.mean((distance < 0.06) & (cosine > 0.7)))
    if not np.isfinite(best.scale) or confidence < 0.2:
        raise HeadBridgeError(
            "The head could not be found on the target; give at least three landmark pairs, or turn and scale the target roughly."
        )
    return best, confidence


def _samples(vertices, triangles, count, rng):
    """(count, 3) points spread evenly by area, and their triangle normals."""
    areas = triangle_areas(vertices, triangles)
    edges = np.cumsum(areas) / areas.sum()
    picks = np.searchsorted(edges, (np.arange(count) + rng.random()) / count).clip(0, len(triangles) - 1)
    u, v = np.sqrt(rng.random(count)), rng.random(count)
    weights = np.stack([1 - u, u * (1 - v), u * v], axis=1)
    points = np.einsum("nk,nkd->nd", weights, vertices[triangles[picks]])
    return points, normalized(triangle_cross(vertices, triangles[picks]))


def _spread(points):
    return float(np.sqrt(np.mean(((points - points.mean(axis=0)) ** 2).sum(axis=1))))


def _starts(points, target_points, size, rng):
    """Every rotation at every relative scale, once at the target's centre and once with the crowns together."""
    # The frames files use first (axis-aligned), then random ones to fill the gaps between them.
    axis_aligned = Rotation.create_group("O").as_matrix()
    random = Rotation.random(_ROTATIONS - len(axis_aligned), random_state=int(rng.integers(2**31))).as_matrix()
    target_size = _spread(target_points)
    centre = points.mean(axis=0)
    scales, rotations, translations = [], [], []
    for rotation in np.concatenate([axis_aligned, random]):
        up = rotation[:, 1]
        height = target_points @ up
        for relative in _RELATIVE_SCALES:
            scale = relative * target_size / size
            top = scale * ((points - centre) @ np.array([0.0, 1.0, 0.0])).max()
            # The upper part of the target, as deep as the scaled head: its middle is where the head would be.
            crown = target_points[height >= height.max() - 2.0 * top]
            middle = crown.mean(axis=0)
            at_top = middle + up * (height.max() - top - middle @ up)
            for place in (target_points.mean(axis=0), at_top):
                scales.append(scale)
                rotations.append(rotation)
                translations.append(place - scale * rotation @ centre)
    return np.array(scales), np.array(rotations), np.array(translations)


class _Back:
    """The source's own surface, for the way back from target samples."""

    def __init__(self, vertices, triangles, device):
        self.surface = Surface(vertices, triangles, device)
        self.normals = normalized(triangle_cross(vertices, triangles))


def _agreement(distance, cosine, reach):
    return np.mean(np.exp(-((distance / reach) ** 2)) * np.clip(cosine, 0.0, 1.0) ** 2, axis=1)


def _scores(state, relate, points, normals, back, target_points, target_normals, size, reach):
    """How well source samples lie on the target, and target samples on the source where they are near it."""
    _, _, distance, cosine = relate(state, points, normals)
    forward = _agreement(distance, cosine, reach)
    scales, rotations, translations = state
    returned = (target_points - translations[:, None]) @ rotations / scales[:, None, None]
    hits = back.surface.closest(returned.reshape(-1, 3))
    distance = hits.distances.reshape(returned.shape[:2]) / size
    cosine = np.einsum("knd,knd->kn", target_normals @ rotations, back.normals[hits.triangles].reshape(returned.shape))
    return forward + 0.5 * _agreement(distance, cosine, reach)


def _point_to_plane(state, moved, onto, weight, size):
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
