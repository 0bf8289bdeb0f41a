# SPDX-License-Identifier: GPL-3.0-or-later
"""Words drawn over a 3D view."""

from __future__ import annotations

import blf

_PLAIN = (0.92, 0.92, 0.92)


def draw(
    words: str, x: float, y: float, scale: float, colour: tuple[float, float, float] = _PLAIN, centred: bool = False
) -> None:
    """Draw a line of words with a shadow, at pixels of the region; scale : Blender's, of the screen."""
    blf.size(0, 12.0 * scale)
    blf.color(0, *colour, 1.0)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 3, 0.0, 0.0, 0.0, 0.8)
    blf.position(0, x - (blf.dimensions(0, words)[0] / 2.0 if centred else 0.0), y, 0.0)
    blf.draw(0, words)
    blf.disable(0, blf.SHADOW)
