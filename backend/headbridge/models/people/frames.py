"""Where the topologies have the mean head of all people, and other heads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...mesh.similarity import Similarity, fit_similarity
from ...topologies import load_topology
from ..conversion import flame_hack_correspondence
from ..linear import head_model


def hack_to_flame() -> Similarity:
    """The rigid motion from the frame in which HACK has the mean head to FLAME's."""
    return frame_motion(head_model("hack").mean, head_model("flame").mean)


def frame_motion(hack: np.ndarray, flame: np.ndarray) -> Similarity:
    """The rigid motion from a head's vertices in HACK's topology, (14062, 3) mm, to those in FLAME's, (5023, 3)."""
    both, skin = flame_hack_correspondence(), load_topology("flame").skin
    transferred = both.flame_rest + both.flame_from_hack @ (hack - both.hack_rest)
    found = fit_similarity(transferred[skin], flame[skin])
    return replace(
        found, scale=1.0, translation=flame[skin].mean(axis=0) - found.rotation @ transferred[skin].mean(axis=0)
    )
