"""Brows, beard, lips, lashes and eyes as components of the open texture space.

MakeHuman's skins lack the hair that it adds as geometry, and are too few to tell what make-up and shaving change. These
components are drawn by us: soft areas on the rest head, placed by its landmarks and curves, darker or redder by what is
usual among people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from headbridge.baking.padding import pad_image
from headbridge.detection.surface_points import surface_points
from headbridge.mesh import Mesh
from headbridge.mesh.udim import Tile
from headbridge.spatial.rasterise import rasterise_uv
from headbridge.topologies import Topology, load_builtin, load_topology

# The detector's points along the upper and the lower edge of the brow on the subject's right, from the temple inwards.
_BROW_UPPER, _BROW_LOWER = (70, 63, 105, 66, 107), (46, 53, 52, 65, 55)
# Hair lies a little beyond the points, mm; how soft an area ends, as a share of its width.
_BROW_MARGIN, _BROW_SOFT = 0.8, 0.35
# Standard deviations of a brow's height, mm, and thickness.
_HEIGHT_SIGMA, _THICKNESS_SIGMA = 2.5, 0.3
# sRGB of hair less that of skin under it, for a standard deviation of how much there is, and the brows of the mean.
_BROW_MEAN, _BROW_SIGMA = np.array((-0.17, -0.16, -0.14)), np.array((-0.13, -0.12, -0.10))
_BEARD_SIGMA, _MOUSTACHE_SIGMA = np.array((-0.09, -0.07, -0.05)), np.array((-0.07, -0.06, -0.05))
_LIPS_DARK_SIGMA, _LIPS_RED_SIGMA = np.array((-0.06, -0.06, -0.06)), np.array((0.03, -0.04, -0.03))
_LASHES_MEAN, _LASHES_SIGMA = np.array((-0.08, -0.08, -0.08)), np.array((-0.10, -0.10, -0.10))
# Between lids the whites lie in shadow; irises are brighter, and bluer.
_WHITES_MEAN, _WHITES_SIGMA = np.array((-0.20, -0.20, -0.19)), np.array((-0.09, -0.10, -0.10))
_IRIS_LIGHT_SIGMA, _IRIS_BLUE_SIGMA = np.array((0.08, 0.08, 0.08)), np.array((-0.05, 0.0, 0.06))
# Degrees from an eye's axis over which pupil, iris and white turn into each other, as the eyes are painted.
_PUPIL_EDGE, _IRIS_EDGE = (9.0, 11.0), (26.0, 28.0)
# Lashes' width on the upper lid, how near to the lips a beard ends, and how soft a beard's edges are, mm.
_LASHES_WIDTH, _LIPS_GAP, _BEARD_SOFT = 1.4, (1.5, 6.0), 14.0


@dataclass(frozen=True, eq=False)
class Feature:
    """area (T, size, size) float32, -1..1, where it is seen; sigma (3,) sRGB of one standard deviation there; mean (3,)
    sRGB, what it adds to the mean."""

    label: str
    area: np.ndarray
    sigma: np.ndarray
    mean: np.ndarray


def build(layout: str, tiles: tuple[Tile, ...], size: int, padding: int) -> list[Feature]:
    """The features of a built-in head in its layout; 0 off the outer skin and where texels lie more than `padding`
    beyond the layout."""
    mesh, topology = load_builtin(layout), load_topology(layout)
    points = np.stack([_rest_points(mesh, topology, tile, size, padding) for tile in tiles])
    on_skin = np.isfinite(points[..., 0])
    skin = _Skin(mesh, topology, points[on_skin])
    brows = skin.brows(0.0, 1.0)
    higher = 0.5 * (skin.brows(_HEIGHT_SIGMA, 1.0) - skin.brows(-_HEIGHT_SIGMA, 1.0))
    thicker = 0.5 * (skin.brows(0.0, 1.0 + _THICKNESS_SIGMA) - skin.brows(0.0, 1.0 - _THICKNESS_SIGMA))
    beard, moustache = skin.beard()
    lips, lashes = skin.lips(), skin.lashes()
    none = np.zeros(3)

    def feature(label, amount, sigma, mean):
        area = np.zeros(on_skin.shape, np.float32)
        area[on_skin] = amount
        return Feature(label, area, sigma, mean)

    features = [
        feature("brows: darker", brows, _BROW_SIGMA, _BROW_MEAN),
        feature("brows: higher", higher, _BROW_MEAN, none),
        feature("brows: thicker", thicker, _BROW_MEAN, none),
        feature("beard", beard, _BEARD_SIGMA, none),
        feature("moustache", moustache, _MOUSTACHE_SIGMA, none),
        feature("lips: darker", lips, _LIPS_DARK_SIGMA, none),
        feature("lips: redder", lips, _LIPS_RED_SIGMA, none),
        feature("lashes: darker", lashes, _LASHES_SIGMA, _LASHES_MEAN),
    ]
    if "left_eyeball" in topology.regions:
        whites, irises = (np.stack(areas) for areas in zip(*(_eyes(mesh, topology, tile, size) for tile in tiles)))
        features += [
            Feature("whites: darker", whites, _WHITES_SIGMA, _WHITES_MEAN),
            Feature("irises: lighter", irises, _IRIS_LIGHT_SIGMA, none),
            Feature("irises: bluer", irises, _IRIS_BLUE_SIGMA, none),
        ]
    return features


def _eyes(mesh: Mesh, topology: Topology, tile: Tile, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(size, size) float32, the eyeballs' whites and irises."""
    raster = rasterise_uv(mesh.uvs[mesh.triangle_corners].astype(np.float64), size, tile)
    whites, irises = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    for side in ("left", "right"):
        ball = topology.regions[f"{side}_eyeball"]
        texels = np.append(ball[mesh.triangles].all(axis=1), False)[raster.triangle]
        corners = mesh.vertices[mesh.triangles[raster.triangle[texels]]]
        used = mesh.vertices[ball]
        offset = np.einsum("nk,nkd->nd", raster.barycentrics[texels], corners)
        offset -= 0.5 * (used.min(axis=0) + used.max(axis=0))
        angle = np.degrees(np.arccos(offset[:, 2] / np.linalg.norm(offset, axis=1)))
        whites[texels] = np.interp(angle, _IRIS_EDGE, (0.0, 1.0))
        irises[texels] = np.interp(angle, (*_PUPIL_EDGE, *_IRIS_EDGE), (0.0, 1.0, 1.0, 0.0))
    return whites, irises


def _rest_points(mesh: Mesh, topology: Topology, tile: Tile, size: int, padding: int) -> np.ndarray:
    """(size, size, 3) float32, mm, where the texels lie on the outer skin of the rest head; NaN elsewhere."""
    raster = rasterise_uv(mesh.uvs[mesh.triangle_corners].astype(np.float64), size, tile)
    points = np.full((size, size, 3), np.nan, np.float32)
    outer = np.append(topology.skin[mesh.triangles].all(axis=1), False)[raster.triangle]
    corners = mesh.vertices[mesh.triangles[raster.triangle[outer]]]
    points[outer] = np.einsum("nk,nkd->nd", raster.barycentrics[outer], corners)
    return pad_image(points, raster.covered, padding)


class _Skin:
    """(N, 3) points of the outer skin, mm, and how much of a feature, 0..1, they have."""

    def __init__(self, mesh: Mesh, topology: Topology, points: np.ndarray):
        self._mesh, self._topology, self._points = mesh, topology, points.astype(np.float64)
        self._marks = topology.landmarks_68.evaluate(mesh.vertices)

    def brows(self, raised: float, thickness: float) -> np.ndarray:
        """Both brows, moved up by mm and thicker by a factor."""
        known = surface_points(self._topology.key)
        places = known.landmarks.evaluate(self._mesh.vertices)
        amount = np.zeros(len(self._points))
        for numbers in (np.array([_BROW_UPPER, _BROW_LOWER]), known.mirror[np.array([_BROW_UPPER, _BROW_LOWER])]):
            upper, lower = places[numbers]
            line = 0.5 * (upper + lower) + (0.0, raised, 0.0)
            widths = 0.5 * np.linalg.norm(upper - lower, axis=1) + _BROW_MARGIN
            near = np.flatnonzero(np.linalg.norm(self._points - line.mean(axis=0), axis=1) < 45.0)
            share = _distance_in_widths(self._points[near], line, thickness * widths)
            amount[near] = np.maximum(amount[near], 0.5 - 0.5 * np.tanh((share - 1.0) / _BROW_SOFT))
        return amount

    def beard(self) -> tuple[np.ndarray, np.ndarray]:
        """Where a beard grows on chin, jaw and cheeks; and the moustache."""
        marks, (x, y, z) = self._marks, self._points.T
        nose, chin, corners = marks[33], marks[8], marks[[48, 54]]
        corner = np.append(np.abs(corners[:, 0]).mean(), corners[:, 1:].mean(axis=0))
        jaw = marks[[4, 12]].mean(axis=0)
        side, ear = np.abs(marks[[0, 16], 0]).mean(), marks[[0, 16], 1].mean()
        # From under the nose around the corners of the mouth over the cheeks to the ears.
        edge = np.interp(
            np.abs(x),
            [0.0, 0.6 * corner[0], corner[0], 1.5 * corner[0], side],
            [nose[1] - 2.0, nose[1] - 4.0, corner[1] + 6.0, corner[1] + 2.0, ear - 15.0],
        )
        soft = _BEARD_SOFT
        area = _step(edge - y, soft) * _step(y - (chin[1] - 20.0), 2.0 * soft) * _step(z - (jaw[2] - 30.0), 2.0 * soft)
        mouth = self._topology.regions["lips"] | self._topology.regions["mouth_bag"]
        distance, _ = cKDTree(self._mesh.vertices[mouth]).query(self._points, distance_upper_bound=_LIPS_GAP[1])
        area *= np.clip((distance - _LIPS_GAP[0]) / (_LIPS_GAP[1] - _LIPS_GAP[0]), 0.0, 1.0)
        upper = _step(y - corner[1], soft) * _step(corner[0] + 6.0 - np.abs(x), soft)
        return area * (1.0 - upper), area * upper

    def lips(self) -> np.ndarray:
        """The lips' red."""
        vertices = self._mesh.vertices
        lips = self._topology.regions["lips"]
        near = np.linalg.norm(self._points - vertices[lips].mean(axis=0), axis=1) < 60.0
        skin = np.flatnonzero(self._topology.skin)
        distance, nearest = cKDTree(vertices[skin]).query(self._points[near], k=4)
        weights = 1.0 / np.maximum(distance, 0.05) ** 2
        amount = np.zeros(len(self._points))
        amount[near] = (weights * lips[skin][nearest]).sum(axis=1) / weights.sum(axis=1)
        return amount

    def lashes(self) -> np.ndarray:
        """The upper lids' edges."""
        amount = np.zeros(len(self._points))
        for name in ("left_lids", "right_lids"):
            rim = self._mesh.vertices[self._topology.rims[name]]
            inner, outer = rim[np.argmin(np.abs(rim[:, 0]))], rim[np.argmax(np.abs(rim[:, 0]))]
            across = (rim[:, 0] - inner[0]) / (outer[0] - inner[0])
            line = rim[rim[:, 1] > inner[1] + across * (outer[1] - inner[1])]
            distance, _ = cKDTree(line).query(self._points, distance_upper_bound=4.0 * _LASHES_WIDTH)
            amount = np.maximum(amount, np.exp(-((distance / _LASHES_WIDTH) ** 2)))
        return amount


def _distance_in_widths(points: np.ndarray, line: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """(N,) distance of points to a polyline (K, 3), in its half-width there, which is given at its corners (K,)."""
    least = np.full(len(points), np.inf)
    for start, end, first, last in zip(line[:-1], line[1:], widths[:-1], widths[1:], strict=True):
        along = end - start
        at = np.clip((points - start) @ along / (along @ along), 0.0, 1.0)
        distance = np.linalg.norm(points - start - at[:, None] * along, axis=1)
        least = np.minimum(least, distance / (first + at * (last - first)))
    return least


def _step(distance: np.ndarray, soft: float) -> np.ndarray:
    """0 below, 1 above, over `soft` mm."""
    share = np.clip(0.5 + distance / soft, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
