"""A job's `options.npz`: arrays beside the meshes."""

from __future__ import annotations

import json
from collections.abc import Set

import numpy as np

from ..errors import InputError
from ..reading import reading
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
    points = [options[name] for name in ("landmarks_source", "landmarks_target")]
    if any(array.dtype.kind not in "fiu" or array.ndim != 2 or array.shape[1] != 3 for array in points):
        raise InputError("options.npz: landmarks_source and landmarks_target should hold numbers of the shape (N, 3).")
    return LandmarkPairs(*points)


def verdict_option(options: dict[str, np.ndarray]) -> Verdict:
    """The verdict of `registered_verdict`, its JSON as text, good without; `InputError` when it is none."""
    given = options.get(VERDICT)
    if given is None:
        return Verdict()
    with reading(f"options.npz holds a {VERDICT} that is no verdict", "register again"):
        verdict = Verdict.from_plain(json.loads(str(given)))
        # Levels that do not exist come out here.
        return verdict if verdict.level else Verdict()
