"""flame-head-tracker's .npz files, one a frame: FLAME's head stands and a camera of six numbers looks at it."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ...errors import InputError
from ...models.flame.layouts import FLAME_HEAD_TRACKER
from ..sequence import PERSPECTIVE, Sequence
from .cameras import intrinsics, opencv_of_camera_to_world
from .content import Content
from .reader import (
    Reader,
    fixed_or_frames,
    frame_numbers,
    gap_notes,
    named_frames,
    numbers,
    parameter_fields,
    read_parameters,
    unknown_notes,
)

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
    names, records, sources = named_frames(contents)
    heads = [read_parameters(FLAME_HEAD_TRACKER, record, source) for record, source in zip(records, sources)]
    fields = parameter_fields(heads, sources)
    count = len(fields["expression"])
    if count != len(names):
        # One file with the frames of a batch.
        names = [f"{number:05d}" for number in range(count)]
    ids = frame_numbers(names)
    cameras = [camera for record, source in zip(records, sources) for camera in _cameras(record, source)]
    if len(cameras) not in (0, count):
        raise InputError(f"{sources[0]}: there are {len(cameras)} cameras for {count} frames; export the files again.")
    notes = [
        *unknown_notes(records, _CODES | _LEFT | {"cam", "fov", "K", "tex", "light"}, FLAME_HEAD_TRACKER),
        *gap_notes(ids),
    ]
    found = {}
    if cameras:
        intrinsic, rotation, translation, size = (fixed_or_frames(list(part)) for part in zip(*cameras))
        found = {
            "camera_model": PERSPECTIVE,
            "camera_K": intrinsic,
            "camera_R": rotation,
            "camera_t": translation,
            "camera_size": size.astype(np.int64),
        }
        notes.append(
            "The camera is that of the tracker's square crop of 256 pixels; the way back to the video is in no file."
        )
    else:
        notes.append("There is no camera ('cam') in the files.")
    textures = [numbers(record, "tex", (None, None), source, optional=True) for record, source in zip(records, sources)]
    lights = [numbers(record, "light", (None, 9, 3), source, optional=True) for record, source in zip(records, sources)]
    return Sequence(
        source=READER.key,
        frame_ids=ids,
        frame_names=np.array(names),
        version="2020",
        texture=_joined(textures),
        texture_space="flame_texture",
        light=_joined(lights),
        notes=tuple(notes),
        **found,
        **fields,
    )


def _joined(parts: list[np.ndarray | None]) -> np.ndarray | None:
    return None if any(part is None for part in parts) else fixed_or_frames(list(np.concatenate(parts)))


def _cameras(values: dict, source: str) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """K, R, t and size of each frame. `cam` is camera to world in OpenGL's convention: yaw about y, pitch about x and
    roll about z in radians (R = Rz Ry Rx), then the camera's place."""
    cam = numbers(values, "cam", (None, 6), source, optional=True)
    if cam is None:
        return []
    matrices = numbers(values, "K", (None, 3, 3), source, optional=True)
    fov = numbers(values, "fov", (None,), source, optional=True)
    if matrices is None and fov is None:
        raise InputError(f"{source}: there is 'cam', but neither 'K' nor 'fov'; export the file again.")
    if matrices is None:
        focal = 0.5 * _RENDER_SIZE / np.tan(np.radians(0.5 * fov))
        matrices = np.stack([intrinsics(each, each, 0.5 * _RENDER_SIZE, 0.5 * _RENDER_SIZE) for each in focal])
    matrices = np.broadcast_to(matrices, (len(cam), 3, 3))
    cameras = []
    for row, matrix in zip(cam, matrices):
        place = np.eye(4)
        yaw, pitch, roll = row[:3]
        place[:3, :3] = Rotation.from_euler("xyz", [pitch, yaw, roll]).as_matrix()
        place[:3, 3] = row[3:]
        size = np.rint(2.0 * matrix[:2, 2])
        cameras.append((matrix, *opencv_of_camera_to_world(place), size))
    return cameras


READER = Reader("flame-head-tracker", "flame-head-tracker", _matches, _read)
