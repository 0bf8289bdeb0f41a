"""The free-vertex result: a topology transferred onto a scan by what was seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...mesh.similarity import Similarity
from ...progress import Progress
from ...registration.job import LandmarkPairs, RegisterInput, RegisterResult, RegisterSettings
from ...registration.register import register
from ...registration.seen import as_seen
from ...spatial.preparation import as_it_is
from ...topologies import load_builtin, load_topology
from .canonical import CanonicalScan
from .dense_views import dense_head
from .eyeballs import seat_eyeballs
from .votes import DenseView


def transfer_onto_scan(
    key: str,
    scan: CanonicalScan,
    firmness: float,
    device: str,
    seed: int,
    progress: Progress,
    dense: Sequence[DenseView] = (),
) -> RegisterResult:
    """Register the topology `key` ("hack" or "flame") onto a scan; the result is in canonical millimetres.

    firmness : scales how firmly landmarks hold. dense : images that say where places of FLAME's head lie on it.
    Raises `InputError` where these cannot be of this scan."""
    source, topology = load_builtin(key), load_topology(key)
    settings = RegisterSettings(device=device, landmark_weight=firmness, seed=seed)
    still = Similarity(1.0, np.eye(3), np.zeros(3))
    head = replace(scan.head, prepared=as_it_is(scan.mesh), pose=still)
    inputs = RegisterInput(
        source, scan.mesh, source_topology=key, seen=as_seen(head, scan.landmarks, key, device)
    )  # fmt: skip
    registered = register(inputs, settings, progress.part(0.0, 0.5) if dense else progress)
    if dense:
        start = dense_head(dense, scan.mesh, scan.pose, registered.registered, device, progress.part(0.5, 0.8))
        registered = settled(inputs, start, settings, progress.part(0.8, 1.0))
    return replace(registered, registered=seat_eyeballs(registered.registered, topology))


def settled(
    inputs: RegisterInput, start: np.ndarray, settings: RegisterSettings, progress: Progress = Progress()
) -> RegisterResult:
    """FLAME's head, which dense images laid at `start` (V, 3), moved onto the surface of `inputs` and not along it."""
    topology = load_topology("flame")
    outside = topology.skin & ~topology.no_match
    pairs = LandmarkPairs(inputs.source.vertices[outside], start[outside])
    # The images say where lips and lids lie, shut or not.
    return register(replace(inputs, landmarks=pairs, start=start, close_openings=False), settings, progress)
