"""Principal components of few large samples."""

from __future__ import annotations

import numpy as np

from ..progress import Progress

# Eigenvalues below this share of the largest are rounding.
_LEAST = 1e-7
_ROWS = 8192
_MESSAGE = "Finding the principal components"


def principal_components(
    samples: np.ndarray, count: int | None = None, progress: Progress | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (D,) and components (D, K), both float32, of N samples (D, N).

    count : the most components wanted; None: all there are, at most N - 1. They come with the largest variance first,
    are orthogonal, and have the length of one standard deviation: the samples' own coefficients have mean 0 and
    variance 1. The sign of each is the one that makes its sum positive."""
    samples, progress = np.asarray(samples, np.float32), progress or Progress()
    weights = component_weights(samples, count, progress.part(0.0, 0.5))
    mean = samples.mean(axis=1)
    components = np.empty((len(samples), weights.shape[1]), np.float32)
    for block in _blocks(len(samples)):
        progress.report(0.5 + 0.5 * block.start / len(samples), _MESSAGE)
        components[block] = (samples[block] - mean[block, None]) @ weights
    return mean, components


def component_weights(samples: np.ndarray, count: int | None = None, progress: Progress | None = None) -> np.ndarray:
    """(N, K) float32, what each component takes of N samples (D, N) without their mean, by their (N, N) Gram matrix."""
    samples = np.asarray(samples, np.float32)
    number, progress = samples.shape[1], progress or Progress()
    gram, sums = np.zeros((number, number)), np.zeros(number)
    for block in _blocks(len(samples)):
        progress.report(block.start / len(samples), _MESSAGE)
        centred = samples[block] - samples[block].mean(axis=1, keepdims=True)
        gram += centred.T @ centred
        sums += centred.sum(axis=0)
    values, vectors = np.linalg.eigh(gram)
    order = np.argsort(values)[::-1]
    order = order[values[order] > _LEAST * max(values.max(), 1e-30)][: number - 1][:count]
    # A sample's coefficient is sqrt(N - 1) times its entry in the eigenvector.
    weights = vectors[:, order] / np.sqrt(number - 1.0)
    return (weights * np.where(sums @ weights < 0.0, -1.0, 1.0)).astype(np.float32)


def _blocks(count: int):
    """Slices of rows that fit into a processor's cache."""
    return (slice(start, start + _ROWS) for start in range(0, count, _ROWS))
