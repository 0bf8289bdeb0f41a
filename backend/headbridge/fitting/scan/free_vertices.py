"""The free-vertex result: a topology carried onto a scan by the landmarks that were found on it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...detection.surface_points import surface_points
from ...mesh import Mesh
from ...models.conversion import hack_to_flame
from ...progress import Progress
from ...registration.job import LandmarkPairs, RegisterInput, RegisterResult, RegisterSettings
from ...registration.register import register
from ...topologies import load_builtin, load_topology
from .eyeballs import seat_eyeballs

# Found landmarks are some millimetres off, so they hold less firmly than a user's; what another registration says of
# lids agrees with itself.
_FOUND, _CARRIED = 0.3, 1.0
# FLAME's registration needs little of the time.
_SHARE_OF_HACK = 0.8


@dataclass(frozen=True)
class FoundLandmarks:
    """numbers (N,) of the detector's points that were found; points (N, 3) mm where they lie on the scan; names."""

    numbers: np.ndarray
    points: np.ndarray
    names: tuple[str, ...]


def carry_onto_scan(
    key: str,
    scan: Mesh,
    landmarks: FoundLandmarks,
    firmness: float,
    device: str,
    seed: int,
    progress: Progress,
    dense: LandmarkPairs | None = None,
) -> RegisterResult:
    """Register the topology `key` ("hack" or "flame") onto a scan in canonical millimetres.

    firmness : scales how firmly landmarks hold. dense : further places of FLAME's mean head on the scan, or None.
    HACK starts with its statistical head, whose expressions shut eyes and open jaws. FLAME's registration has none: it
    goes the way over HACK, which says where its lids and features belong."""
    whole = 1.0 if key == "hack" else _SHARE_OF_HACK
    hack = _register("hack", scan, _found_pairs(landmarks), _FOUND * firmness, device, seed, progress.part(0.0, whole))
    if key == "hack":
        return hack
    pairs = _pairs_by_hack(hack_to_flame(hack.registered), landmarks)
    if dense is not None:
        pairs = LandmarkPairs(
            np.concatenate([pairs.source, dense.source]), np.concatenate([pairs.target, dense.target]), pairs.names
        )
    flame = _register("flame", scan, pairs, _CARRIED * firmness, device, seed, progress.part(whole, 1.0))
    return replace(flame, registered=seat_eyeballs(flame.registered, load_topology("flame")))


def _register(
    key: str, scan: Mesh, pairs: LandmarkPairs, weight: float, device: str, seed: int, progress: Progress
) -> RegisterResult:
    return register(
        RegisterInput(load_builtin(key), scan, landmarks=pairs, source_topology=key),
        RegisterSettings(device=device, landmark_weight=weight, seed=seed),
        progress,
    )


def _found_pairs(landmarks: FoundLandmarks) -> LandmarkPairs:
    places = surface_points("hack").landmarks.subset(landmarks.numbers)
    return LandmarkPairs(places.evaluate(load_builtin("hack").vertices), landmarks.points, landmarks.names)


def _pairs_by_hack(carried: np.ndarray, landmarks: FoundLandmarks) -> LandmarkPairs:
    """Lids and features of the FLAME head `carried` (5023, 3) over from HACK's registration."""
    template, topology = load_builtin("flame").vertices, load_topology("flame")
    rims = np.concatenate([topology.rims[name] for name in ("left_lids", "right_lids")])
    places = surface_points("flame").landmarks.subset(landmarks.numbers)
    return LandmarkPairs(
        np.concatenate([places.evaluate(template), template[rims]]),
        np.concatenate([places.evaluate(carried), carried[rims]]),
        landmarks.names,
    )
