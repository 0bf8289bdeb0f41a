# SPDX-License-Identifier: GPL-3.0-or-later
"""One registration from the scene to the result object, advanced step by step from the main thread.

The modal operator calls `step` from a timer, background mode from a loop; nothing here needs a window.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import bpy
import numpy as np

from . import backend_worker, landmark_pairs, mesh_arrays, result_object
from .job_client import BackendError, Job
from .job_files import JobFolder
from .landmark_pairs import LandmarkPairs
from .mesh_arrays import MeshError

EXCLUDE_THRESHOLD = 0.5


@dataclass
class RegisterRequest:
    """What to register; objects by name, so that nothing dangles while the job runs."""

    source: str
    target: str
    settings: dict
    landmarks: str = "AUTO"
    source_landmarks: str = ""
    target_landmarks: str = ""
    landmark_prefix: str = ""
    landmarks_file: str = ""
    source_exclude_group: str = ""
    target_exclude_group: str = ""
    source_weight_group: str = ""
    heat_map_max: float = 1.0

    def landmark_pairs(self, source: bpy.types.Object, target: bpy.types.Object) -> LandmarkPairs | None:
        """The pairs that are given, None when the topology tables decide; raises `MeshError`."""
        if self.landmarks == "EMPTIES":
            collections = bpy.data.collections
            return landmark_pairs.from_empties(
                collections.get(self.source_landmarks), collections.get(self.target_landmarks)
            )
        if self.landmarks == "VERTEX_GROUPS":
            return landmark_pairs.from_vertex_groups(source, target, self.landmark_prefix)
        if self.landmarks == "FILE":
            return landmark_pairs.from_file(self.landmarks_file, source, target)
        return None


class RegisterSession:
    """A running registration.

    The scene changes by one preview object while it runs; whatever ends it other than success removes that again.
    Raises `MeshError` or `BackendError` from the constructor when the job cannot begin.
    """

    def __init__(self, request: RegisterRequest):
        self.request = request
        self.error = ""
        self.log_path = ""
        self.bad_input = False
        self.result_name = ""
        self._preview_name = ""
        source, target = self._objects()
        source_arrays = mesh_arrays.read_object(source)
        target_arrays = mesh_arrays.read_object(target)
        options = self._options(source, target)
        self._source_signature = (len(source_arrays.vertices), len(source_arrays.corners))
        worker = backend_worker.worker()
        self.log_path = worker.log_path
        self._folder = JobFolder()
        self._folder.write_mesh("source.npz", source_arrays)
        self._folder.write_mesh("target.npz", target_arrays)
        if options:
            self._folder.write_arrays("options.npz", options)
        params = {"job": uuid.uuid4().hex, "folder": self._folder.path, "settings": request.settings}
        self._job = Job(worker, "register", params)

    def _objects(self) -> tuple[bpy.types.Object, bpy.types.Object]:
        found = []
        for name, role in ((self.request.source, "source"), (self.request.target, "target")):
            obj = bpy.data.objects.get(name)
            if obj is None:
                raise MeshError(
                    f"There is no {role} object '{name}'." if name else f"No {role} object is chosen; pick one."
                )
            found.append(obj)
        if found[0] == found[1]:
            raise MeshError(f"Source and target are the same object, '{found[0].name}'; pick two different ones.")
        if found[0].data is found[1].data:
            raise MeshError("Source and target share one mesh; make one of them single-user first.")
        return found[0], found[1]

    def _options(self, source: bpy.types.Object, target: bpy.types.Object) -> dict[str, np.ndarray]:
        request = self.request
        options = {}
        pairs = request.landmark_pairs(source, target)
        if pairs is not None:
            options["landmarks_source"], options["landmarks_target"] = pairs.source, pairs.target
        if request.source_exclude_group:
            options["source_exclude"] = (
                mesh_arrays.group_weights(source, request.source_exclude_group) > EXCLUDE_THRESHOLD
            )
        if request.target_exclude_group:
            options["target_exclude"] = (
                mesh_arrays.group_weights(target, request.target_exclude_group) > EXCLUDE_THRESHOLD
            )
        if request.source_weight_group:
            options["source_weights"] = mesh_arrays.group_weights(source, request.source_weight_group)
        return options

    @property
    def state(self) -> str:
        return self._job.state

    @property
    def finished(self) -> bool:
        return self._job.finished

    @property
    def fraction(self) -> float:
        return self._job.fraction

    @property
    def message(self) -> str:
        return self._job.message

    def cancel(self) -> None:
        """Ask for the end; `step` finishes within a second."""
        self._job.cancel()

    def step(self, show_preview: bool = True) -> bool:
        """Take in what the worker sent, move the preview; True once the session has ended and cleaned up."""
        if self.result_name or self.error:
            return True
        backend_worker.touch()
        self._job.step()
        try:
            if self._job.preview and self._job.state == "running":
                name, self._job.preview = self._job.preview, None
                vertices = self._folder.take_preview(name)
                if show_preview and vertices is not None:
                    result_object.move_preview(self._preview(), vertices)
            if self._job.state == "done":
                self._finish()
        except (MeshError, BackendError, OSError, KeyError, ValueError, RuntimeError) as problem:
            self._job.cancel()
            self._job.state = "failed"
            self.error = str(problem)
        if not self.finished:
            return False
        if self._job.state == "failed" and not self.error:
            self.error, self.bad_input = str(self._job.error), self._job.bad_input
        self._clean_up()
        return True

    def abort(self) -> None:
        """End at once, for instance because another file is loaded."""
        self._job.cancel()
        self._clean_up()

    def _preview(self) -> bpy.types.Object:
        obj = result_object.find_preview(self._preview_name)
        if obj is None:
            source, target = self._objects()
            mesh_arrays.flush_edit_mode(source)
            if (len(source.data.vertices), len(source.data.loops)) != self._source_signature:
                raise MeshError(f"'{source.name}' was edited while it was registered; register it again.")
            obj = result_object.new_preview(source, target, _collection_for(target))
            self._preview_name = obj.name
        return obj

    def _finish(self) -> None:
        arrays = self._folder.read_arrays(self._job.result["result"])
        answer = {**self._job.result, "source": self.request.source, "target": self.request.target}
        obj = self._preview()
        result_object.finish(obj, arrays, answer, self.request.heat_map_max)
        self.result_name = obj.name
        self._preview_name = ""

    def _clean_up(self) -> None:
        self._folder.remove()
        obj = result_object.find_preview(self._preview_name)
        if obj is not None:
            result_object.remove_preview(obj)
        self._preview_name = ""


def _collection_for(target: bpy.types.Object) -> bpy.types.Collection:
    """The target's collection where the view layer shows it, else the scene's own."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    shown = target.name in layer.objects
    return next((c for c in target.users_collection if shown and c in _collections(scene)), scene.collection)


def _collections(scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    return [scene.collection, *scene.collection.children_recursive]
