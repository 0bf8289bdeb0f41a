"""Transferring a texture from one head to another."""

from __future__ import annotations

import time

import numpy as np

from ..cache import Cache
from ..errors import InputError
from ..mesh import Mesh
from ..progress import Progress
from .bake import bake
from .correspondence import Correspondence, find_correspondence
from .job import BakeInput, BakeResult, BakeSettings
from .prepared_heads import prepared_heads

_SHARE_OF_REGISTRATION = 0.6


def bake_texture(
    inputs: BakeInput,
    settings: BakeSettings = BakeSettings(),
    progress: Progress = Progress(),
    cache: Cache | None = None,
) -> BakeResult:
    """Bake the source's images into the target's UV layout.

    The heads are laid onto each other and every texel of the target's layout samples the images at the closest point
    of the source's surface (`correspondence`). Two layouts of the same faces need no registration. Raises `InputError`
    when a mesh has no UVs, images differ in kind, the heads do not lie on each other, or the size does not fit in
    memory, `FailedResult` when their registration failed.
    """
    for mesh, words in ((inputs.source, "the image's layout"), (inputs.target, "a layout to bake to")):
        if mesh.uvs is None:
            raise InputError(f"{mesh.name} has no UVs; unwrap it first, or choose a mesh that has {words}.")
    started = time.perf_counter()
    same_faces = _same_faces(inputs.source, inputs.target)
    inputs, repairs = (inputs, []) if same_faces else prepared_heads(inputs)
    source, target = inputs.source, inputs.target
    source_layout = source.uvs[source.triangle_corners]
    if same_faces:
        notes = ["Source and target have the same faces: the texture went corner by corner."]
        places = Correspondence(source_layout, np.ones(len(source_layout), bool), notes)
        share = 0.0
    else:
        share = _SHARE_OF_REGISTRATION
        places = find_correspondence(inputs, settings, progress.part(0.0, share), cache)
    registered = time.perf_counter()
    baked = bake(
        target.uvs[target.triangle_corners],
        places.source_uvs,
        inputs.images,
        settings,
        matched=places.matched,
        source_layout=source_layout,
        progress=progress.part(share, 1.0),
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
            "seconds_by_stage": {"registration": registered - started, "bake": finished - registered},
        },
        [*repairs, *places.notes],
        places.verdict,
    )


def _same_faces(source: Mesh, target: Mesh) -> bool:
    return np.array_equal(source.face_sizes, target.face_sizes) and np.array_equal(source.corners, target.corners)
