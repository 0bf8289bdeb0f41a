# SPDX-License-Identifier: GPL-3.0-or-later
"""What random heads and textures are drawn from, as the backend's `random_draws` has it: the same seed gives the same
one there and here."""

from statistics import NormalDist

import numpy as np

IDENTITY, EXPRESSION, POSE = (), (1,), (2,)
# Standard deviations within which numbers stay, where nobody says otherwise.
LIMIT = 2.5

_NORMAL = NormalDist()


def generator(seed: int, part: tuple[int, ...] = ()) -> np.random.Generator:
    """Of the backend's first head or texture."""
    return np.random.default_rng([seed, 0, *part])


def truncated_normal(count: int, limit: float, random: np.random.Generator) -> np.ndarray:
    """(count,) standard normal numbers between -limit and limit, by inverting the distribution."""
    low, high = _NORMAL.cdf(-limit), _NORMAL.cdf(limit)
    return np.array([_NORMAL.inv_cdf(share) for share in low + (high - low) * random.uniform(size=count)])
