"""Fitting a head to a scan of which nothing is known: no orientation, no unit, no landmarks."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from ...detection.detector import FaceDetector
from ...detection.surface_points import surface_points
from ...device import warp_device
from ...errors import InputError
from ...images import Image
from ...mesh import Mesh
from ...metrics.statistics import summary
from ...progress import Progress
from ...registration.frames import target_millimetres
from ...registration.job import Similarity
from ...topologies import Topology, load_builtin, load_topology
from ..job import FitMeshInput, FitMeshSettings, FitResult
from ..mesh import fit_mesh
from .cleaning import clean_scan, turned_outside
from .finding import find_face
from .free_vertices import FoundLandmarks, carry_onto_scan
from .job import FitScanInput, FitScanResult, FitScanSettings, ScanLandmarks
from .landmarks import FEATURES, find_landmarks
from .pose import refine_pose, settle_pose
from .scene import Scene, texture_colours
from .sightings import VotedPoints
from .texture import bake_texture
from .turntable import turntable
from .unseen import unseen_psnr

# The face is found and posed on this mean head, whichever is fitted.
_FINDING = "hack"
# Canonical positions are rounded to this, mm: far below anything that matters, and far above what is left of how the
# scan was turned and scaled, so that every pose of a scan gives the very same numbers from here on.
_GRID = 2.0**-10
_FEWEST_LANDMARKS = 8


def fit_scan(inputs: FitScanInput, settings: FitScanSettings, progress: Progress) -> FitScanResult:
    """Find the face, bring the scan into one frame, find landmarks, fit free vertices and coefficients, and bake the
    texture.

    The scan may be in any unit, place and orientation. Deterministic, and the same on the scan however it was turned
    or scaled. Raises `InputError` for a scan that is broken, too small, or shows no face, and for a texture without
    UVs; `HeadBridgeError` when the detector is not installed; `Cancelled`."""
    return _Run(inputs, settings, progress).result()


class _Run:
    def __init__(self, inputs: FitScanInput, settings: FitScanSettings, progress: Progress):
        self._inputs, self._settings, self._progress = inputs, settings, progress
        self._timings: dict[str, float] = {}
        self._clock = time.perf_counter()
        warp_device(settings.device)
        progress.report(0.0, "Checking the scan")
        if inputs.texture is not None and inputs.scan.uvs is None:
            raise InputError(
                f"'{inputs.scan.name}' has no UVs, so the texture cannot be laid on it; export the scan with its UVs, or "
                "leave the texture out."
            )
        self._scan, self._notes = clean_scan(inputs.scan)
        if inputs.texture is None:
            self._notes.append("There is no texture: landmarks were found by the shading of the surface.")

    def result(self) -> FitScanResult:
        started = self._clock
        settings, progress = self._settings, self._progress
        with FaceDetector() as detector:
            pose = self._pose(detector)
            self._lap("face")
            canonical = self._scan.with_vertices(np.rint(pose.inverse().apply(self._scan.vertices) / _GRID) * _GRID)
            scene = self._scene(canonical)
            voted = find_landmarks(scene, self._middle, detector, progress.part(0.12, 0.25))
        chosen, names = self._chosen(voted)
        self._lap("landmarks")
        template, topology = load_builtin(self._key), load_topology(self._key)
        landmarks = FoundLandmarks(chosen, voted.points[chosen], names)
        registered = carry_onto_scan(
            self._key, canonical, landmarks, settings.landmark_weight, settings.device, settings.seed,
            progress.part(0.25, 0.6),
        )  # fmt: skip
        self._lap("registration")
        fit = self._coefficients(template, topology, registered.registered, registered.distance_mm)
        self._lap("coefficients")
        texture = None
        # The job's own settings and versions stand beside the metrics.
        metrics = {key: value for key, value in registered.metrics.items() if key not in ("settings", "versions")}
        if self._inputs.texture is not None:
            texture, metrics["texture_share"] = bake_texture(
                canonical, self._inputs.texture, template, topology, registered.registered, settings,
                progress.part(0.7, 0.85),
            )  # fmt: skip
            self._lap("texture")
        image = None if texture is None else texture.image
        head = self._dressed(template.with_vertices(registered.registered), image)
        if texture is not None and settings.unseen_views:
            face = topology.regions["narrow_face"]
            metrics["unseen_psnr"] = unseen_psnr(scene, head, face, self._middle, progress.part(0.85, 0.92))
            self._lap("unseen views")
        model = self._dressed(template.with_vertices(fit.vertices), image)
        picture = turntable([scene, head, model], self._middle, progress.part(0.92, 1.0))
        self._lap("turntable")
        mm, reason = target_millimetres(self._scan, None, 1.0, pose.scale)
        self._notes.append(reason.replace("Target:", "Scan:"))
        metrics |= {
            "model": fit.metrics,
            "landmark_spread_mm": summary(voted.spread[chosen]),
            "landmarks_found": len(chosen),
            "seconds": time.perf_counter() - started,
            "timings": self._timings,
        }
        return FitScanResult(
            fit=replace(fit, similarity=fit.similarity.then(pose), vertices=pose.apply(fit.vertices)),
            detail=pose.apply(registered.registered),
            pose=pose,
            mm_per_unit=mm,
            landmarks=ScanLandmarks(names, pose.apply(voted.points[chosen]), voted.spread[chosen], voted.count[chosen]),
            texture=texture,
            turntable=picture,
            metrics=metrics,
            notes=(*self._notes, *fit.notes),
        )

    def _lap(self, step: str) -> None:
        now = time.perf_counter()
        self._timings[step], self._clock = now - self._clock, now

    @property
    def _key(self) -> str:
        return "hack" if self._settings.model == "hack" else "flame"

    def _scene(self, mesh: Mesh, two_sided: bool = False) -> Scene:
        return self._dressed(mesh, self._inputs.texture, two_sided)

    def _dressed(self, mesh: Mesh, image: Image | None, two_sided: bool = False) -> Scene:
        colours = None if image is None else texture_colours(mesh, image)
        return Scene(mesh, colours, self._settings.device, two_sided)

    def _pose(self, detector: FaceDetector) -> Similarity:
        """From the mean head's millimetres to the scan; sets the face's middle, and turns a scan that is inside out."""
        mean, topology, known = load_builtin(_FINDING), load_topology(_FINDING), surface_points(_FINDING)
        points, usable = known.landmarks.evaluate(mean.vertices), np.isfinite(known.spread)
        self._middle = points[usable].mean(axis=0)
        scene = self._scene(self._scan, two_sided=True)
        pose = find_face(scene, points, usable, detector, self._progress.part(0.0, 0.06)).pose
        pose = refine_pose(scene, pose, points, usable, detector, self._progress.part(0.06, 0.1))
        hits = scene.surface.closest(pose.apply(points[usable]))
        if np.mean(scene.surface.triangle_normals()[hits.triangles] @ pose.rotation[:, 2]) < 0.0:
            self._scan = turned_outside(self._scan)
            self._notes.append("Scan: its faces looked inward; they were turned.")
            scene = self._scene(self._scan)
        return settle_pose(pose, mean.vertices, mean.triangles, topology, scene, self._progress.part(0.1, 0.12))

    def _chosen(self, voted: VotedPoints | None) -> tuple[np.ndarray, tuple[str, ...]]:
        """Numbers and names of the landmarks that were found; `InputError` when they are too few."""
        found = [] if voted is None else [name for name, number in FEATURES.items() if voted.found[number]]
        if len(found) < _FEWEST_LANDMARKS:
            raise InputError(
                f"Only {len(found)} of {len(FEATURES)} landmarks were found on '{self._scan.name}'; see that the face is whole "
                "and that the texture belongs to it."
            )
        return np.array([FEATURES[name] for name in found]), tuple(found)

    def _coefficients(self, template: Mesh, topology: Topology, detail: np.ndarray, distance: np.ndarray) -> FitResult:
        settings = FitMeshSettings(
            model=self._settings.model, model_file=self._settings.model_file, scale=True, region="skin"
        )
        # Where the scan has no surface the free vertices only follow.
        unseen = ~np.isfinite(distance)
        exclude = unseen if (~unseen & topology.skin).sum() > 100 else None
        return fit_mesh(
            FitMeshInput(template.with_vertices(detail), exclude=exclude), settings, self._progress.part(0.6, 0.7)
        )
