"""The hidden parts of a texture filled in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..mesh.udim import Tile
from ..progress import Progress
from ..topologies import Topology
from .atlas.completion import complete, kept_share
from .atlas.layout import HeadLayout

Pictures = dict[Tile, np.ndarray]
Guess = Callable[[Pictures, Pictures], Pictures]
"""Gives (S, S, 3) encoded sRGB of the whole texture by tile, of its colours (S, S, 3) and where they are known
(S, S)."""


def filled_in(
    colours: Pictures,
    known: np.ndarray,
    layout: HeadLayout,
    topology: Topology,
    guess: Guess | None,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 3) encoded sRGB of the whole layout, and (H, W) the share 0..1 in which the colours that were given are
    kept.

    colours : (S, S, 3) encoded sRGB by tile. known : (H, W) bool of the layout's picture, nothing beside its charts.
    guess : what lies behind; None continues the other half of the face smoothly."""
    packing, behind = layout.packing, None
    if guess is not None:
        progress.report(0.0, "Guessing what is hidden")
        behind = packing.joined(guess(colours, packing.split(known)))
    progress.report(0.3, "Completing the texture")
    share, trusted = kept_share(known, layout)
    picture = np.where(known[..., None], packing.joined(colours), 0.0).astype(np.float32)
    shape = layout.packed.vertices
    return complete(picture, share, trusted, layout, topology, shape, behind, progress.part(0.3, 1.0)), share
