# SPDX-License-Identifier: GPL-3.0-or-later
"""A head model fitted to a scan of the scene, with the scan's picture baked into the model's UV layout."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from .. import head_collection, mesh_arrays, verdict
from ..job_files import JobFolder
from ..rig.load_session import DETAIL
from . import plain_head
from .dense_folders import DenseFolders
from .fit_session import FitSession
from .fitted_head import FIT_KEY, FittedHeadSession
from .seen_scan import SeenScan
from .textured_head import TexturedHeadSession, read_files

RESULTS = [
    (
        "RIG",
        "Rigged Head",
        "With the model's coefficients as sliders, bones, and the scan's own face as the key Detail",
    ),
    (
        "KEYS",
        "Two Shapes",
        "A mesh with the scan's own face as its basis, called Detail, and as the key Model the face the coefficients give",
    ),
]
MODEL = "Model"


class FitScanSession(FitSession):
    """A running fit to a scan, by name, else to the active object; the scene gets the head when it has succeeded.

    result : the first word of one of RESULTS. dense : another predictor's images of the scan's views, or None."""

    task = "fit_scan"

    def __init__(self, name: str, result: str, settings: dict, dense: DenseFolders | None = None):
        self._scan = SeenScan.of(name)
        super().__init__(f"{self._scan.name} Fit")
        if dense is not None:
            dense.check()
        self._dense = dense
        self._result = result
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        options = self._scan.write(folder)
        if self._dense is not None:
            options |= self._dense.write(folder)
        if options:
            folder.write_arrays("options.npz", options)
        self._scan = None

    def _load(self, path: str, answer: dict) -> FittedHeadSession:
        kind = {"RIG": TexturedHeadSession, "KEYS": _ScannedShapesSession}[self._result]
        return kind(path, self._name, answer, read_files(self._folder, answer["textures"]))


class _ScannedShapesSession(TexturedHeadSession):
    """Makes a mesh with the two shapes of a scan's fit."""

    def _build(self, answer: dict) -> None:
        arrays = plain_head.read_mesh(self._folder.read_arrays(answer["result"]))
        count = len(arrays.vertices)
        shapes = {"similarity_scale": (), "similarity_rotation": (3, 3), "similarity_translation": (3,)}
        fit = self._folder.read_arrays("head.npz", {**shapes, "vertices": (count, 3), "detail": (count, 3)})
        scale, turn, moved = (fit[f"similarity_{part}"] for part in ("scale", "rotation", "translation"))
        model, detail = (scale * fit[name] @ turn.T + moved for name in ("vertices", "detail"))
        middle = model.mean(axis=0)
        # The scan's own face is the basis, which Edit Mode shows and exporters write.
        obj = plain_head.new_head(self._name, answer["topology"], replace(arrays, vertices=detail - middle))
        obj.location = mesh_arrays.from_canonical(middle[None])[0]
        obj.shape_key_add(name=DETAIL, from_mix=False)
        key = obj.shape_key_add(name=MODEL, from_mix=False)
        key.data.foreach_set("co", mesh_arrays.from_canonical(model - middle).astype(np.float32).ravel())
        key.value = 0.0
        obj.active_shape_key_index = 0
        obj[FIT_KEY] = json.dumps(self._fit)
        verdict.store(obj, self._fit)
        head_collection.for_new().objects.link(obj)
        self.head_name, self.label = obj.name, answer["label"]
