"""A scan in one frame and unit, however it came, and the landmarks on it."""

from __future__ import annotations

from dataclasses import dataclass

from ...detection.detector import FaceDetector
from ...detection.on_meshes.canonical import CanonicalHead, canonical_head, canonical_landmarks
from ...detection.on_meshes.detections import VotedPoints
from ...detection.on_meshes.scene import Scene
from ...mesh import Mesh
from ...mesh.similarity import Similarity
from ...progress import Progress
from ...spatial.preparation import prepare_target
from .job import FitScanInput


@dataclass(frozen=True, eq=False)
class CanonicalScan:
    """head : of the scan, in the mean head's frame and millimetres. landmarks : the detector's points on it, None when no
    view shows them."""

    head: CanonicalHead
    landmarks: VotedPoints | None

    @property
    def mesh(self) -> Mesh:
        """What shows the face, a sound surface in the mean head's frame and millimetres."""
        return self.head.mesh

    @property
    def pose(self) -> Similarity:
        """From the mean head's frame to the scan's frame and unit."""
        return self.head.pose


def canonical_scan(inputs: FitScanInput, device: str, detector: FaceDetector, progress: Progress) -> CanonicalScan:
    """Prepare the scan, find its face, bring it into the mean head's frame, and find the landmarks.

    Raises `InputError` for a scan that is broken, too small, or shows no face."""
    head = canonical_head(
        prepare_target(inputs.scan, "scan"),
        "scan",
        detector,
        progress.part(0.0, 0.5),
        inputs.own_colours,
        device,
    )
    landmarks = canonical_landmarks(head, detector, progress.part(0.5, 1.0), inputs.own_colours, device)
    return CanonicalScan(head, landmarks)


def scan_scene(scan: CanonicalScan, inputs: FitScanInput, device: str) -> Scene:
    """The scan in its own colours, or in plain skin without."""
    own = inputs.own_colours
    return Scene(scan.mesh, None if own is None else own(scan.mesh, scan.pose), device)
