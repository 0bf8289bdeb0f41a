"""Registering one target and writing its numbers; runs in a process of its own."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from headbridge.errors import HeadBridgeError
from headbridge.progress import Progress
from headbridge.registration import LandmarkPairs, RegisterInput, RegisterSettings
from headbridge.registration.register import register
from headbridge.topologies import load_builtin, load_topology

from .case import AMBERG, Case, given_landmarks, varied
from .measures import measures
from .stranger import Stranger, load

_OTHER_SEED = 7


def run_case(case: Case, target: Path, out: Path, with_depth: bool) -> None:
    """Register `case.source` onto the stranger at `target`; writes OUT/NAME.json, and OUT/NAME.npy with the positions.

    The JSON has "verdict" and "reasons" as the registration gave them, "error" where it raised one, CPU seconds of the
    registration alone in "cpu", and the numbers of `measures`.
    """
    stranger = load(target)
    if stranger.registered is None and stranger.result is None:
        # What has no truth for vertices is a target for every source.
        stranger = replace(stranger, source=case.source)
    stranger = varied(stranger, case.variation)
    report: dict[str, Any] = {"expect": stranger.expect, "kind": stranger.kind}
    registered, found = (_amberg if case.variation == AMBERG else _registered)(case, stranger)
    report |= found
    if registered is not None:
        report |= measures(stranger, registered, with_depth)
        # In millimetres, so that results in several units can be compared.
        np.save(out / f"{case.name}.npy", stranger.mm_per_unit * registered)
    partial = out / f"{case.name}.{os.getpid()}.part"
    partial.write_text(json.dumps(report, indent=1), encoding="utf-8")
    partial.replace(out / f"{case.name}.json")


def _registered(case: Case, stranger: Stranger) -> tuple[np.ndarray | None, dict[str, Any]]:
    """Positions, None where there was an error, and what is to report."""
    source, points = load_builtin(case.source), given_landmarks(stranger, case.landmarks)
    landmarks = load_topology(case.source).landmarks_51
    pairs = None if points is None else LandmarkPairs(landmarks.evaluate(source.vertices), points, landmarks.names)
    inputs = RegisterInput(source, stranger.mesh, landmarks=pairs, source_topology=case.source)
    settings = RegisterSettings(seed=_OTHER_SEED if case.variation == "seed" else 0)
    started = time.process_time()
    try:
        result = register(inputs, settings, Progress())
    except HeadBridgeError as error:
        return None, {"verdict": "failed", "error": str(error), "cpu": time.process_time() - started}
    cpu = time.process_time() - started
    return result.registered, {"cpu": cpu, "notes": list(result.notes), **verdict_of(result)}


def _amberg(case: Case, stranger: Stranger) -> tuple[np.ndarray, dict[str, Any]]:
    """The skin by trimesh with the 51 true landmarks; other vertices follow their nearest one on the skin."""
    # trimesh is the bench's own; the other rows run without it.
    import trimesh_baselines
    from known_truth import part_of

    source, topology = load_builtin(case.source), load_topology(case.source)
    skin = topology.skin
    marks = topology.landmarks_51.evaluate(source.vertices)
    started = time.process_time()
    found = trimesh_baselines.run("trimesh amberg", part_of(source, skin), stranger.mesh, marks, stranger.landmarks)
    cpu = time.process_time() - started
    nearest = cKDTree(source.vertices[skin]).query(source.vertices)[1]
    return found.positions[nearest], {"cpu": cpu, "verdict": "none", "reasons": []}


def verdict_of(result) -> dict[str, Any]:
    """{"verdict": "good", "check", "failed" or "none", "reasons": [...]}; "none" where the result has no verdict."""
    verdict = getattr(result, "verdict", None)
    if verdict is None:
        return {"verdict": "none", "reasons": []}
    reasons = [str(getattr(reason, "text", reason)) for reason in getattr(verdict, "reasons", ())]
    return {"verdict": str(getattr(verdict, "level", verdict)), "reasons": reasons}
