"""The scan's colours in the fitted head's UV layout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...baking.bake import bake
from ...baking.correspondence import FACING, FARTHEST, find_correspondence
from ...baking.job import BakeInput, BakeSettings
from ...baking.pieces import cut_triangle
from ...baking.tile_images import check_images
from ...detection.on_meshes.own_colours import VertexColours
from ...errors import InputError
from ...images import Image
from ...mesh import Mesh
from ...mesh.normals import normalized, vertex_normals
from ...mesh.similarity import Similarity
from ...progress import Progress
from ...spatial import Surface
from ...spatial.rasterise import rasterise_uv
from ...texture.atlas.completion import complete, kept_share
from ...texture.atlas.layout import HeadLayout
from ...texture.atlas.surface_texels import SurfaceTexels
from ...topologies import Topology
from ...uv.matching import interior_vertices, main_component
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
    """The image of the scan transferred into the template's layout, and what the scan does not show completed.

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
            f"None of '{scan.name}' could be transferred into the head's layout; check that its UVs belong to the texture."
        )
    colours = layout.packing.joined({tile: result.image.encoded_as("sRGB") for tile, result in baked.items()})
    return _completed(colours, known, layout, topology, detail, progress.part(0.6, 1.0))


def vertex_colour_texture(
    scan: Mesh,
    pose: Similarity,
    colours: VertexColours,
    template: Mesh,
    topology: Topology,
    detail: np.ndarray,
    settings: FitScanSettings,
    progress: Progress,
) -> tuple[ScanTexture, float]:
    """The same of a scan whose vertices have colours.

    pose : from the frame of `scan` and `detail` to that of `colours`."""
    progress.report(0.0, "Transferring the scan's colours")
    layout = HeadLayout(template, settings.size, settings.device)
    picture, known = transferred_vertex_colours(scan, pose, colours, topology, detail, layout)
    if not known.any():
        raise InputError(
            f"None of '{scan.name}' could be transferred into the head's layout; check that it is a whole head."
        )
    return _completed(picture, known, layout, topology, detail, progress.part(0.5, 1.0))


def transferred_vertex_colours(
    scan: Mesh, pose: Similarity, colours: VertexColours, topology: Topology, detail: np.ndarray, layout: HeadLayout
) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 3) sRGB and (H, W) bool, whether the scan has a counterpart: every texel of the skin takes the colour of the
    closest place of the scan. Arguments as of `vertex_colour_texture`."""
    texels = SurfaceTexels(layout, layout.covered)
    normals = normalized(texels.interpolated(vertex_normals(detail, layout.packed.triangles)))
    surface = Surface(scan.vertices, scan.triangles, layout.device)
    hits = surface.closest(texels.interpolated(detail), FARTHEST)
    facing = np.einsum("nd,nd->n", surface.triangle_normals()[np.where(hits.hit, hits.triangles, 0)], normals)
    skin = main_component(layout.packed, topology) & ~interior_vertices(topology)
    outside = skin[layout.packed.triangles].all(axis=1)[layout.raster.triangle[layout.covered]]
    found = hits.hit & (facing > FACING) & outside
    known = np.zeros(layout.shape, bool)
    known[layout.covered] = found
    picture = np.zeros((*layout.shape, 3), np.float32)
    picture[known] = colours.at(pose.apply(hits.points[found]), layout.device)
    return picture, known


def _completed(
    colours: np.ndarray,
    known: np.ndarray,
    layout: HeadLayout,
    topology: Topology,
    detail: np.ndarray,
    progress: Progress,
) -> tuple[ScanTexture, float]:
    """The layout's pictures with what is not `known` (H, W) completed, and the share that is."""
    share, trusted = kept_share(known, layout)
    completed = complete(colours, share, trusted, layout, topology, detail, None, progress)
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
