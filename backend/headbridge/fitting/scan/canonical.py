"""A scan in one frame and unit, however it came: where the mean face lies on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...detection.detector import FaceDetector
from ...detection.on_meshes.finding import find_face
from ...detection.on_meshes.pose import refine_pose, settle_pose
from ...detection.on_meshes.scene import Scene, texture_colours
from ...detection.surface_points import surface_points
from ...errors import InputError
from ...images import Image
from ...mesh import Mesh
from ...mesh.similarity import Similarity
from ...progress import Progress
from ...spatial.preparation import turned_over
from ...topologies import load_builtin, load_topology
from .cleaning import candidate_parts
from .job import FitScanInput, FitScanSettings

# The face is found and posed on this mean head, whichever is fitted.
_MEAN = "hack"
# Canonical positions are rounded to this, mm: far below anything that matters, and far above what is left of how the
# scan was turned and scaled, so that every pose of a scan gives the very same numbers from here on.
_GRID = 2.0**-10


@dataclass(frozen=True, eq=False)
class CanonicalScan:
    """mesh : the cleaned scan in the mean head's frame and millimetres. pose : from there to the scan's frame and unit.
    middle : (3,) mm, of the face. notes : sentences for the user."""

    mesh: Mesh
    pose: Similarity
    middle: np.ndarray
    notes: list[str]


def canonical_scan(
    inputs: FitScanInput, settings: FitScanSettings, detector: FaceDetector, progress: Progress
) -> CanonicalScan:
    """Clean the scan, find its face, and bring it into the mean head's frame.

    Raises `InputError` for a scan that is broken, too small, or shows no face."""
    mean, topology, known = load_builtin(_MEAN), load_topology(_MEAN), surface_points(_MEAN)
    points, usable = known.landmarks.evaluate(mean.vertices), np.isfinite(known.spread)
    scan, notes, pose = _part_with_face(inputs, settings, points, usable, detector, progress.part(0.0, 0.5))
    scene = dressed(scan, inputs.texture, settings.device, two_sided=True)
    pose = refine_pose(scene, pose, points, usable, detector, progress.part(0.5, 0.8))
    hits = scene.surface.closest(pose.apply(points[usable]))
    if np.mean(scene.surface.triangle_normals()[hits.triangles] @ pose.rotation[:, 2]) < 0.0:
        scan = turned_over(scan)
        notes.append(f"Scan '{scan.name}': its faces looked inward and were turned.")
        scene = dressed(scan, inputs.texture, settings.device)
    pose = settle_pose(pose, mean.vertices, mean.triangles, topology, scene, progress.part(0.8, 1.0))
    mesh = scan.with_vertices(np.rint(pose.inverse().apply(scan.vertices) / _GRID) * _GRID)
    return CanonicalScan(mesh, pose, points[usable].mean(axis=0), notes)


def _part_with_face(
    inputs: FitScanInput,
    settings: FitScanSettings,
    points: np.ndarray,
    usable: np.ndarray,
    detector: FaceDetector,
    progress: Progress,
) -> tuple[Mesh, list[str], Similarity]:
    """The largest part of the scan that shows a face, notes on what was left out, and the face's pose."""
    parts = candidate_parts(inputs.scan)
    failures = []
    for number, part in enumerate(parts):
        scene = dressed(part.mesh, inputs.texture, settings.device, two_sided=True)
        looking = progress.part(number / len(parts), (number + 1) / len(parts))
        try:
            return part.mesh, list(part.notes), find_face(scene, points, usable, detector, looking).pose
        except InputError as failure:
            failures.append(failure)
    raise failures[0]


def dressed(mesh: Mesh, image: Image | None, device: str, two_sided: bool = False) -> Scene:
    """The mesh under its image, or in plain skin without one."""
    return Scene(mesh, None if image is None else texture_colours(mesh, image), device, two_sided)
