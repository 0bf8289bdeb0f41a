# SPDX-License-Identifier: GPL-3.0-or-later
"""One texture bake from an image in the scene to a packed image on another UV layout."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

import bpy
import numpy as np

from . import base_colour, image_files, known_registration, mesh_arrays, uv_display, uv_layers, verdict
from .image_files import ImageError, Meaning
from .job_files import JobFolder
from .job_session import JobSession, find_pair
from .mesh_arrays import MeshError
from .uv_session import read_layout, write_heads

# Image property: JSON of what the worker answered and between which objects it was baked.
BAKE_KEY = "headbridge_bake"
COVERAGE = Meaning("Non-Color")


@dataclass(frozen=True)
class BakeRequest:
    """What to bake; all by name, empty names being chosen.

    image : by default the source's base colour; source_layer : the layer that image lies on; layer : the target's layer
    to bake to, by default the one its own materials use; show : whether the target shows the result.
    """

    source: str
    target: str
    settings: dict
    image: str = ""
    source_layer: str = ""
    layer: str = ""
    show: bool = True


class BakeSession(JobSession):
    """A running bake; images and what the target shows change when it has succeeded."""

    task = "bake"
    answer_kinds = {"metrics": dict, "notes": list, "settings": dict, "files": list, "masks": list}

    def __init__(self, request: BakeRequest):
        super().__init__()
        self.request = request
        self.image_name = ""
        source, target = self._objects()
        for obj in (source, target):
            mesh_arrays.check_mesh(obj)
        mesh_arrays.check_local(target)
        self._image, self._source_layer = self._choose_image(source)
        image_files.check_image(self._image)
        self._layer = request.layer or uv_layers.own_layer(target.data)
        if source == target and self._source_layer == self._layer:
            raise MeshError(
                f"The image lies on the UV layer '{self._layer}' of '{target.name}' already; pick another layer."
            )
        self._source_arrays = read_layout(source, self._source_layer)
        self._target_arrays = read_layout(target, self._layer)
        self._registered = None
        transferred = uv_layers.transferred(target.data, self._source_arrays.uvs)
        if transferred and transferred != self._layer:
            # The target wears the source's layout already: the image is transferred as it is seen on the target.
            self._source_arrays = read_layout(target, transferred)
            self._registration_verdict = verdict.of(uv_layers.transfers(target.data)[transferred])
        elif source != target:
            heads = (source, target, self._source_arrays, self._target_arrays)
            self._registered = known_registration.find(*heads)
            self._registration_verdict = known_registration.verdict_on(*heads)
        self._image_label = os.path.splitext(self._image.name)[0]
        self._start(request.settings)

    def _objects(self) -> tuple[bpy.types.Object, bpy.types.Object]:
        """The pair; one object may be both, to bake from one of its layers to another."""
        request = self.request
        if request.source and request.source == request.target and request.source in bpy.data.objects:
            return bpy.data.objects[request.source], bpy.data.objects[request.target]
        return find_pair(request.source, request.target)

    def _choose_image(self, source: bpy.types.Object) -> tuple[bpy.types.Image, str]:
        request = self.request
        picked = bpy.data.images.get(request.image) if request.image else None
        if request.image and picked is None:
            raise ImageError(f"There is no image '{request.image}'; pick one of this file's.")
        image, layer = image_of(source, picked)
        if image is None:
            raise ImageError(f"'{source.name}' has no base colour image; pick the image to bake.")
        return image, request.source_layer or layer

    def _write_inputs(self, folder: JobFolder) -> None:
        write_heads(folder, self._source_arrays, self._target_arrays, self._registered)
        written = image_files.write_image(self._image, folder)
        self._image = None
        self._meaning = written.meaning
        names = {"image_files": np.array(written.files, dtype=np.str_), "image_tiles": written.tiles}
        folder.write_arrays("options.npz", names)

    def _finish(self, answer: dict) -> None:
        _source, target = self._objects()
        if self._layer not in target.data.uv_layers:
            raise MeshError(f"The UV layer '{self._layer}' of '{target.name}' is gone; bake again.")
        name = f"{self._image_label} on {target.name}"
        image = image_files.read_image(self._folder, answer["files"], name, self._meaning)
        try:
            mask = image_files.read_image(self._folder, answer["masks"], f"{name} Coverage", COVERAGE)
        except BaseException:
            bpy.data.images.remove(image)
            raise
        kept = {
            **answer,
            "source": self.request.source,
            "target": target.name,
            "layer": self._layer,
            "coverage": mask.name,
        }
        image[BAKE_KEY] = json.dumps(kept)
        uv_display.wear_bake(target, image, mask, self._layer, self.request.show)
        self.image_name = image.name


def image_of(source: bpy.types.Object, picked: bpy.types.Image | None) -> tuple[bpy.types.Image | None, str]:
    """The image to bake, by default the base colour, None without one, and the UV layer of the source it lies on.

    An image that is not the base colour lies on the active layer."""
    image, layer = base_colour.texture_of(source) or (None, "")
    if picked is not None and picked != image:
        image, layer = picked, ""
    return image, layer or uv_layers.active_layer(source.data)


def answer_of(image: bpy.types.Image | None) -> dict | None:
    """What the worker answered for a baked image; None for any other image."""
    return json.loads(image[BAKE_KEY]) if image is not None and BAKE_KEY in image else None


def report_rows(answer: dict) -> list[tuple[str, str]]:
    """The bake's metrics a user looks at first, as (label, value)."""
    metrics = answer["metrics"]
    rows = [("Size", f"{answer['settings']['size']} px"), ("Tiles", str(len(answer["files"])))]
    for label, value in (
        ("Texels covered", _share(metrics.get("texels_covered"), metrics.get("texels"))),
        ("   by more than one face", _share(metrics.get("texels_covered_twice"), metrics.get("texels_covered"))),
        ("With a counterpart", _share(metrics.get("counterpart_share"), 1.0)),
    ):
        if value:
            rows.append((label, value))
    if metrics.get("seconds") is not None:
        rows.append(("Time", f"{metrics['seconds']:.1f} s"))
    return rows


def _share(part: float | None, whole: float | None) -> str:
    return f"{100.0 * part / whole:.2f} %" if part is not None and whole else ""
