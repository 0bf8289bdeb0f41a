"""Gives a head the UV layout of another: the UV mapper's entry."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..cache import Cache
from ..errors import InputError
from ..mesh import Mesh
from ..mesh.normals import triangle_areas
from ..mesh.uv_layout import UvLayout, uv_layout
from ..metrics.uv import uv_metrics
from ..metrics.uv_landmarks import landmark_uv_errors
from ..metrics.uv_overlap import overlapping_triangles
from ..progress import Progress
from ..spatial.preparation import prepare_target
from ..topologies import Topology, recognise
from .copying import copied_uvs
from .doubtful import doubtful_triangles
from .job import UvInput, UvResult, UvSettings
from .mapping import Mapping, map_layout
from .matching import eligible_triangles, main_component
from .orientation import upright_source
from .overlay import Overlay, overlay_heads, topologies_of
from .patches import Patches, PointMapper, build_patches
from .prepared_target import on_original, with_prepared_target
from .repair import repair
from .separate_parts import place_parts
from .surface_mapper import SurfaceMapper
from .tiles import squeeze_into_tiles

# Size at which triangles that cover others are looked for, as the metrics do.
_SIZE = 1024
# A source of which a larger share of the skin has no area in the layout is refused, as is a target of unknown topology
# whose largest part is a smaller share of its area.
_DEGENERATE = 0.01
_CONNECTED = 0.3


def transfer_uvs(
    inputs: UvInput, settings: UvSettings = UvSettings(), progress: Progress = Progress(), cache: Cache | None = None
) -> UvResult:
    """Map the source's layout onto the target.

    The source is registered onto the target, unless the input says how they lie on each other. Every target face takes
    its UVs from one patch of the layout (`patches`), by closest points or by a network; cuts between patches move onto the
    source's seams; parts without counterpart are extended smoothly, or, when they are separate, placed beside; and an
    injectivity pass unfolds what came out folded.

    A target of unknown topology is repaired for it (`spatial.preparation`); the result belongs to it as it came.

    Raises `InputError` when the source has no UVs, or only degenerate ones, when a mesh is no sound surface, or when
    the heads do not lie on each other; `FailedResult` when their registration failed.
    """
    target = inputs.target
    # The layout of the same faces is copied, wherever they are.
    same_faces = np.array_equal(inputs.source.corners, target.corners)
    if same_faces or inputs.target_topology is not None or recognise(target) is not None:
        return _transfer(inputs, settings, progress, cache)
    prepared = prepare_target(target, "target")
    if prepared.mesh is target:
        return _transfer(inputs, settings, progress, cache)
    repaired = with_prepared_target(inputs, prepared)
    return on_original(_transfer(repaired, settings, progress, cache), prepared, target)


def _transfer(inputs: UvInput, settings: UvSettings, progress: Progress, cache: Cache | None) -> UvResult:
    start = time.perf_counter()
    cache = Cache.of_user() if cache is None else cache
    layout = _checked_layout(inputs.source)
    source_topology, target_topology = topologies_of(inputs)
    name = source_topology.label if source_topology is not None else Path(inputs.source.name).stem
    copied = copied_uvs(inputs.source, inputs.target, source_topology, target_topology)
    if copied is not None:
        everything = np.ones(len(inputs.target.vertices), bool)
        notes = ["Source and target have the same faces: the UVs were copied corner by corner."]
        result = UvResult(copied, everything, np.zeros(len(inputs.target.triangles), bool), name, notes=notes)
        return _measured(result, inputs, (source_topology, target_topology), settings, {}, start)
    upright = upright_source(inputs.source, layout)
    original, layout = inputs, upright.layout
    inputs = replace(inputs, source=upright.mesh)
    overlay = overlay_heads(inputs, settings, progress.part(0.0, 0.45), cache)
    overlay.verdict.raise_if_failed()
    _check_connected(overlay)
    seconds = {"registration": overlay.registered_seconds}
    mapping, patches = _map(overlay, layout, settings, progress.part(0.45, 0.75), cache, seconds)
    matched = np.zeros(len(inputs.target.vertices), bool)
    matched[mapping.cut.point_vertices[mapping.weights > 0.0]] = True
    skin = _skin(inputs.target, target_topology)
    clock = time.perf_counter()
    repaired = repair(mapping, overlay.target.vertices, skin, progress.part(0.75, 0.95))
    seconds["repair"] = time.perf_counter() - clock
    corner_uvs = np.zeros((len(inputs.target.corners), 2))
    charts = layout.charts[[members[0] for members in patches.members]][mapping.cut.point_patches]
    uvs = squeeze_into_tiles(repaired.uvs, mapping.triangles, charts, layout)
    corner_uvs[mapping.part_corners] = upright.mirrored_back(uvs, charts)[mapping.cut.corner_points]
    notes = [*overlay.notes, *cache.notes]
    placed = mapping.placed_corners[inputs.target.triangle_corners[:, 0]]
    if not placed.all():
        corner_uvs, found = place_parts(overlay.target, corner_uvs, placed, layout, settings.device)
        notes.append(
            "Parts without counterpart (eyes, teeth, a mouth's inside, a bust) were placed beside the layout."
            if found
            else "There is no room in the layout for the target's separate parts; their UVs are all 0."
        )
    held_out = None
    if settings.hold_out_folds and overlay.common_landmarks and inputs.registered is None:
        held_out = _held_out(inputs, layout, settings, progress.part(0.95, 1.0), cache)
    stored = corner_uvs.astype(np.float32)
    result = UvResult(stored, matched, _problems(inputs.target, stored), name, notes=notes, verdict=overlay.verdict)
    result = _measured(result, original, (source_topology, target_topology), settings, seconds, start, held_out)
    return _with_doubtful(result, doubtful_triangles(overlay, settings.device))


def _with_doubtful(result: UvResult, doubtful: np.ndarray) -> UvResult:
    """The (T,) doubtful triangles marked beside those that the layout itself left with problems."""
    if doubtful.any():
        result.metrics["triangles_to_check"] = int(doubtful.sum())
        result.notes.append(
            f"{int(doubtful.sum())} triangles lie where the registration should be looked at; select the problem "
            "triangles to see them."
        )
        result.problem_triangles = result.problem_triangles | doubtful
    return result


def _checked_layout(source: Mesh) -> UvLayout:
    layout = uv_layout(source)
    if not (np.abs(layout.signed_areas()) > 0.0).any():
        raise InputError(f"{source.name} has UVs without any area; unwrap it first.")
    return layout


def _map(
    overlay: Overlay,
    layout: UvLayout,
    settings: UvSettings,
    progress: Progress,
    cache: Cache,
    seconds: dict,
    landmarks: np.ndarray | None = None,
) -> tuple[Mapping, Patches]:
    clock = time.perf_counter()
    source = overlay.source
    eligible = eligible_triangles(source, overlay.source_topology, main_component(source, overlay.source_topology))
    degenerate = layout.signed_areas()[eligible] == 0.0
    if degenerate.mean() > _DEGENERATE:
        raise InputError(
            f"{source.name}: {int(degenerate.sum())} of {len(degenerate)} triangles have no area in its UVs, so nothing can "
            "be placed there; unwrap them first."
        )
    patches = build_patches(source, layout, overlay.source_positions, eligible)
    progress.report(0.0, "Mapping")
    mapper = _mapper(patches, overlay, settings, progress.part(0.0, 0.9), cache)
    if settings.method == "neural":
        seconds["training"] = time.perf_counter() - clock
        clock = time.perf_counter()
    mapping = map_layout(
        overlay, patches, mapper, symmetry=settings.symmetry, device=settings.device, landmarks=landmarks
    )
    seconds["mapping"] = time.perf_counter() - clock
    return mapping, patches


def _mapper(patches: Patches, overlay: Overlay, settings: UvSettings, progress: Progress, cache: Cache) -> PointMapper:
    if settings.method == "surface":
        return SurfaceMapper(patches, settings.device)
    # PyTorch takes seconds to load, and the surface method does without.
    from .neural import train_mapper

    terms = ()
    if settings.rendering_loss > 0.0:
        from .neural.rendering import RenderingLoss

        vertices, triangles = overlay.target_positions, overlay.target.triangles
        weight = settings.rendering_loss
        terms = (RenderingLoss(patches, vertices, triangles, weight, settings.seed, settings.device),)
    return train_mapper(
        patches, seed=settings.seed, device=settings.device, progress=progress, cache=cache, terms=terms
    )


def _check_connected(overlay: Overlay) -> None:
    if overlay.target_topology is not None:
        return
    target = overlay.target
    areas = triangle_areas(target.vertices, target.triangles)
    share = areas[main_component(target, None)[target.triangles[:, 0]]].sum() / max(areas.sum(), 1e-300)
    if share < _CONNECTED:
        raise InputError(
            f"The largest connected part of {target.name} is only {100.0 * share:.0f} % of it; merge its vertices by distance "
            "first, so that its faces hang together."
        )


def _skin(target: Mesh, topology: Topology | None) -> np.ndarray:
    return np.ones(len(target.vertices), bool) if topology is None else topology.skin


def _problems(target: Mesh, corner_uvs: np.ndarray) -> np.ndarray:
    flipped = uv_layout(replace(target, uvs=corner_uvs)).flipped()
    return flipped | overlapping_triangles(corner_uvs[target.triangle_corners].astype(np.float64), _SIZE)


def _held_out(
    inputs: UvInput, layout: UvLayout, settings: UvSettings, progress: Progress, cache: Cache
) -> np.ndarray | None:
    """(51,) landmark errors in pixels, each measured by a registration and a mapping that did not use it."""
    errors = np.full(51, np.nan)
    folds = min(settings.hold_out_folds, 51)
    for fold in range(folds):
        part = progress.part(fold / folds, (fold + 1) / folds)
        out = np.arange(51) % folds == fold
        overlay = overlay_heads(inputs, settings, part.part(0.0, 0.8), cache, held_out=out)
        mapping, _ = _map(overlay, layout, settings, part.part(0.8, 1.0), cache, {}, landmarks=~out)
        uvs = np.zeros((len(inputs.target.corners), 2))
        uvs[mapping.part_corners] = mapping.uvs[mapping.cut.corner_points]
        found = landmark_uv_errors(
            overlay.source, overlay.source_topology, overlay.target, overlay.target_topology, uvs
        )
        errors[out] = _SIZE * found[out]
    return errors


def _measured(
    result: UvResult,
    inputs: UvInput,
    topologies,
    settings: UvSettings,
    seconds: dict,
    start: float,
    held_out: np.ndarray | None = None,
) -> UvResult:
    clock = time.perf_counter()
    result.metrics = uv_metrics(
        inputs.target,
        result.corner_uvs,
        source=inputs.source,
        source_topology=topologies[0],
        target_topology=topologies[1],
        held_out_px=held_out,
        size=_SIZE,
        device=settings.device,
    )
    seconds["metrics"] = time.perf_counter() - clock
    result.metrics["problem_triangles"] = int(result.problem_triangles.sum())
    result.metrics["seconds_by_stage"] = seconds
    result.metrics["seconds"] = time.perf_counter() - start
    if result.metrics["flipped"]["count"]:
        count = result.metrics["flipped"]["count"]
        result.notes.append(f"{count} triangles could not be unfolded; select the problem triangles to see them.")
    return result
