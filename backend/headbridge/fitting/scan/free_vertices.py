"""The free-vertex result: a topology carried onto a scan by what was seen of it."""

from __future__ import annotations

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
from .eyeballs import seat_eyeballs


def carry_onto_scan(
    key: str,
    scan: CanonicalScan,
    firmness: float,
    device: str,
    seed: int,
    progress: Progress,
    dense: LandmarkPairs | None = None,
) -> RegisterResult:
    """Register the topology `key` ("hack" or "flame") onto a scan; the result is in canonical millimetres.

    firmness : scales how firmly landmarks hold. dense : further places of FLAME's mean head on the scan, or None."""
    source, topology = load_builtin(key), load_topology(key)
    settings = RegisterSettings(device=device, landmark_weight=firmness, seed=seed)
    still = Similarity(1.0, np.eye(3), np.zeros(3))
    head = replace(scan.head, prepared=as_it_is(scan.mesh), pose=still)
    inputs = RegisterInput(
        source, scan.mesh, source_topology=key, seen=as_seen(head, scan.landmarks, key, device)
    )  # fmt: skip
    registered = register(inputs, settings, progress if dense is None else progress.part(0.0, 0.5))
    if dense is not None:
        # Dense images leave lids and lips out: there it stays as it was seen.
        rims = np.concatenate([topology.rims[name] for name in ("left_lids", "right_lids", "lips_inner")])
        pairs = LandmarkPairs(
            np.concatenate([source.vertices[rims], dense.source]),
            np.concatenate([registered.registered[rims], dense.target]),
        )
        registered = register(replace(inputs, landmarks=pairs, seen=None), settings, progress.part(0.5, 1.0))
    return replace(registered, registered=seat_eyeballs(registered.registered, topology))
