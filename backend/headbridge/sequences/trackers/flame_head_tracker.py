"""flame-head-tracker's .npz files, one a frame: FLAME's head stands and a camera of six numbers looks at it."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ...errors import InputError
from ...models.flame.layouts import FLAME_HEAD_TRACKER
from ..sequence import Sequence
from .cameras import Camera, intrinsics, opencv_of_camera_to_world, perspective
from .content import Content
from .reader import CodeFrames, Reader, gap_notes, read_code_frames, unknown_notes

_CODES = {"shape", "exp", "head_pose", "jaw_pose", "neck_pose", "eye_pose"}
# Pictures and detections of the run, which can be made again.
_LEFT = {
    "img", "img_aligned", "img_resized", "img_rendered", "shape_rendered", "parsing", "parsing_aligned", "lmks_68",
    "lmks_ears", "lmks_eyes", "lmks_dense", "blendshape_scores", "texture", "img_texture", "frame_id", "fps",
}  # fmt: skip
# The size at which the tracker renders and fits; its K says the same.
_RENDER_SIZE = 256


def _matches(content: Content) -> bool:
    return content.keys >= {"shape", "exp", "head_pose", "jaw_pose"} and bool(content.keys & {"cam", "fov", "K"})


def _read(contents: list[Content]) -> Sequence:
    frames = read_code_frames(FLAME_HEAD_TRACKER, contents)
    cameras = _cameras(frames)
    notes = [
        *unknown_notes(frames.records, _CODES | _LEFT | {"cam", "fov", "K", "tex", "light"}, FLAME_HEAD_TRACKER),
        *gap_notes(frames.fields["frame_ids"]),
        "The camera is that of the tracker's square crop of 256 pixels; the way back to the video is in no file."
        if cameras
        else "There is no camera ('cam') in the files.",
    ]
    return Sequence(
        source=READER.key,
        version="2020",
        texture=frames.rows("tex", None),
        texture_space="flame_texture",
        light=frames.rows("light", 9, 3),
        notes=tuple(notes),
        **(perspective(cameras) if cameras else {}),
        **frames.fields,
    )


def _cameras(frames: CodeFrames) -> list[Camera]:
    """The camera of each frame. `cam` is camera to world in OpenGL's convention: yaw about y, pitch about x and roll about
    z in radians (R = Rz Ry Rx), then the camera's place."""
    cam, matrices, fov = frames.rows("cam", 6), frames.rows("K", 3, 3), frames.rows("fov")
    if cam is None:
        return []
    if matrices is None and fov is None:
        raise InputError(f"{frames.sources[0]}: there is 'cam', but neither 'K' nor 'fov'; export the file again.")
    if matrices is None:
        centre = 0.5 * _RENDER_SIZE
        matrices = np.stack([intrinsics(f, f, centre, centre) for f in centre / np.tan(np.radians(0.5 * fov))])
    count = len(frames.fields["frame_ids"])
    cameras = []
    for row, matrix in zip(np.broadcast_to(cam, (count, 6)), np.broadcast_to(matrices, (count, 3, 3))):
        place = np.eye(4)
        yaw, pitch, roll = row[:3]
        place[:3, :3] = Rotation.from_euler("xyz", [pitch, yaw, roll]).as_matrix()
        place[:3, 3] = row[3:]
        cameras.append(Camera(matrix, *opencv_of_camera_to_world(place), 2.0 * matrix[:2, 2]))
    return cameras


READER = Reader("flame-head-tracker", "flame-head-tracker", _matches, _read, one_folder=True)
