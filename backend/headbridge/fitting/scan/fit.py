"""Fitting a head to a scan of which nothing is known: no orientation, no unit, no landmarks."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from ...detection.detector import FaceDetector
from ...detection.on_meshes.detections import VotedPoints
from ...detection.on_meshes.landmarks import FEATURES
from ...detection.on_meshes.scene import Scene, texture_colours
from ...device import warp_device
from ...errors import InputError
from ...images import Image
from ...mesh import Mesh
from ...metrics.statistics import summary
from ...progress import Progress
from ...registration.frames import target_millimetres
from ...texture.atlas.packed_tiles import PackedTiles
from ...topologies import load_builtin, load_topology
from ..job import FitMeshInput, FitMeshSettings, FitResult
from ..mesh import fit_mesh
from .canonical import canonical_scan, scan_scene
from .dense_views import check_images
from .free_vertices import transfer_onto_scan
from .job import FitScanInput, FitScanResult, FitScanSettings, ScanLandmarks
from .texture import scan_texture, vertex_colour_texture
from .turntable import turntable
from .unseen import unseen_psnr

_FEWEST_LANDMARKS = 8
# Vertices that lie on the scan; with fewer the coefficients follow all of the skin.
_FEWEST_VERTICES = 100


def fit_scan(
    inputs: FitScanInput, settings: FitScanSettings = FitScanSettings(), progress: Progress = Progress()
) -> FitScanResult:
    """Find the face, bring the scan into one frame, find landmarks, fit free vertices and coefficients, and bake the
    texture.

    The scan may be in any unit, place and orientation. Deterministic, and the same on the scan however it was turned
    or scaled. Raises `InputError` for a scan that is broken, too small, or shows no face, and for a texture without
    UVs; `HeadBridgeError` when the detector is not installed; `FailedResult` when the head came to lie wrong on the
    scan; `Cancelled`."""
    clock = _Clock()
    key = "hack" if settings.model == "hack" else "flame"
    _check(inputs, settings, progress)
    check_images(inputs.dense, key)
    with FaceDetector(device=settings.device) as detector:
        scan = canonical_scan(inputs, settings.device, detector, progress.part(0.0, 0.25))
    scene = scan_scene(scan, inputs, settings.device)
    voted = scan.landmarks
    features = _found(voted, inputs.scan.name)
    clock.lap("face and landmarks")
    template, topology = load_builtin(key), load_topology(key)
    registered = transfer_onto_scan(
        key, scan, settings.landmark_weight, settings.device, settings.seed, progress.part(0.25, 0.6), inputs.dense
    )
    registered.verdict.raise_if_failed()
    detail = template.with_vertices(registered.registered)
    clock.lap("registration")
    fit = _coefficients(detail, registered.distance_mm, topology.skin, settings, progress.part(0.6, 0.7))
    clock.lap("coefficients")
    notes = [*inputs.notes, *scan.head.notes]
    if inputs.dense:
        notes.append(f"{len(inputs.dense)} dense images say where the head's places lie.")
    # The job's own settings and versions stand beside the metrics.
    metrics = {name: value for name, value in registered.metrics.items() if name not in ("settings", "versions")}
    texture, image, shown = None, None, template
    if inputs.own_colours is None:
        notes.append("There is no texture: landmarks were found by the shading of the surface.")
    else:
        part = progress.part(0.7, 0.85)
        if inputs.texture is None:
            notes.append("The colours are those of the scan's vertices.")
        texture, metrics["texture_share"] = (
            scan_texture(scan.mesh, inputs.texture, template, topology, detail.vertices, settings, part)
            if inputs.texture is not None
            else vertex_colour_texture(
                scan.mesh, scan.pose, inputs.vertex_colours, template, topology, detail.vertices, settings, part
            )
        )
        packing = PackedTiles.of(template)
        image = Image(packing.joined({tile: picture.pixels for tile, picture in texture.images.items()}))
        shown = packing.packed(template)
        clock.lap("texture")

    def dressed(vertices: np.ndarray) -> Scene:
        mesh = shown.with_vertices(vertices)
        return Scene(mesh, None if image is None else texture_colours(mesh, image), settings.device)

    head = dressed(detail.vertices)
    if image is not None and settings.unseen_views:
        face = topology.regions["narrow_face"]
        metrics["unseen_psnr"] = unseen_psnr(scene, head, face, scan.head.middle, progress.part(0.85, 0.92))
        clock.lap("unseen views")
    model = dressed(fit.vertices)
    picture = turntable([scene, head, model], scan.head.middle, progress.part(0.92, 1.0))
    clock.lap("turntable")
    places = np.array(list(features.values()))
    mm, reason = target_millimetres(inputs.scan, None, 1.0, scan.pose.scale)
    metrics |= {
        "model": fit.metrics,
        "landmark_spread_mm": summary(voted.spread[places]),
        "landmarks_found": len(places),
        "seconds": clock.total(),
        "timings": clock.laps,
    }
    return FitScanResult(
        fit=replace(fit, similarity=fit.similarity.then(scan.pose), vertices=scan.pose.apply(fit.vertices)),
        detail=scan.pose.apply(detail.vertices),
        pose=scan.pose,
        mm_per_unit=mm,
        landmarks=ScanLandmarks(
            tuple(features), scan.pose.apply(voted.points[places]), voted.spread[places], voted.count[places]
        ),
        texture=texture,
        turntable=picture,
        metrics=metrics,
        notes=(*notes, reason.replace("Target:", "Scan:"), *fit.notes),
        verdict=registered.verdict,
    )


class _Clock:
    """Seconds by step."""

    def __init__(self):
        self._started = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.laps[step], self._last = now - self._last, now

    def total(self) -> float:
        return time.perf_counter() - self._started


def _check(inputs: FitScanInput, settings: FitScanSettings, progress: Progress) -> None:
    warp_device(settings.device)
    progress.report(0.0, "Checking the scan")
    if inputs.texture is not None and inputs.scan.uvs is None:
        raise InputError(
            f"'{inputs.scan.name}' has no UVs, so the texture cannot be laid on it; export the scan with its UVs, or "
            "leave the texture out."
        )
    if inputs.texture is not None and not np.isfinite(inputs.scan.uvs).all():
        raise InputError(
            f"'{inputs.scan.name}' has UVs that are NaN or infinite; unwrap it again, or leave the texture out."
        )


def _found(voted: VotedPoints | None, name: str) -> dict[str, int]:
    """The numbers of the features that were found, by name; `InputError` when they are too few."""
    found = {n: number for n, number in FEATURES.items() if voted is not None and voted.found[number]}
    if len(found) < _FEWEST_LANDMARKS:
        raise InputError(
            f"Only {len(found)} of {len(FEATURES)} landmarks were found on '{name}'; see that the face is whole "
            "and that the texture belongs to it."
        )
    return found


def _coefficients(
    detail: Mesh, distance: np.ndarray, skin: np.ndarray, settings: FitScanSettings, progress: Progress
) -> FitResult:
    """The model fitted to the free vertices `detail`, where they lie on the scan."""
    # Where the scan has no surface the free vertices only follow.
    unseen = ~np.isfinite(distance)
    exclude = unseen if (~unseen & skin).sum() > _FEWEST_VERTICES else None
    chosen = FitMeshSettings(
        model=settings.model,
        model_file=settings.model_file,
        identities=settings.identities,
        scale=True,
        region="skin",
    )
    return fit_mesh(FitMeshInput(detail, exclude=exclude), chosen, progress)
