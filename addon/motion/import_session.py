# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance from its files to a head that plays it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

import bpy
import numpy as np

from .. import head_collection
from ..fits.fit_session import FitSession
from ..fits.texture import wear
from ..fits.textured_head import packed_texture, read_files
from ..job_files import JobFolder, user_file
from ..job_session import JobSession
from ..new_blocks import taken_back_on_failure
from . import animated_head, arkit_motion, motion_arrays, moving_camera, performance, pictures, plain_motion, timing
from .moving_camera import MovingView

_SEQUENCE, _FORM = "sequence.npz", "headbridge sequence"
_TEXTURES = re.compile(r"texture(_\d{4})?\.png")


@dataclass(frozen=True)
class ImportOptions:
    """How a performance comes into the scene.

    fps : of the source, 0 where the file is to say it. timing : a key of `timing.TIMINGS`. pictures : a video, or a folder
    of pictures, to lie behind the head; empty for those the source names. match_scene : whether the scene gets the
    source's rate, range and size. folders : where the source's own pictures may be."""

    fps: float = 0.0
    timing: str = "FRAMES"
    pictures: str = ""
    match_scene: bool = False
    folders: tuple[str, ...] = ()


class AnimatedHeadSession(JobSession):
    """Has the backend make a rig with curves of a sequence.npz, and builds it.

    settings : of the task. textures : the head's, as `TexturedHeadSession` has them; None for none."""

    task = "animated_head"
    answer_kinds = {
        "result": str,
        "kind": str,
        "source": str,
        "label": str,
        "frames": int,
        "notes": list,
        "camera": bool,
    }

    def __init__(
        self, path: str, name: str, settings: dict, options: ImportOptions, textures: dict[str, bytes] | None = None
    ):
        super().__init__()
        self._textures = textures or {}
        self.head_name, self.label, self.notes = "", "", []
        self.fps, self.frame_count = 0.0, 0
        self._name, self._options = name, options
        self._size: tuple[int, int] | None = None
        active = bpy.context.view_layer.objects.active
        self._active = active.name if active is not None else ""
        self._content = user_file(path, "sequence")
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_bytes(_SEQUENCE, self._content)

    def _finish(self, answer: dict) -> None:
        arrays = self._folder.read_arrays(answer["result"])
        motion_arrays.check_answer(answer, arrays)
        scene, options = bpy.context.scene, self._options
        self.label, self.notes, self.frame_count = answer["label"], list(answer["notes"]), answer["frames"]
        self.fps = options.fps or answer["fps"] or 0.0
        frames = timing.scene_frames(arrays["frame_ids"], self.fps, options.timing, scene)
        with taken_back_on_failure():
            if answer["kind"] == "arkit":
                obj = self._apply(answer, arrays, frames)
            else:
                obj = self._build(answer, arrays, frames, scene)
                if self._textures:
                    # Light is taken off a texture with what skin reflects of it as if it were matte.
                    wear(obj, packed_texture(self._folder, self._textures, self._name), matte=True)
        if options.match_scene:
            timing.play_like(scene, self.fps if options.timing == "FRAMES" else 0.0, frames)
            if self._size is not None:
                scene.render.resolution_x, scene.render.resolution_y = self._size
                scene.render.resolution_percentage = 100
        timing.mark_gaps(scene, arrays["frame_ids"], arrays["valid"], frames, self._name)
        self.head_name = obj.name

    def _apply(self, answer: dict, arrays: dict, frames: np.ndarray) -> bpy.types.Object:
        """Blendshapes of no model move the head that was active."""
        obj = arkit_motion.head_with_keys(bpy.data.objects.get(self._active))
        self.notes += arkit_motion.apply(obj, arrays, frames)
        self._note(obj, answer, arrays, "")
        return obj

    def _build(self, answer: dict, arrays: dict, frames: np.ndarray, scene: bpy.types.Scene) -> bpy.types.Object:
        facts = {"name": self._name, "topology": answer["topology"], "label": self.label}
        active = head_collection.for_new()
        if answer["kind"] == "rig":
            made = animated_head.build(arrays, {**facts, "version": answer["version"]}, frames, active)
            obj, moved, collection = made.head, made.rig, made.rig.users_collection[0]
        else:
            collection = head_collection.new_for_head(self._name, active)
            obj = moved = plain_motion.build(arrays, facts, frames, collection)
        camera = self._add_camera(answer, arrays, frames, scene, collection) if answer["camera"] else None
        if camera is not None:
            camera.parent = moved
        self._note(obj, answer, arrays, camera.name if camera is not None else "")
        return obj

    def _note(self, obj: bpy.types.Object, answer: dict, arrays: dict, camera: str) -> None:
        facts = {"source": answer["source"], "label": self.label, "fps": self.fps, "timing": self._options.timing}
        numbers = [int(arrays["frame_ids"][row]) for row in (0, -1)]
        performance.note(obj, {**facts, "frames": numbers, "camera": camera})

    def _add_camera(self, answer, arrays, frames, scene, collection) -> bpy.types.Object:
        options = self._options
        found = pictures.find(arrays, list(options.folders), options.pictures)
        if found is None and (options.pictures or "images" in arrays):
            self.notes.append(
                "The pictures are not shown: they were not found, or their names do not end in the frames' numbers; name "
                "a folder of such pictures, or the video."
            )
        if found is not None and (np.diff(frames) != np.diff(arrays["frame_ids"])).any():
            found = None
            self.notes.append("The pictures are not shown: in real time they would not keep step with the head.")
        size = pictures.size_of(found) if found is not None else None
        cut = "camera_to_original" in arrays and size is not None and size != tuple(arrays["camera_size"].tolist())
        view = MovingView.read(arrays, answer["orthographic"], size if cut else None)
        self.notes += view.notes
        self._size = view.size
        camera = moving_camera.add(view, f"{self._name} Camera", frames, scene, collection)
        if found is not None:
            pictures.show(camera, found)
        if options.match_scene or scene.camera is None:
            scene.camera = camera
        return camera


class ReadingSession(FitSession):
    """Has the backend make a sequence.npz of files; its end starts an `AnimatedHeadSession`.

    task : "import_sequence", which reads a tracker's results, "fit_sequence", which fits a head to meshes, or "track_video",
    which follows the face in a video. paths : of files or folders, or patterns. settings : those of the task, head_settings : of "animated_head"."""

    answer_kinds = {"files": list}

    def __init__(
        self,
        task: str,
        paths: list[str],
        name: str,
        settings: dict,
        head_settings: dict,
        options: ImportOptions,
    ):
        super().__init__(name)
        self.task = task
        self._paths, self._head_settings, self._options = paths, head_settings, options
        self._start(settings)

    def _write_inputs(self, folder: JobFolder) -> None:
        folder.write_arrays("options.npz", {"paths": np.array(self._paths, np.str_)})

    def _finish(self, answer: dict) -> None:
        path = os.path.join(self._folder.path, _SEQUENCE)
        textures = read_files(self._folder, answer.get("textures", []))
        self.following = AnimatedHeadSession(path, self._name, self._head_settings, self._options, textures)


def textures_beside(path: str) -> dict[str, bytes]:
    """The textures that a tracked video has left beside its sequence.npz, as `AnimatedHeadSession` takes them."""
    folder = os.path.dirname(path)
    names = sorted(name for name in os.listdir(folder or os.curdir) if _TEXTURES.fullmatch(name))
    return {name: user_file(os.path.join(folder, name), "texture") for name in names}


def is_sequence_file(path: str) -> bool:
    """Whether a file is a sequence.npz."""
    if not path.lower().endswith(".npz") or not os.path.isfile(path):
        return False
    try:
        with np.load(path, allow_pickle=False) as stored:
            return "format" in stored.files and str(stored["format"]).startswith(_FORM)
    except (OSError, ValueError):
        return False
