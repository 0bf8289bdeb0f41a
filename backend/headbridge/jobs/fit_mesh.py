"""A fit to a registered mesh as a job: a folder of arrays in, a folder of results out."""

from __future__ import annotations

import numpy as np

from ..fitting.job import FitMeshInput, FitMeshSettings, FitResult
from ..progress import Progress
from .fit_output import describe_fit, fit_files, names_of_fit
from .folder import JobFolder
from .options import read_options
from .protocol import Job, computed

_OPTIONS = {"exclude", "weights"}


def _read(folder: JobFolder) -> FitMeshInput:
    """mesh.npz; options.npz : exclude (V,) bool, vertices the fit does not follow; weights (V,) >= 0."""
    options = read_options(folder, _OPTIONS)
    exclude, weights = options.get("exclude"), options.get("weights")
    return FitMeshInput(
        folder.read_mesh("mesh.npz"),
        exclude=None if exclude is None else exclude.astype(bool),
        weights=None if weights is None else np.asarray(weights, np.float64),
    )


def _compute(inputs: FitMeshInput, settings: FitMeshSettings, progress: Progress) -> FitResult:
    from ..fitting.mesh import fit_mesh

    return fit_mesh(inputs, settings, progress)


FIT_MESH = Job(FitMeshSettings, _read, computed(_compute, describe_fit, fit_files, names_of_fit))
"""Writes head.npz, head.obj and fit.json (`fit_output`)."""
