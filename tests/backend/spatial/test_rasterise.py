"""Coverage of UV layouts: known counts, shared edges without gaps or double texels, agreement with rational numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import Delaunay

from headbridge.errors import InputError
from headbridge.spatial.rasterise import UvRasteriser, rasterise_uv
from headbridge.topologies import load_builtin

from .rasterise_reference import rasterise_uv as rasterise_plainly

UNIT_SQUARE = np.array([[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]], [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]]])


@pytest.fixture(scope="module")
def flame_triangles():
    mesh = load_builtin("flame")
    return mesh.uvs[mesh.triangle_corners]


def triangulated_square(seed: int, count: int, grid: int) -> np.ndarray:
    """A random triangulation of the unit square whose points lie on a grid, so that many texel centres of a picture
    half as fine lie exactly on edges and corners."""
    corners = [[0, 0], [grid, 0], [0, grid], [grid, grid]]
    points = np.unique(np.concatenate([corners, np.random.default_rng(seed).integers(0, grid + 1, (count, 2))]), axis=0)
    return (points / grid)[Delaunay(points).simplices]


@pytest.mark.parametrize("size, texels", [(256, 58_515), (512, 235_219), (1024, 940_901)])
def test_flame_covers_the_published_number_of_texels(flame_triangles, size, texels):
    raster = rasterise_uv(flame_triangles, size)
    assert np.count_nonzero(raster.covered) == texels
    assert raster.count.max() == 1


@pytest.mark.slow
@pytest.mark.parametrize("size, seed", [(16, 0), (16, 1), (37, 2)])
def test_agrees_with_rational_numbers(size, seed):
    rng = np.random.default_rng(seed)
    # Multiples of a 64th put centres on edges; some triangles stick out of the tile, some have no area.
    triangles = rng.integers(-16, 80, (25, 3, 2)) / 64.0
    triangles[7] = triangles[7, :1]
    raster, plain = rasterise_uv(triangles, size), rasterise_plainly(triangles, size)
    if size == 16:
        np.testing.assert_array_equal(raster.count, plain.count)
        np.testing.assert_array_equal(raster.triangle, plain.triangle)
    else:  # A 37th of a 64th is no binary fraction: a centre on an edge may change sides.
        assert np.count_nonzero(raster.count != plain.count) <= 2
    same = raster.triangle == plain.triangle
    np.testing.assert_allclose(raster.barycentrics[same], plain.barycentrics[same], atol=1e-4)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("turned", [False, True])
def test_shared_edges_are_covered_once_and_leave_no_gap(seed, turned):
    triangles = triangulated_square(seed, count=300, grid=64)
    if turned:
        triangles[::2] = triangles[::2, ::-1]
    for size in (32, 256, 300):
        assert (rasterise_uv(triangles, size).count == 1).all()


def test_row_0_is_the_top_and_centres_lie_half_a_texel_in():
    strip = np.array([[[0.0, 0.75], [1.0, 0.75], [1.0, 1.0]], [[0.0, 0.75], [1.0, 1.0], [0.0, 1.0]]])
    raster = rasterise_uv(strip, 4)
    assert raster.covered[0].all() and not raster.covered[1:].any()
    u = (raster.barycentrics[0] * strip[raster.triangle[0], :, 0]).sum(axis=-1)
    np.testing.assert_allclose(u, [0.125, 0.375, 0.625, 0.875], atol=1e-6)


def test_the_lowest_index_wins_and_all_are_counted():
    triangles = np.concatenate([UNIT_SQUARE + 5.0, UNIT_SQUARE, UNIT_SQUARE[::-1]])
    raster = rasterise_uv(triangles, 50)
    assert set(np.unique(raster.triangle)) == {2, 3}
    assert (raster.count == 2).all()


def test_tiles_are_rasterised_by_themselves(flame_triangles):
    moved = flame_triangles.astype(np.float64) + (2.0, 1.0)
    assert not rasterise_uv(moved, 256).covered.any()
    there = rasterise_uv(moved, 256, tile=(2, 1))
    assert np.count_nonzero(there.covered) == 58_515


def test_bands_join_to_the_whole(flame_triangles):
    rasteriser = UvRasteriser(flame_triangles, (300, 500))
    whole = rasteriser.raster()
    bands = [rasteriser.raster(first, last) for first, last in ((0, 1), (1, 177), (177, 300))]
    for name in ("triangle", "barycentrics", "count"):
        np.testing.assert_array_equal(np.concatenate([getattr(b, name) for b in bands]), getattr(whole, name))


def test_an_empty_layout_covers_nothing():
    raster = rasterise_uv(np.zeros((0, 3, 2)), 16)
    assert not raster.covered.any() and not raster.count.any()


@pytest.mark.parametrize("value, words", [(np.nan, "not finite"), (1.0e9, "tiles far")])
def test_impossible_uvs_are_refused(value, words):
    triangles = UNIT_SQUARE.copy()
    triangles[1, 2, 0] = value
    with pytest.raises(InputError, match=words):
        rasterise_uv(triangles, 64)
