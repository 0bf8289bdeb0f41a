# SPDX-License-Identifier: GPL-3.0-or-later
"""One registration from the scene to the result object."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from . import head_collection, known_registration, landmark_pairs, mesh_arrays, result_object, seen_meshes
from .job_answer import check_arrays
from .job_files import JobFolder
from .job_session import JobSession, find_pair
from .landmark_pairs import LandmarkPairs
from .mesh_arrays import MeshArrays, MeshError

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

    def landmark_pairs(
        self, source: bpy.types.Object, target: bpy.types.Object, source_arrays: MeshArrays
    ) -> LandmarkPairs | None:
        """The pairs that are given, None when the topology tables decide; raises `MeshError`.

        Pairs that were dragged off a result come with others that hold the rest of it."""
        if self.landmarks == "EMPTIES":
            both = [bpy.data.collections.get(name) for name in (self.source_landmarks, self.target_landmarks)]
            if landmark_pairs.are_pulled(both[0]):
                pins = landmark_pairs.from_empties(*both, least=1)
                held = known_registration.holding(source, target, source_arrays, pins)
                if held is not None:
                    return held
            return landmark_pairs.from_empties(*both)
        if self.landmarks == "VERTEX_GROUPS":
            return landmark_pairs.from_vertex_groups(source, target, self.landmark_prefix)
        if self.landmarks == "FILE":
            return landmark_pairs.from_file(self.landmarks_file, source, target)
        return None


class RegisterSession(JobSession):
    """A running registration.

    The scene changes by one preview object while it runs; whatever ends it other than success removes that again.
    """

    task = "register"
    answer_kinds = {"result": str, "metrics": dict, "notes": list, "similarity": dict}

    def __init__(self, request: RegisterRequest):
        super().__init__()
        self.request = request
        self.result_name = ""
        self._preview_name = ""
        source, target = find_pair(request.source, request.target)
        self._source_arrays = seen_meshes.read_source(source)
        self._target_arrays = seen_meshes.read_seen(target)
        self._target_place = result_object.place_of(target)
        self._given = self._options(source, target)
        self._start(request.settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_mesh("source.npz", self._source_arrays)
        folder.write_mesh("target.npz", self._target_arrays)
        if self._given:
            folder.write_arrays("options.npz", self._given)

    def _options(self, source: bpy.types.Object, target: bpy.types.Object) -> dict[str, np.ndarray]:
        request = self.request
        options = {}
        pairs = request.landmark_pairs(source, target, self._source_arrays)
        if pairs is not None:
            options["landmarks_source"], options["landmarks_target"] = pairs.source, pairs.target
        if request.source_exclude_group:
            options["source_exclude"] = (
                mesh_arrays.group_weights(source, request.source_exclude_group) > EXCLUDE_THRESHOLD
            )
        if request.target_exclude_group:
            options["target_exclude"] = (
                seen_meshes.seen_group_weights(target, request.target_exclude_group) > EXCLUDE_THRESHOLD
            )
        if request.source_weight_group:
            options["source_weights"] = mesh_arrays.group_weights(source, request.source_weight_group)
        return options

    def _show_preview(self, vertices: np.ndarray) -> None:
        check_arrays({"vertices": vertices}, {"vertices": (len(self._source_arrays.vertices), 3)}, "a preview")
        result_object.move_preview(self._preview(), vertices)

    def _preview(self) -> bpy.types.Object:
        obj = result_object.find_preview(self._preview_name)
        if obj is None:
            source, target = find_pair(self.request.source, self.request.target)
            mesh_arrays.flush_edit_mode(source)
            if not mesh_arrays.same_size(source.data, self._source_arrays):
                raise MeshError(f"'{source.name}' was edited while it was registered; register it again.")
            obj = result_object.new_preview(source, target, head_collection.beside(target))
            self._preview_name = obj.name
        return obj

    def _finish(self, answer: dict) -> None:
        count = len(self._source_arrays.vertices)
        shapes = {"aligned": (count, 3), "registered": (count, 3), "distance_mm": (count,)}
        # Where the target has nothing near there is no distance.
        arrays = self._folder.read_arrays(answer["result"], shapes, frozenset({"distance_mm"}))
        check_arrays(
            {key: np.asarray(value, float) for key, value in answer["similarity"].items()},
            {"scale": (), "rotation": (3, 3), "translation": (3,)},
            "similarity",
        )
        kept = {
            **answer,
            "source": self.request.source,
            "target": self.request.target,
            "target_place": self._target_place,
        }
        obj = self._preview()
        result_object.finish(obj, arrays, kept, self.request.heat_map_max)
        result_object.note_pair(obj, *(bpy.data.objects.get(kept[role]) for role in ("source", "target")))
        self.result_name = obj.name
        self._preview_name = ""

    def _remove_preview(self) -> None:
        obj = result_object.find_preview(self._preview_name)
        if obj is not None:
            result_object.remove_preview(obj)
        self._preview_name = ""
