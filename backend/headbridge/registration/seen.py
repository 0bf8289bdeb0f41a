"""A target that was looked at: its head in one frame, and the detector's points on source and target."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..detection.detector import FaceDetector
from ..detection.on_meshes.canonical import CanonicalHead, canonical_head, canonical_landmarks
from ..detection.on_meshes.detections import VotedPoints
from ..detection.on_meshes.lids import eye_lids
from ..detection.on_meshes.lips import lip_edges
from ..detection.surface_points import surface_points
from ..errors import InputError
from ..mesh import Mesh
from ..progress import Progress
from ..spatial import Surface
from ..spatial.preparation import PreparedMesh, prepare_target
from ..topologies import Landmarks, Topology
from ..topologies.builtin import HEAD_TOPOLOGIES
from .anchors import MOUTH

# The detector draws every face some way towards its mean: points are off by this much even where all views agree, mm.
_BIAS = 2.5
# Errors of neighbouring points go together: all points are worth so many independent ones.
_INDEPENDENT = 30.0
# A point that fewer views agree on has no place.
_FEWEST_VIEWS = 3
# The support at which a point begins to count, and at which it counts as a whole one: nothing jumps where a view comes or goes.
_SUPPORT = (1.0, 2.5)
_FEWEST_POINTS = 60


@dataclass(frozen=True, eq=False)
class SeenPoints:
    """The detector's points that source and target share.

    numbers : (N,) which ones. source : their places on the source's surface. target : (N, 3) canonical mm. sigma : (N,) mm,
    how far off one of them may be; share : (N,) 0..1, how far they count; `shared_sigma` : (N,) mm, the same for a sum over
    all that takes them as independent and whole."""

    numbers: np.ndarray
    source: Landmarks
    target: np.ndarray
    sigma: np.ndarray
    share: np.ndarray

    @property
    def shared_sigma(self) -> np.ndarray:
        """(N,) mm."""
        return self.sigma * np.sqrt(max(self.share.sum() / _INDEPENDENT, 1.0) / self.share)


@dataclass(frozen=True, eq=False)
class SeenTarget:
    """head : the target's head in the mean head's frame; points : None when source and target share too few; shut : the rims of
    eyes that are shut there; edges : by rim and half ("upper" or "lower"), (M, 3) points of the edges of upper lids
    and of both lips of an open mouth, where the surface shows them; seen : 0..1, the share of the detector's points on which several views agree."""

    head: CanonicalHead
    points: SeenPoints | None
    shut: tuple[str, ...] = ()
    edges: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    seen: float = 0.0


def look_at(
    source: Mesh, topology: Topology | None, target: PreparedMesh, progress: Progress, device: str = "cpu"
) -> SeenTarget:
    """Find the target's head and the points that source and target share.

    Raises `InputError` when the target shows no face or several."""
    with FaceDetector(device=device) as detector:
        head = canonical_head(target, "target", detector, progress.part(0.0, 0.5), device=device)
        voted = canonical_landmarks(head, detector, progress.part(0.5, 0.8), device=device)
        places, usable = _on_source(source, topology, detector, progress.part(0.8, 1.0), device)
    return _seen(head, voted, places, usable, device)


def as_seen(head: CanonicalHead, voted: VotedPoints, key: str, device: str = "cpu") -> SeenTarget:
    """What a caller who looked at a head saw, for a source in the topology `key` (of `HEAD_TOPOLOGIES`).

    voted : the detector's points on the canonical `head`."""
    known = surface_points(key)
    return _seen(head, voted, known.landmarks, np.isfinite(known.spread), device)


def _seen(
    head: CanonicalHead, voted: VotedPoints | None, places: Landmarks | None, usable: np.ndarray | None, device: str
) -> SeenTarget:
    """places : of the points on the source; usable : (478,) bool, which of them have one there."""
    if voted is None:
        return SeenTarget(head, None)
    lids = dict(zip(("right_lids", "left_lids"), eye_lids(head.looked_at, voted, device)))
    shut = tuple(name for name, eye in lids.items() if eye.shut)
    edges = {(name, "upper"): eye.edge for name, eye in lids.items() if eye.edge is not None}
    lips = lip_edges(head.looked_at, voted, device)
    if lips is not None:
        edges |= {(MOUTH, "upper"): lips[0], (MOUTH, "lower"): lips[1]}
    spread = surface_points("hack").spread
    placed, agreed = np.isfinite(spread), voted.count >= _FEWEST_VIEWS
    seen = float(np.mean(agreed[placed]))
    if usable is None:
        return SeenTarget(head, None, shut, edges, seen)
    share = np.clip((voted.support - _SUPPORT[0]) / (_SUPPORT[1] - _SUPPORT[0]), 0.0, 1.0)
    shared = np.flatnonzero(usable & placed & (share > 0.0))
    if len(shared) < _FEWEST_POINTS:
        return SeenTarget(head, None, shut, edges, seen)
    sigma = np.sqrt(_BIAS**2 + spread[shared] ** 2 + voted.spread[shared] ** 2)
    return SeenTarget(
        head, SeenPoints(shared, places.subset(shared), voted.points[shared], sigma, share[shared]), shut, edges, seen
    )


def _on_source(
    source: Mesh, topology: Topology | None, detector: FaceDetector, progress: Progress, device: str
) -> tuple[Landmarks | None, np.ndarray | None]:
    """The points' places on the source, and (478,) bool which ones have one; None for a source that shows no face."""
    if topology is not None and topology.key in HEAD_TOPOLOGIES:
        known = surface_points(topology.key)
        return known.landmarks, np.isfinite(known.spread)
    try:
        head = canonical_head(
            prepare_target(source, "source"), "source", detector, progress.part(0.0, 0.6), device=device
        )
    except InputError:
        return None, None
    voted = canonical_landmarks(head, detector, progress.part(0.6, 1.0), device=device)
    if voted is None:
        return None, None
    hits = Surface(source.vertices, source.triangles, device).closest(head.pose.apply(voted.points))
    return (
        Landmarks(source.triangles[hits.triangles], hits.barycentrics, ("",) * len(voted.points)),
        voted.count >= _FEWEST_VIEWS,
    )
