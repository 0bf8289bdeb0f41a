"""Where a texture finds the other side of the head."""

import numpy as np
import pytest

from headbridge.spatial.rasterise import rasterise_uv
from headbridge.texture.mirroring import mirror_places
from headbridge.texture.sampling import bilinear_matrix
from headbridge.topologies import load_builtin, load_topology

SIZE = 128
TILES = {"flame": ((0, 0),), "hack": ((0, 0), (1, 0))}


def rest_points(mesh, tiles):
    """(T, SIZE, SIZE, 3) mm, NaN where there is nothing."""
    points = np.full((len(tiles), SIZE, SIZE, 3), np.nan)
    for number, tile in enumerate(tiles):
        raster = rasterise_uv(mesh.uvs[mesh.triangle_corners], SIZE, tile)
        corners = mesh.vertices[mesh.triangles[raster.triangle[raster.covered]]]
        points[number][raster.covered] = np.einsum("nk,nkd->nd", raster.barycentrics[raster.covered], corners)
    return points


@pytest.mark.parametrize("key", ["flame", "hack"])
def test_the_places_lie_across_the_midline(key):
    mesh, topology, tiles = load_builtin(key), load_topology(key), TILES[key]
    # FLAME's mean head is not quite the same on both sides.
    symmetric = 0.5 * (mesh.vertices + mesh.vertices[topology.mirror] * (-1.0, 1.0, 1.0))
    mesh = mesh.with_vertices(symmetric)
    points = rest_points(mesh, tiles)
    places = mirror_places(mesh, topology.mirror, tiles, SIZE, 0)
    covered = np.isfinite(points[..., 0])
    assert (np.isfinite(places[..., 0]) == covered).all()
    # Texels around seams would mix points of both their sides.
    across = bilinear_matrix(places[covered], tiles, SIZE) @ np.where(covered[..., None], points, 1e6).reshape(-1, 3)
    away = np.linalg.norm(across - points[covered] * (-1.0, 1.0, 1.0), axis=1)
    assert np.median(away) < 0.1
    assert (away < 1.0).mean() > 0.85


def test_padding_goes_on_as_the_nearest_texel():
    mesh, topology = load_builtin("flame"), load_topology("flame")
    bare = mirror_places(mesh, topology.mirror, TILES["flame"], SIZE, 0)[0]
    padded = mirror_places(mesh, topology.mirror, TILES["flame"], SIZE, 3)[0]
    inside = np.isfinite(bare[..., 0])
    np.testing.assert_array_equal(padded[inside], bare[inside])
    assert np.isfinite(padded[..., 0]).sum() > inside.sum()
    assert np.isnan(padded[..., 0]).any()
