"""``headbridge track``: the face of a video becomes a head that moves."""

from __future__ import annotations

import argparse
from typing import Any

from ..jobs.track_video import TRACK_VIDEO
from .folder_command import FolderCommand

_DESCRIPTION = """Follow the face in VIDEO, a video file or a folder of its frames: one identity and focal length, and
expression, jaw, eyes, lids and place of every frame. Written to DIR: sequence.npz (which Import in Blender loads, with its
camera), sequence.json, texture.png, and overlays of some frames. A job that was ended goes on where it was."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("video", metavar="VIDEO", help="video file, or folder of numbered pictures")


def _lines(answer: dict[str, Any], parsed: argparse.Namespace, settings: Any) -> list[str]:
    metrics = answer["metrics"]
    return [
        *answer["notes"],
        f"{metrics['seen']} of {metrics['frames']} frames show the face, with {metrics['cuts']} cuts or leaps.",
        f"points off by {100.0 * metrics['landmark_error']:.2f} % of the distance of the outer eye corners (worst "
        f"{100.0 * metrics['worst_frame']['landmark_error']:.1f} % in frame {metrics['worst_frame']['frame']}), focal "
        f"length {metrics['focal_px']:.0f} px",
        *([f"texture repeats the face to {metrics['psnr']:.1f} dB"] if "psnr" in metrics else []),
        f"{answer['frames']} frames in {parsed.output}.",
    ]


define = FolderCommand(
    TRACK_VIDEO, _DESCRIPTION, _arguments, lambda parsed, settings: parsed.video, _lines, judged=True
).define
