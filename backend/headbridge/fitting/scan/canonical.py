"""A scan in one frame and unit, however it came, and the landmarks on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...detection.detector import FaceDetector
from ...detection.on_meshes.canonical import canonical_head, canonical_landmarks
from ...detection.on_meshes.scene import Scene, texture_colours
from ...detection.on_meshes.sightings import VotedPoints
from ...images import Image
from ...mesh import Mesh
from ...mesh.similarity import Similarity
from ...progress import Progress
from .job import FitScanInput, FitScanSettings


@dataclass(frozen=True, eq=False)
class CanonicalScan:
    """mesh : what shows the face, a sound surface in the mean head's frame and millimetres. pose : from there to the
    scan's frame and unit. middle : (3,) mm, of the face. landmarks : the detector's points on it, None when no view shows
    them. notes : sentences for the user."""

    mesh: Mesh
    pose: Similarity
    middle: np.ndarray
    landmarks: VotedPoints | None
    notes: list[str]


def canonical_scan(
    inputs: FitScanInput, settings: FitScanSettings, detector: FaceDetector, progress: Progress
) -> CanonicalScan:
    """Prepare the scan, find its face, bring it into the mean head's frame, and find the landmarks.

    Raises `InputError` for a scan that is broken, too small, or shows no face."""
    head = canonical_head(inputs.scan, "scan", detector, progress.part(0.0, 0.5), inputs.texture, settings.device)
    landmarks = canonical_landmarks(head, detector, progress.part(0.5, 1.0), inputs.texture, settings.device)
    return CanonicalScan(head.mesh, head.pose, head.middle, landmarks, list(head.notes))


def dressed(mesh: Mesh, image: Image | None, device: str) -> Scene:
    """The mesh under its image, or in plain skin without one."""
    return Scene(mesh, None if image is None else texture_colours(mesh, image), device)
