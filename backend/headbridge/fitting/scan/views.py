"""Pictures of a scan for other predictors to look at, with their cameras."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...detection.detector import FaceDetector
from ...detection.on_meshes.camera import Camera, looking
from ...mesh.similarity import Similarity
from ...progress import Progress
from ..photo.job import PhotoCamera
from .canonical import canonical_scan, scan_scene
from .job import FitScanInput

# Degrees to the left and upwards from which the scan is looked at, and the pictures' size and half height, mm.
_VIEWS = (
    *((yaw, 0.0) for yaw in (0, 40, -40, 80, -80, 120, -120, 180)),
    *((yaw, pitch) for yaw in (30, -30) for pitch in (35.0, -30.0)),
    (150, 40.0),
    (-150, 40.0),
)
_SIZE, _HALF_HEIGHT = 512, 190.0


def render_views(inputs: FitScanInput, device: str, progress: Progress) -> Iterator[tuple[np.ndarray, PhotoCamera]]:
    """(size, size, 3) uint8 sRGB pictures of a scan from all sides, and their cameras in the scan's frame and unit.

    Raises `InputError` for a scan that is broken, too small, or shows no face."""
    with FaceDetector(device=device) as detector:
        scan = canonical_scan(inputs, device, detector, progress.part(0.0, 0.8))
    scene = scan_scene(scan, inputs, device)
    for number, (yaw, pitch) in enumerate(_VIEWS):
        progress.report(0.8 + 0.2 * number / len(_VIEWS), "Rendering the views")
        camera = Camera(looking(yaw, pitch), scan.head.middle, _HALF_HEIGHT, _SIZE)
        yield scene.render(camera), camera_in(camera, scan.pose)


def camera_in(camera: Camera, pose: Similarity) -> PhotoCamera:
    """A camera of the canonical frame as one of the frame and unit that `pose` leads to."""
    centre = 0.5 * camera.size
    # A point one half height off the axis, at the depth of the target, is at the picture's edge.
    depth = np.linalg.norm(camera.position - camera.target)
    focal = centre * depth / camera.half_height
    rotation = np.diag([1.0, -1.0, -1.0]) @ camera.axes
    translation = -rotation @ camera.position
    turned = rotation @ pose.rotation.T
    matrix = np.array([[focal, 0.0, centre], [0.0, focal, centre], [0.0, 0.0, 1.0]])
    return PhotoCamera(matrix, turned, pose.scale * translation - turned @ pose.translation, camera.size, camera.size)
