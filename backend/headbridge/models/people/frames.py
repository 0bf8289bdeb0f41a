"""Where the topologies have the mean head of all people."""

from __future__ import annotations

from dataclasses import replace

from ...mesh.similarity import Similarity, fit_similarity
from ...topologies import load_topology
from ..conversion import flame_hack_correspondence
from ..linear import head_model


def hack_to_flame() -> Similarity:
    """The rigid motion from the frame in which HACK has the mean head to FLAME's."""
    both, skin = flame_hack_correspondence(), load_topology("flame").skin
    carried = both.flame_rest + both.flame_from_hack @ (head_model("hack").mean - both.hack_rest)
    mean = head_model("flame").mean
    found = fit_similarity(carried[skin], mean[skin])
    return replace(found, scale=1.0, translation=mean[skin].mean(axis=0) - found.rotation @ carried[skin].mean(axis=0))
