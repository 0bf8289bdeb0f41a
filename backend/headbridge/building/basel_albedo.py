"""Colours of the Basel Face Model as an albedo space in FLAME's layout, as the published FLAME_albedo_from_BFM.npz.

FLAME's head is registered onto the mean face; every texel looks up the colours at the closest point. What the face does
not show (scalp, neck) continues harmonically from its edge; eyes are painted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.ndimage import distance_transform_edt

from ..baking.padding import pad_image
from ..errors import InputError
from ..fitting.basel import register_basel
from ..linalg.cholesky import SparseCholesky
from ..memory import check_memory
from ..mesh.interpolation import barycentric_rows
from ..mesh.laplacian import cotangent_laplacian
from ..mesh.normals import normalized, vertex_normals
from ..mesh.similarity import fit_similarity
from ..metrics.distances import open_boundary_hits
from ..progress import Progress
from ..spatial import Surface
from ..spatial.rasterise import UvRaster, rasterise_uv
from ..texture.atlas.painted_eyes import paint_eyes
from ..topologies import load_builtin, load_topology
from ..verdict import Verdict
from .basel_file import BaselColours
from .job import ConvertAlbedoSettings

# A texel's point belongs to the face when it lies this near to it, mm, and faces as it does.
_REACH, _FACING = 2.5, 0.3
# The edge of the face fades over so many texels of 512; colours go on so far beyond the layout.
_FADE, _PADDING = 8.0, 8.0
# The mouth's inside is as dark as this against the lips.
_IN_THE_MOUTH = 0.45
# Holds what hangs together with nothing known.
_LOOSE = 1e-9
_LEAST_COVERED = 0.1
_BLOCK = 20


@dataclass(frozen=True, eq=False)
class FlameAlbedo:
    """mean (size * size * 3,) and components (size * size * 3, K) float32, 0..1, blue first; share : of the layout's
    skin that the face shows; notes : sentences for the user; verdict : that of the registration."""

    mean: np.ndarray
    components: np.ndarray
    share: float
    notes: tuple[str, ...]
    verdict: Verdict


def convert_albedo(colours: BaselColours, settings: ConvertAlbedoSettings, progress: Progress) -> FlameAlbedo:
    """Transfer the colours into FLAME's layout. Raises `InputError` when no face upright and looking along +Z is found or
    it does not lie on FLAME's, `FailedResult` when its registration failed, and `Cancelled`."""
    size, count = settings.size, min(settings.components, colours.components.shape[2])
    check_memory(3 * size * size * 3 * count * 4, f"An albedo of {size} with {count} components")
    template, topology = load_builtin("flame"), load_topology("flame")
    result = register_basel("flame", colours.mesh, settings.device, settings.seed, progress.part(0.0, 0.5))
    registered = result.registered
    face = topology.regions["face"]
    onto = fit_similarity(registered[face], template.vertices[face])
    look_up = _FaceLookUp(colours, onto.apply(colours.mesh.vertices), settings.device)
    lying, normals = onto.apply(registered), vertex_normals(onto.apply(registered), template.triangles)
    shown = topology.skin & ~topology.no_match
    raster = rasterise_uv(template.uvs[template.triangle_corners].astype(np.float64), size)
    texels = _texel_rows(raster, template.triangles, len(lying))
    inside = np.append(shown[template.triangles].all(axis=1), False)[raster.triangle[raster.covered]]
    rows, found = look_up.rows(texels @ lying, normalized(texels @ normals))
    found &= inside
    if found.sum() < _LEAST_COVERED * inside.sum():
        raise InputError(f"The face of {colours.mesh.name} does not lie on FLAME's; check the file.")
    vertex_rows, vertex_found = look_up.rows(lying, normals)
    extension = _Extension(lying, template.triangles, vertex_found & shown)
    # Texels at the edge of the face turn into what continues it.
    known = np.ones((size, size), bool)
    known[raster.covered] = found
    fade = np.clip(distance_transform_edt(known) * (512.0 / size) / _FADE, 0.0, 1.0)[raster.covered, None]
    mouth = np.append(topology.regions["mouth_bag"][template.triangles].any(axis=1), False)[
        raster.triangle[raster.covered]
    ]
    shade = np.where(mouth, _IN_THE_MOUTH, 1.0)[:, None]
    padded = _padded_places(raster.covered, round(_PADDING * size / 512.0))

    def transferred(values: np.ndarray, loose: np.ndarray | float) -> np.ndarray:
        """(covered texels, C) of (V, C) colours of the face."""
        filled = texels @ extension.filled(vertex_rows @ values, loose)
        return shade * (fade * (rows @ values) + (1.0 - fade) * filled)

    def picture(values: np.ndarray) -> np.ndarray:
        """(size * size, C) of the covered texels' (N, C), with the padding around them."""
        result = np.zeros((size * size, values.shape[1]), np.float32)
        result[padded >= 0] = values[padded[padded >= 0]]
        return result

    mean = np.zeros((size, size, 3), np.float32)
    mean[raster.covered] = transferred(colours.mean, colours.mean.mean(axis=0))
    paint_eyes(mean, np.zeros((size, size)), raster, template, topology)
    mean = picture(mean[raster.covered])
    eyes = np.any([topology.regions[f"{side}_eyeball"] for side in ("left", "right")], axis=0)
    shade[np.append(eyes[template.triangles].all(axis=1), False)[raster.triangle[raster.covered]]] = 0.0
    components = np.empty((size * size, 3, count), np.float32)
    for start in range(0, count, _BLOCK):
        progress.report(0.5 + 0.5 * start / count, "Transferring the components")
        block = colours.components[:, ::-1, start : min(start + _BLOCK, count)]
        values = picture(transferred(np.ascontiguousarray(block).reshape(len(block), -1), 0.0))
        components[:, :, start : start + block.shape[2]] = values.reshape(size * size, 3, -1)
    share = float(found.sum() / inside.sum())
    notes = (
        *result.notes,
        f"{100.0 * share:.0f} % of the head's skin has the face's own colours; the rest continues them.",
    )
    return FlameAlbedo(mean[:, ::-1].ravel(), components.reshape(-1, count), share, notes, result.verdict)


class _FaceLookUp:
    """Colours of the face's vertices at points near it; `vertices` (V, 3) in mm."""

    def __init__(self, colours: BaselColours, vertices: np.ndarray, device: str):
        self._triangles, self._count = colours.mesh.triangles, len(vertices)
        self._surface = Surface(vertices, self._triangles, device)
        self._normals = vertex_normals(vertices, self._triangles)

    def rows(self, points: np.ndarray, normals: np.ndarray) -> tuple[sp.csr_matrix, np.ndarray]:
        """(N, V) barycentric weights at the closest points, 0 in rows that the face does not show; (N,) whether."""
        hits = self._surface.closest(points, _REACH)
        corners = self._triangles[np.maximum(hits.triangles, 0)]
        facing = normalized(np.einsum("nk,nkd->nd", hits.barycentrics, self._normals[corners]))
        found = hits.hit & (np.einsum("nd,nd->n", facing, normals) > _FACING)
        found &= ~open_boundary_hits(hits, self._triangles, self._count)
        weights = np.where(found[:, None], hits.barycentrics, 0.0).astype(np.float32)
        return barycentric_rows(corners, weights, self._count), found


class _Extension:
    """Values continued harmonically over a mesh from its (V,) `known` vertices."""

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray, known: np.ndarray):
        self._known, self._free = known, np.flatnonzero(~known)
        laplacian = cotangent_laplacian(vertices, triangles)[self._free]
        self._to_known = laplacian[:, np.flatnonzero(known)]
        self._solver = SparseCholesky(laplacian[:, self._free] + _LOOSE * sp.identity(len(self._free)))

    def filled(self, values: np.ndarray, loose: np.ndarray | float) -> np.ndarray:
        """(V, C) values, those that are not known replaced; `loose` (C,) where nothing known is near."""
        result = np.array(values, np.float64)
        load = _LOOSE * np.broadcast_to(loose, (len(self._free), result.shape[1]))
        result[self._free] = self._solver.solve(load - self._to_known @ result[self._known])
        return result


def _texel_rows(raster: UvRaster, triangles: np.ndarray, count: int) -> sp.csr_matrix:
    """(covered texels, V) barycentric weights."""
    corners, weights = triangles[raster.triangle[raster.covered]], raster.barycentrics[raster.covered]
    return barycentric_rows(corners, weights, count)


def _padded_places(covered: np.ndarray, padding: int) -> np.ndarray:
    """(H * W,) which of the covered texels each texel takes its colour from, -1 far from all."""
    places = np.full(covered.shape, -1.0, np.float32)
    places[covered] = np.arange(covered.sum())
    return pad_image(places[..., None], covered, padding).astype(np.int64).ravel()
