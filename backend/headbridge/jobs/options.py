"""A job's `options.npz`: arrays beside the meshes."""

from __future__ import annotations

import json
from collections.abc import Set

import numpy as np

from ..errors import InputError
from ..registration.job import LandmarkPairs
from ..verdict import Verdict
from .folder import JobFolder

LANDMARKS = frozenset({"landmarks_source", "landmarks_target"})
VERDICT = "registered_verdict"


def read_options(folder: JobFolder, known: Set[str]) -> dict[str, np.ndarray]:
    """The arrays of `options.npz`, none when it does not exist; `InputError` when one is not among the `known`."""
    options = folder.read_arrays("options.npz")
    unknown = sorted(set(options) - known)
    if unknown:
        raise InputError(f"options.npz holds '{unknown[0]}', which is unknown; it may hold {', '.join(sorted(known))}.")
    return options


def landmark_options(options: dict[str, np.ndarray]) -> LandmarkPairs | None:
    """The pairs of `landmarks_source` and `landmarks_target`, both (N, 3); None without, `InputError` for one alone."""
    given = LANDMARKS & set(options)
    if not given:
        return None
    if given != LANDMARKS:
        raise InputError("options.npz holds landmarks of one side only; give landmarks_source and landmarks_target.")
    return LandmarkPairs(options["landmarks_source"], options["landmarks_target"])


def verdict_option(options: dict[str, np.ndarray]) -> Verdict:
    """The verdict of `registered_verdict`, its JSON as text, good without; `InputError` when it is none."""
    given = options.get(VERDICT)
    if given is None:
        return Verdict()
    try:
        verdict = Verdict.from_plain(json.loads(str(given)))
        # Levels that do not exist come out here.
        return verdict if verdict.level else Verdict()
    except (ValueError, KeyError, TypeError) as problem:
        raise InputError(f"options.npz holds a {VERDICT} that is no verdict ({problem}); register again.") from None
