"""What the bench of face parsing leaves out."""

from __future__ import annotations

import numpy as np
from parsing_bench import strand_areas
from photo.truth import PARTS

PERSON, HAIR = 1 + PARTS.index("person"), 1 + PARTS.index("hair")


def test_skin_between_strands_and_single_strands_are_not_judged_and_areas_are():
    parts = np.full((120, 120), PERSON, np.uint8)
    parts[:40] = HAIR
    # A fringe of strands two pixels wide, two apart; one strand alone.
    fringe = np.zeros_like(parts, bool)
    fringe[40:60, 20:100] = True
    parts[fringe & (np.arange(120) % 4 < 2)] = HAIR
    parts[80:118, 60] = HAIR
    left_out = strand_areas(parts, size=150.0)
    # The strands are half of it, and an area where they are closed.
    assert left_out[42:56, 24:96][parts[42:56, 24:96] == PERSON].all()
    assert left_out[84:114, 60].all()
    assert not left_out[:36].any() and not left_out[66:, :50].any()
