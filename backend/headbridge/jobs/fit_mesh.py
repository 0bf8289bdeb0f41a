"""A fit to a registered mesh as a job: a folder of arrays in, a folder of results out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..fitting.job import FitMeshInput, FitMeshSettings
from ..progress import Progress
from .fit_output import HEAD, MESH, describe_fit, write_fit
from .folder import JobFolder
from .options import read_options

_OPTIONS = {"exclude", "weights"}


def run_fit_mesh(folder: JobFolder, settings: FitMeshSettings, progress: Progress) -> dict[str, Any]:
    """Fit a head model to `mesh.npz`; write `head.npz`, `head.obj` and `fit.json` (see `jobs.fit_output`).

    options.npz : exclude (V,) bool, vertices the fit does not follow; weights (V,) >= 0."""
    options = read_options(folder, _OPTIONS)
    exclude, weights = options.get("exclude"), options.get("weights")
    inputs = FitMeshInput(
        folder.read_mesh("mesh.npz"),
        exclude=None if exclude is None else exclude.astype(bool),
        weights=None if weights is None else np.asarray(weights, np.float64),
    )
    # Compute libraries take a second to load, so wrong input is told first.
    from ..fitting.mesh import fit_mesh

    result = fit_mesh(inputs, settings, progress)
    answer = describe_fit(result, settings)
    write_fit(folder.path, result, answer)
    return {**answer, "result": HEAD, "mesh": MESH}
