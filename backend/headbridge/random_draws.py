"""What random heads and textures are drawn from. `addon/random_draws.py` draws the same in Blender."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

IDENTITY, EXPRESSION, POSE = (), (1,), (2,)
"""What is drawn by itself: whether and how much of the one is drawn leaves the others as they are."""


def generator(seed: int, index: int, part: tuple[int, ...] = ()) -> np.random.Generator:
    """Of the head or texture of that number: more of them leave the first ones as they were."""
    return np.random.default_rng([seed, index, *part])


def truncated_normal(count: int, limit: float, random: np.random.Generator) -> np.ndarray:
    """(count,) standard normal numbers between -limit and limit, by inverting the distribution."""
    low, high = ndtr(-limit), ndtr(limit)
    return ndtri(low + (high - low) * random.uniform(size=count))
