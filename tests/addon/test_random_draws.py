"""Blender and the command line draw the same random heads and textures."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge import random_draws


@pytest.mark.parametrize("part", ["IDENTITY", "EXPRESSION", "POSE"])
def test_the_same_seed_draws_the_same_in_blender(plain_addon, part):
    inside = plain_addon("random_draws")
    drawn = inside.truncated_normal(200, 1.5, inside.generator(7, getattr(inside, part)))
    there = random_draws.truncated_normal(200, 1.5, random_draws.generator(7, 0, getattr(random_draws, part)))
    np.testing.assert_allclose(drawn, there, rtol=0.0, atol=1e-12)
    # Fewer are the first of them.
    np.testing.assert_array_equal(
        inside.truncated_normal(9, 1.5, inside.generator(7, getattr(inside, part))), drawn[:9]
    )
    assert np.abs(drawn).max() <= 1.5 and 0.6 < drawn.std() < 0.9


def test_parts_and_heads_are_drawn_apart():
    drawn = [
        random_draws.truncated_normal(5, 2.5, random_draws.generator(3, index, part)).tolist()
        for index in (0, 1)
        for part in (random_draws.IDENTITY, random_draws.EXPRESSION, random_draws.POSE)
    ]
    assert len({tuple(numbers) for numbers in drawn}) == len(drawn)
