"""Carrying a texture from one head to another."""

from __future__ import annotations

import time

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..progress import Progress
from .bake import bake
from .job import BakeInput, BakeResult, BakeSettings

_SHARE_OF_TRANSFER = 0.6


def transfer_texture(inputs: BakeInput, settings: BakeSettings, progress: Progress) -> BakeResult:
    """Bake the source's images into the target's UV layout.

    The source's layout is transferred to the target's corners (`headbridge.uv.transfer`) and every texel of the
    target's layout samples the images there. One mesh with two layouts (equal vertices and faces) needs no transfer.
    Raises `InputError` when a mesh has no UVs, images differ in kind, or the size does not fit in memory.
    """
    for mesh, words in ((inputs.source, "the image's layout"), (inputs.target, "a layout to bake to")):
        if mesh.uvs is None:
            raise InputError(f"{mesh.name} has no UVs; unwrap it first, or choose a mesh that has {words}.")
    started = time.perf_counter()
    notes: list[str] = []
    if _one_mesh(inputs.source, inputs.target):
        corner_uvs, share = inputs.source.uvs, 0.0
        notes.append("Source and target are one mesh with two layouts: nothing was registered.")
    else:
        corner_uvs, share = _transferred(inputs, settings, progress, notes), _SHARE_OF_TRANSFER
    transferred = time.perf_counter()
    target, source = inputs.target, inputs.source
    baked = bake(
        target.uvs[target.triangle_corners],
        corner_uvs[target.triangle_corners],
        inputs.images,
        settings,
        source.uvs[source.triangle_corners],
        progress.part(share, 1.0),
    )
    finished = time.perf_counter()
    covered = sum(tile.covered for tile in baked.values())
    sampled = sum(tile.sampled for tile in baked.values())
    if not covered:
        raise InputError(f"{target.name}: its UV layout covers no texel at size {settings.size}; unwrap it first.")
    if not sampled:
        raise InputError(
            f"{source.name}: its UV layout lies on none of the given images; check the images' tiles (UDIM numbers)."
        )
    return BakeResult(
        {tile: result.image for tile, result in baked.items()},
        {tile: result.mask for tile, result in baked.items()},
        {
            "texels": settings.size**2 * len(baked),
            "texels_covered": covered,
            "texels_covered_twice": sum(tile.covered_twice for tile in baked.values()),
            "counterpart_share": sampled / covered,
            "seconds": finished - started,
            "seconds_by_stage": {"transfer": transferred - started, "bake": finished - transferred},
        },
        notes,
    )


def _one_mesh(source: Mesh, target: Mesh) -> bool:
    return all(
        np.array_equal(getattr(source, name), getattr(target, name)) for name in ("face_sizes", "corners", "vertices")
    )


def _transferred(inputs: BakeInput, settings: BakeSettings, progress: Progress, notes: list[str]) -> np.ndarray:
    """(C, 2) the source's layout on the target's corners."""
    from ..uv.job import UvInput, UvSettings
    from ..uv.transfer import transfer_uvs

    result = transfer_uvs(
        UvInput(
            inputs.source,
            inputs.target,
            registered=inputs.registered,
            source_topology=inputs.source_topology,
            target_topology=inputs.target_topology,
        ),
        UvSettings(device=settings.device, seed=settings.seed),
        progress.part(0.0, _SHARE_OF_TRANSFER),
    )
    notes.extend(result.notes)
    return result.corner_uvs
