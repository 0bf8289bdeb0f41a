"""Similarity transforms, and how to find them from corresponding points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError


@dataclass(frozen=True)
class Similarity:
    """x -> scale * rotation @ x + translation; rotation (3, 3), translation (3,)."""

    scale: float
    rotation: np.ndarray
    translation: np.ndarray

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Map (N, 3) points."""
        return self.scale * (np.asarray(points) @ self.rotation.T) + self.translation

    def inverse(self) -> Similarity:
        """The similarity that undoes this one."""
        rotation = self.rotation.T
        return Similarity(1.0 / self.scale, rotation, -(rotation @ self.translation) / self.scale)

    def then(self, after: Similarity) -> Similarity:
        """This similarity followed by `after`."""
        return Similarity(
            after.scale * self.scale, after.rotation @ self.rotation, after.apply(self.translation[None])[0]
        )


def fit_similarity(source: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> Similarity:
    """Least-squares similarity of (N, 3) corresponding points (Umeyama 1991); never a reflection.

    weights : (N,) >= 0 or None. Raises `InputError` when the points do not span a plane."""
    source, target = np.asarray(source, float), np.asarray(target, float)
    weights = np.ones(len(source)) if weights is None else np.asarray(weights, float)
    weights = weights / weights.sum()
    mean_source, mean_target = weights @ source, weights @ target
    a, b = source - mean_source, target - mean_target
    u, singular, vt = np.linalg.svd(np.einsum("n,ni,nj->ij", weights, b, a))
    if singular[1] <= 1e-9 * max(singular[0], 1e-300):
        raise InputError("The points lie on one line, so they fix no rotation; give at least three that span a plane.")
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * signs) @ vt
    scale = float((singular * signs).sum() / np.einsum("n,nd->", weights, a**2))
    return Similarity(scale, rotation, mean_target - scale * rotation @ mean_source)


def fit_similarity_robust(source: np.ndarray, target: np.ndarray, iterations: int = 10) -> Similarity:
    """The same with Geman-McClure weights at three times the median residual: a few wrong pairs do not tilt the head."""
    weights = np.ones(len(source))
    similarity = fit_similarity(source, target)
    if len(source) < 6:
        return similarity
    for _ in range(iterations):
        residual = np.linalg.norm(similarity.apply(source) - target, axis=1)
        spread = 3.0 * max(float(np.median(residual)), 1e-12)
        weights = 1.0 / (1.0 + (residual / spread) ** 2) ** 2
        similarity = fit_similarity(source, target, weights)
    return similarity


def fit_similarities(source: np.ndarray, target: np.ndarray, weights: np.ndarray):
    """Many at once: (K, N, 3) points and (K, N) weights -> scales (K,), rotations (K, 3, 3), translations (K, 3).

    The scale is the ratio of the spreads, which treats both sides alike: with closest points as targets the
    least-squares scale would shrink at every iteration (Horn 1987)."""
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    mean_source = np.einsum("kn,knd->kd", weights, source)
    mean_target = np.einsum("kn,knd->kd", weights, target)
    a, b = source - mean_source[:, None], target - mean_target[:, None]
    u, _, vt = np.linalg.svd(np.einsum("kn,kni,knj->kij", weights, b, a))
    signs = np.ones((len(source), 3))
    signs[:, 2] = np.sign(np.linalg.det(u @ vt))
    rotations = (u * signs[:, None, :]) @ vt
    spread = lambda p: np.einsum("kn,knd->k", weights, p**2)  # noqa: E731
    scales = np.sqrt(spread(b) / np.maximum(spread(a), 1e-24))
    translations = mean_target - scales[:, None] * np.einsum("kij,kj->ki", rotations, mean_source)
    return scales, rotations, translations
