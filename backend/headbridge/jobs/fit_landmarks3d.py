"""A fit to 3D landmarks as a job: a folder with points in, a folder of results out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..fitting.job import FitLandmarksSettings, FitResult, LandmarkPoints
from ..fitting.landmark_files import read_landmarks
from ..progress import Progress
from .fit_output import describe_fit, fit_files, names_of_fit
from .folder import JobFolder
from .options import read_options
from .protocol import Job, computed

_KNOWN = {"points", "names", "active"}


def _read(folder: JobFolder) -> LandmarkPoints:
    """landmarks.npz : points (N, 3), and perhaps names (N,) text and active (N,) bool. options.npz : in its place
    landmarks_file, the name of a landmark file in the folder."""
    named = read_options(folder, {"landmarks_file"}).get("landmarks_file")
    if named is not None:
        if named.dtype.kind != "U" or named.ndim:
            raise InputError(f"options.npz should hold landmarks_file as one text, not {named.dtype} {named.shape}.")
        return replace(read_landmarks(folder.file(str(named))), source=str(named))
    arrays = folder.read_arrays("landmarks.npz")
    unknown = sorted(set(arrays) - _KNOWN)
    if unknown or "points" not in arrays:
        found = f"not '{unknown[0]}'" if unknown else "but has no points"
        raise InputError(f"landmarks.npz should hold points, names and active, {found}.")
    points, names, active = arrays["points"], arrays.get("names"), arrays.get("active")
    for name, array in (("names", names), ("active", active)):
        if array is not None and array.shape != points.shape[:1]:
            raise InputError(f"landmarks.npz: '{name}' should have one entry per point, not {array.shape}.")
    return LandmarkPoints(
        np.asarray(points, np.float64),
        () if names is None else tuple(map(str, names.tolist())),
        None if active is None else active.astype(bool),
    )


def _compute(points: LandmarkPoints, settings: FitLandmarksSettings, progress: Progress) -> FitResult:
    from ..fitting.landmarks3d import fit_landmarks3d

    return fit_landmarks3d(points, settings, progress)


FIT_LANDMARKS3D = Job(FitLandmarksSettings, _read, computed(_compute, describe_fit, fit_files, names_of_fit))
"""Writes head.npz, head.obj and fit.json (`fit_output`)."""
