# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the frames of a performance lie in the scene's time."""

from __future__ import annotations

import math

import bpy
import numpy as np

TIMINGS = [
    ("FRAMES", "Frame by Frame", "Every frame of the source is the scene's frame of the same number"),
    (
        "SECONDS",
        "Real Time",
        "The motion takes as long as it did, at the scene's frame rate; keys may lie between frames",
    ),
]


def scene_frames(frame_ids: np.ndarray, fps: float, timing: str, scene: bpy.types.Scene) -> np.ndarray:
    """(T,) the scene's frames of the source's frame numbers. fps : the source's, 0 where unknown."""
    numbers = frame_ids.astype(np.float64)
    if timing == "FRAMES" or fps <= 0.0:
        return numbers
    return numbers[0] + (numbers - numbers[0]) * (scene_rate(scene) / fps)


def scene_rate(scene: bpy.types.Scene) -> float:
    """Frames a second."""
    return scene.render.fps / scene.render.fps_base


def same_rate(scene: bpy.types.Scene, fps: float) -> bool:
    """Whether the scene plays at a rate; 0 is an unknown one, which agrees with all."""
    return fps <= 0.0 or abs(scene_rate(scene) - fps) < 1e-3 * fps


def play_like(scene: bpy.types.Scene, fps: float, frames: np.ndarray) -> None:
    """Give the scene a rate, where it is known, and the range of the frames."""
    if fps > 0.0:
        scene.render.fps = math.ceil(fps - 1e-6)
        scene.render.fps_base = scene.render.fps / fps
    scene.frame_start, scene.frame_end = math.floor(frames[0]), math.ceil(frames[-1])


def mark_gaps(scene: bpy.types.Scene, frame_ids: np.ndarray, valid: np.ndarray, frames: np.ndarray, name: str) -> None:
    """A marker where frames are missing between others, and where frames are that the source calls no result."""
    steps = np.diff(frame_ids)
    usual = int(steps.min()) if len(steps) else 1
    for row in np.flatnonzero(steps > usual):
        first, last = frame_ids[row] + usual, frame_ids[row + 1] - usual
        what = f"{first}" if first == last else f"{first} to {last}"
        at = frames[row] + (frames[row + 1] - frames[row]) * usual / steps[row]
        scene.timeline_markers.new(f"{name}: no frame {what}", frame=round(at))
    starts = np.flatnonzero(~valid & np.concatenate([[True], valid[:-1]]))
    for row in starts:
        scene.timeline_markers.new(f"{name}: not tracked", frame=round(frames[row]))
