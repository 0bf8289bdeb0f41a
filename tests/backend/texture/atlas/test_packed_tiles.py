"""Layouts of several tiles as one picture."""

import numpy as np
import pytest

from headbridge.spatial.rasterise import rasterise_uv
from headbridge.texture.atlas.packed_tiles import PackedTiles
from headbridge.topologies import load_builtin


@pytest.mark.parametrize(("key", "count"), [("flame", 1), ("hack", 2)])
def test_the_strip_covers_what_the_tiles_cover(key, count):
    mesh = load_builtin(key)
    packing = PackedTiles.of(mesh)
    assert len(packing.tiles) == count
    laid = packing.packed(mesh)
    whole = rasterise_uv(laid.uvs[laid.triangle_corners], (64, 64 * count)).covered
    layout = mesh.uvs[mesh.triangle_corners]
    for tile, covered in packing.split(whole).items():
        # Float32 layouts lose a bit when they move.
        assert np.mean(covered != rasterise_uv(layout, 64, tile).covered) < 0.005
    assert np.array_equal(packing.joined(packing.split(whole)), whole)
