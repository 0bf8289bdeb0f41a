"""What following a face through a video takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...settings import device_setting, scale_setting, setting, size_setting
from ...verdict import Verdict
from ..photo.job import PhotoTexture, model_setting, photo_model_file_setting
from ..sequence.job import frames_setting


@dataclass(frozen=True)
class TrackVideoSettings:
    """Settings of tracking a face through a video."""

    model: str = model_setting()
    model_file: str = photo_model_file_setting()
    person: int = setting(
        0,
        label="Person",
        help="Which face of several, counted from the left in the first frame that shows so many; 0 is the largest.",
        minimum=0,
        maximum=16,
    )
    frames: str = frames_setting()
    fps: float = setting(
        0.0,
        label="Frames per Second",
        help="Frames a second of a folder of pictures, or of a video in place of its own time stamps; 0 keeps those.",
        minimum=0.0,
        maximum=10_000.0,
        unit="fps",
    )
    focal: float = setting(
        0.0,
        label="Focal length",
        help="35 mm equivalent (by the picture's diagonal) of the lens; 0 estimates it.",
        unit="mm",
        minimum=0.0,
        maximum=10_000.0,
    )
    smoothing: float = scale_setting(
        "Smoothing",
        "how firmly motion is held to be even where the pictures leave a choice; 0 takes each frame alone.",
        1000.0,
    )
    align: bool = setting(
        True,
        label="Follow the Skin",
        help="Let the pictures themselves say how the face moved: every frame is laid on the mean of all.",
    )
    texture: bool = setting(
        True,
        label="Texture",
        help="Give the head a texture, made of frames that differ.",
    )
    size: int = size_setting(1024, "the texture", 256, 4096)
    prior: float = scale_setting("Prior", "how firmly coefficients are held near the mean head's.", 100.0, 0.01)
    overlays: int = setting(
        6, label="Overlays", help="Pictures of frames with the head drawn over them.", minimum=0, maximum=1000
    )
    device: str = device_setting()


@dataclass(frozen=True, eq=False)
class TrackVideoResult:
    """A head that moves as the face of a video.

    model, version, label : the head model. frame_ids : (T,) numbers of the frames. seconds : (T,) when they are shown.
    valid : (T,) False where there was no face: what stands there then is what lies between the frames around.
    coefficients : of all frames, as `FitSequenceResult.coefficients`: identity (I,), expression (T, E), each joint (T, 3),
    translation (T, 3) mm, in the camera's upright frame (x right, y up, looking along -z). expression_names : (E,).
    matrix : (3, 3) intrinsics K for screen coordinates (the first pixel's centre at 0.5). size : (width, height) pixels.
    starts : (T,) bool, frames before which the picture or the face leaps. overlays : (frame number, (H, W, 3) uint8).
    texture : of the head, None without. light : (T, 9, 3) what falls on the head, as `FittedView.light`; None without
    texture. metrics : JSON-able numbers. notes : sentences.
    """

    model: str
    version: str
    label: str
    frame_ids: np.ndarray
    seconds: np.ndarray
    valid: np.ndarray
    coefficients: dict[str, np.ndarray]
    expression_names: tuple[str, ...]
    matrix: np.ndarray
    size: tuple[int, int]
    starts: np.ndarray
    verdict: Verdict
    overlays: tuple[tuple[int, np.ndarray], ...] = ()
    texture: PhotoTexture | None = None
    light: np.ndarray | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
