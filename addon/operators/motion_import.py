# SPDX-License-Identifier: GPL-3.0-or-later
"""A tracker's performance as an animated head."""

import glob
import os
from dataclasses import replace

import bpy

from .. import settings
from ..mesh_arrays import MeshError
from ..motion import performance, timing
from ..motion.import_session import (
    AnimatedHeadSession,
    ImportOptions,
    ReadingSession,
    is_sequence_file,
    textures_beside,
)
from .framing import select_only
from .job_operator import FileJobOperator
from .missing import refuse

_READ, _FIT, _TRACK = "import_sequence", "fit_sequence", "track_video"
_FORMAT, _FRAMES = (settings.properties(_READ)[name] for name in ("format", "frames"))
# What reading the files is told; the rest of its settings are for files that nobody sees here.
_READING = ("format", "fps", "frames", "model_file", "mesh")


# Names of files and folders that say nothing of whose performance it is.
_SAME_FOR_ALL = {"sequence", "checkpoint", "frames", "meshes", "flame_param", "tracked_flame_params_30"}


class SequenceOperator(FileJobOperator):
    """Takes files of a performance and leaves an animated head."""

    bl_options = {"REGISTER", "UNDO"}
    # Beside the file browser, in this order.
    shown = ()

    filepath: bpy.props.StringProperty(name="File or Folder", subtype="FILE_PATH")
    directory: bpy.props.StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    files: bpy.props.CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})
    fps: bpy.props.FloatProperty(
        name="Frames a Second", default=0.0, min=0.0, max=1000.0, description="Of the source; 0 if the file says it"
    )
    frames: _FRAMES
    timing: bpy.props.EnumProperty(name="Time", items=timing.TIMINGS)
    pictures: bpy.props.StringProperty(
        name="Pictures",
        subtype="FILE_PATH",
        description="The video, or the folder of pictures, behind the head; those the source names when empty",
    )
    match_scene: bpy.props.BoolProperty(
        name="Set Up Scene",
        default=False,
        description="Give the scene the source's frame rate, frame range, picture size and camera",
    )

    def draw(self, context):
        if context.space_data is None or context.space_data.type != "FILE_BROWSER":
            # The redo panel.
            super().draw(context)
            return
        column = self.layout.column()
        column.use_property_split = True
        for name in dict.fromkeys(("fps", "frames", "timing", "pictures", "match_scene", *self.shown)):
            column.prop(self, name)

    def _values(self, names) -> dict:
        return settings.with_absolute_files({name: getattr(self, name) for name in names})

    def _paths(self) -> list[str]:
        """What the user chose: several files of the browser, a folder, a file, or what a pattern stands for."""
        names = [file.name for file in self.files if file.name]
        if len(names) > 1:
            return [os.path.join(bpy.path.abspath(self.directory), name) for name in names]
        path = bpy.path.abspath(self.filepath or self.directory)
        found = [path] if os.path.exists(path) else sorted(glob.glob(path))
        if not found:
            raise MeshError(f"There is no file or folder '{path}', and nothing that it is a pattern of.")
        return found

    def _options(self, paths: list[str]) -> ImportOptions:
        folders = sorted({path if os.path.isdir(path) else os.path.dirname(path) for path in paths})
        given = bpy.path.abspath(self.pictures) if self.pictures else ""
        if given and not os.path.exists(given):
            raise MeshError(f"There are no pictures '{given}'; choose a video or a folder of pictures.")
        return ImportOptions(self.fps, self.timing, given, self.match_scene, tuple(folders))

    def _complete(self, context, session) -> str:
        obj = bpy.data.objects[session.head_name]
        select_only(context, [obj])
        text = f"{session.frame_count} frames of {session.label} on '{obj.name}'"
        for note in session.notes:
            self.report({"INFO"}, note)
        if not session.fps:
            if not bpy.app.background:
                bpy.ops.headbridge.sequence_rate("INVOKE_DEFAULT")
            return f"{text}; how many frames there are a second is not known: choose it with Frame Rate"
        if not timing.same_rate(context.scene, session.fps) and self.timing == "FRAMES":
            text += f"; it was made at {session.fps:g} frames a second, and the scene plays at "
            text += f"{timing.scene_rate(context.scene):g} (Frame Rate in the panel)"
        return text


class HEADBRIDGE_OT_import_sequence(SequenceOperator, bpy.types.Operator):
    """Load what a face tracker found as one head with its motion, the camera and the pictures: a file, a folder of
    files, or a pattern such as frames/*.frame"""

    bl_idname = "headbridge.import_sequence"
    bl_label = "Import"
    task = AnimatedHeadSession.task
    doing = "Importing a performance"
    shown = ("format", "mesh", *settings.names("animated_head"))

    format: _FORMAT

    def _session(self, context) -> AnimatedHeadSession | ReadingSession:
        paths = self._paths()
        head, options = self.chosen(context), self._options(paths)
        if len(paths) == 1 and is_sequence_file(paths[0]):
            return AnimatedHeadSession(paths[0], _name(paths), head, options, textures_beside(paths[0]))
        return ReadingSession(_READ, paths, _name(paths), self._values(_READING), head, options)


class HEADBRIDGE_OT_fit_sequence(SequenceOperator, bpy.types.Operator):
    """Find the head, and its expression and pose in every frame, that give the meshes of a performance: files in the
    vertices of the FLAME, HACK or ICT head"""

    bl_idname = "headbridge.fit_sequence"
    bl_label = "Fit Mesh Sequence"
    task = _FIT
    doing = "Fitting a head to every frame"
    shown = settings.names(_FIT)

    def _session(self, context) -> ReadingSession:
        paths = self._paths()
        head = {**settings.defaults("animated_head"), **self._values(["model_file"])}
        options = self._options(paths)
        return ReadingSession(_FIT, paths, f"{_name(paths)} Fit", self.chosen(context), head, options)


class HEADBRIDGE_OT_track_video(SequenceOperator, bpy.types.Operator):
    """Follow the face in a video, or in a folder of its frames, and leave one head that moves as it does, with the camera
    and the video behind it. A job that was cancelled goes on where it was"""

    bl_idname = "headbridge.track_video"
    bl_label = "Track Video"
    task = _TRACK
    doing = "Tracking a face"
    # What of the head's own is drawn afterwards is up to Import.
    shown = settings.names(_TRACK)

    def _session(self, context) -> ReadingSession:
        paths = self._paths()
        head = {**settings.defaults("animated_head"), **self._values(["model_file"])}
        # A picture stands for all of its folder.
        if len(paths) > 1 or os.path.splitext(paths[0])[1].lower() in bpy.path.extensions_image:
            paths = [os.path.dirname(paths[0])]
        options = self._options(paths)
        # What is tracked lies behind the head.
        options = replace(options, pictures=options.pictures or paths[0])
        return ReadingSession(_TRACK, paths, f"{_name(paths)} Track", self.chosen(context), head, options)


def _name(paths: list[str]) -> str:
    """What a performance is called: after its file, or the folder of its files; trackers call some folders alike."""
    place = os.path.abspath(paths[0])
    name = os.path.splitext(os.path.basename(place))[0]
    if len(paths) > 1 or name in _SAME_FOR_ALL:
        place = os.path.dirname(place)
    while os.path.basename(place) in _SAME_FOR_ALL:
        place = os.path.dirname(place)
    return os.path.splitext(os.path.basename(place))[0] or name


class HEADBRIDGE_OT_sequence_rate(bpy.types.Operator):
    """Let the scene play at the rate of the active head's performance, over its frames"""

    bl_idname = "headbridge.sequence_rate"
    bl_label = "Frame Rate"
    bl_options = {"REGISTER", "UNDO"}

    fps: bpy.props.FloatProperty(
        name="Frames a Second", default=25.0, min=0.01, max=1000.0, description="At which the scene plays"
    )

    @classmethod
    def poll(cls, context):
        if performance.facts_of(context.view_layer.objects.active) is None:
            return refuse(cls, "Select a head that Import has made")
        return True

    def invoke(self, context, _event):
        facts = performance.facts_of(context.view_layer.objects.active)
        self.fps = facts["fps"] or timing.scene_rate(context.scene)
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context):
        obj = performance.mesh_of(context.view_layer.objects.active)
        facts = performance.facts_of(obj)
        performance.note(obj, {**facts, "fps": self.fps})
        first, last = facts["frames"]
        timing.play_like(context.scene, self.fps, [first, last])
        self.report({"INFO"}, f"The scene plays frames {first} to {last} at {self.fps:g} a second")
        return {"FINISHED"}


CLASSES = (
    HEADBRIDGE_OT_import_sequence,
    HEADBRIDGE_OT_track_video,
    HEADBRIDGE_OT_fit_sequence,
    HEADBRIDGE_OT_sequence_rate,
)
