"""The scan's colours in the fitted head's UV layout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...baking.bake import bake
from ...baking.correspondence import find_correspondence
from ...baking.job import BakeInput, BakeSettings
from ...baking.pieces import cut_triangle
from ...baking.tile_images import check_images
from ...errors import InputError
from ...images import Image
from ...mesh import Mesh
from ...progress import Progress
from ...spatial.rasterise import rasterise_uv
from ...texture.atlas.completion import complete, kept_share
from ...texture.atlas.layout import HeadLayout
from ...topologies import Topology
from .job import FitScanSettings, ScanTexture


def scan_texture(
    scan: Mesh,
    image: Image,
    template: Mesh,
    topology: Topology,
    detail: np.ndarray,
    settings: FitScanSettings,
    progress: Progress,
) -> tuple[ScanTexture, float]:
    """The image of the scan carried into the template's layout, and what the scan does not show completed.

    detail : (V, 3), the template's vertices lying on the scan, in its frame, mm. Also returns the share of the layout
    that has the scan's own colours. Raises `InputError` for an image that does not belong to the scan's layout."""
    images, _notes = check_images({(0, 0): _opaque(image)}, scan)
    chosen = BakeSettings(size=settings.size, padding=0, device=settings.device, seed=settings.seed)
    head = template.with_vertices(detail)
    places = find_correspondence(
        BakeInput(scan, images, template, registered=head, target_topology=topology.key),
        chosen,
        progress.part(0.0, 0.3),
    )
    baked = bake(
        template.uvs[template.triangle_corners],
        places.source_uvs,
        images,
        chosen,
        matched=places.matched,
        source_layout=scan.uvs[scan.triangle_corners],
        progress=progress.part(0.3, 0.6),
    )
    layout = HeadLayout(template, settings.size, settings.device)
    known = _matched_texels(layout.triangles, places.matched, layout.shape, settings.device) & layout.covered
    if not known.any():
        raise InputError(
            f"None of '{scan.name}' could be carried into the head's layout; check that its UVs belong to the texture."
        )
    colours = layout.strip.joined({tile: result.image.encoded_as("sRGB") for tile, result in baked.items()})
    share, trusted = kept_share(known, layout)
    completed = complete(colours, share, trusted, layout, topology, detail, None, progress.part(0.6, 1.0))
    texture = ScanTexture(layout.images(completed), layout.coverages(known))
    return texture, float(known.sum() / layout.covered.sum())


def _opaque(image: Image) -> Image:
    """Three colour channels: transparency of a scan's texture marks what its layout leaves empty."""
    pixels = image.pixels[..., : image.colour_channels]
    return replace(image, pixels=np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3))))


def _matched_texels(layout: np.ndarray, matched: np.ndarray, shape: tuple[int, int], device: str) -> np.ndarray:
    """(H, W) bool, texels of the pieces (T, N * N) of the layout's triangles that have a counterpart."""
    weights, pieces = cut_triangle(round(matched.shape[1] ** 0.5))
    cut = np.einsum("pk,tkd->tpd", weights, layout)[:, pieces].reshape(-1, 3, 2)
    return rasterise_uv(cut[matched.reshape(-1)], shape, device=device).covered
