"""The demo's fits to photos: a portrait, and a path-traced picture of the scan, whose face is known."""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy  # noqa: F401 (mathutils is found once bpy is imported)
import numpy as np
from mathutils import Matrix, Vector

from .columns import join
from .jobs import Outcome
from .studio import Exhibit, Studio

# NASA's portrait of Eileen Collins, in the public domain.
PORTRAIT = Path(__file__).with_name("portrait.png")
_SCAN_TURN = math.radians(20.0)
_SCAN_FOCAL, _SCAN_PIXELS = 85.0, 512
# Metres from the tip of the nose back to the axis that the head turns about, and from the axis to the camera.
_BEHIND_NOSE, _SCAN_DISTANCE = 0.10, 0.85


@dataclass(frozen=True)
class PhotoFit:
    """A fit that has run: `answer` is its fit.json, `seconds` the command's, `pictures` name to file."""

    key: str
    title: str
    answer: dict[str, Any]
    seconds: float
    pictures: dict[str, str]

    @property
    def view(self) -> dict[str, Any]:
        return self.answer["views"][0]


def photograph_scan(stage: Studio, hack_on_scan: Outcome, folder: str) -> str:
    """A picture of the demo scan from a person's distance, a little from the side; its file."""
    scan = hack_on_scan.target
    points = np.array([scan.matrix_world @ vertex.co for vertex in scan.data.vertices])
    # The nose tip is the most forward point of a head that looks along -Y.
    pivot = Vector(points[np.argmin(points[:, 1])]) + Vector((0.0, _BEHIND_NOSE, 0.0))
    turned = Matrix.Rotation(_SCAN_TURN, 4, "Z") @ Matrix.Translation(-pivot) @ scan.matrix_world
    file = os.path.join(folder, "scan-photo.png")
    stage.photograph(Exhibit(scan, turned), Vector((0.0, -_SCAN_DISTANCE, 0.0)), _SCAN_FOCAL, _SCAN_PIXELS, file)
    return file


def fit(key: str, title: str, photo: str, command, output: str) -> PhotoFit:
    """Fit a head to a photo, with its results in a folder of that key. command : the add-on's module of this name.

    `RuntimeError` when the command fails; it has told why."""
    folder = os.path.join(output, key)
    started = time.perf_counter()
    status = command.run(["fit-photo", photo, "-o", folder])
    seconds = time.perf_counter() - started
    if status:
        raise RuntimeError(f"headbridge fit-photo ended with {status}")
    answer = json.loads(Path(folder, "fit.json").read_text(encoding="utf-8"))
    overlay = os.path.join(output, f"{key}-overlay.png")
    join([photo, os.path.join(folder, "overlay.png")], overlay)
    pictures = {"overlay": overlay, "turntable": os.path.join(folder, "turntable.png")}
    return PhotoFit(key, title, answer, seconds, pictures)
