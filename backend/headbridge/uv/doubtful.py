"""Where a transfer is to be looked at, as the verdict on its registration has it."""

from __future__ import annotations

import numpy as np

from ..spatial import Surface
from ..topologies import Topology
from .overlay import Overlay

# The topology's regions that belong to a region of a verdict.
_REGIONS = {
    "mouth": ("lips",),
    "lip_edges": ("lips",),
    "eyes": ("left_eye_region", "right_eye_region"),
    "lid_edges": ("left_eye_region", "right_eye_region"),
    "left eye": ("left_eye_region",),
    "right eye": ("right_eye_region",),
}
# Target surface farther than this from a region, mm, does not belong to it.
_REACH = 5.0


def doubtful_triangles(overlay: Overlay, device: str) -> np.ndarray:
    """(T,) bool, target triangles in the regions that the registration's reasons name: by their own topology, or by the
    nearest place on the source. None for reasons that hold everywhere or name what the topology does not know."""
    topology = overlay.target_topology if overlay.backward else overlay.source_topology
    none = np.zeros(len(overlay.target.triangles), bool)
    named = {reason.region for reason in overlay.verdict.reasons} - {""}
    if topology is None or not named:
        return none
    inside = _vertices(topology, named)
    if overlay.backward:
        return inside[overlay.target.triangles].any(axis=1)
    if not inside.any():
        return none
    # Only what is nearest of the whole source lies in the region.
    surface = Surface(overlay.source_positions, overlay.source.triangles, device)
    hits = surface.closest(overlay.target_positions[overlay.target.triangles].mean(axis=1), _REACH)
    found = inside[overlay.source.triangles[np.maximum(hits.triangles, 0)]].any(axis=1)
    return hits.hit & found


def _vertices(topology: Topology, named: set[str]) -> np.ndarray:
    """(V,) bool, the vertices of the named regions."""
    names = [own for name in named for own in _REGIONS.get(name, (name,)) if own in topology.regions]
    return np.any([topology.regions[name] for name in names], axis=0) if names else np.zeros(len(topology.skin), bool)
