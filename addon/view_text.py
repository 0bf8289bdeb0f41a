# SPDX-License-Identifier: GPL-3.0-or-later
"""Words drawn over a 3D view."""

from __future__ import annotations

import blf

_PLAIN = (0.92, 0.92, 0.92)
# A rim around the letters, which are read on any background then; directions in which it is drawn.
_RIM = (0.05, 0.05, 0.05, 0.9)
_AROUND = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]


def draw(
    words: str, x: float, y: float, scale: float, colour: tuple[float, float, float] = _PLAIN, centred: bool = False
) -> None:
    """Draw a line of words with a dark rim, at pixels of the region; scale : Blender's, of the screen."""
    blf.size(0, 12.0 * scale)
    left = x - (blf.dimensions(0, words)[0] / 2.0 if centred else 0.0)
    blf.color(0, *_RIM)
    for right, up in _AROUND:
        blf.position(0, left + right * scale, y + up * scale, 0.0)
        blf.draw(0, words)
    blf.color(0, *colour, 1.0)
    blf.position(0, left, y, 0.0)
    blf.draw(0, words)
