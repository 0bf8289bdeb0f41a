"""UDIM tiles by number, by layout and by file name."""

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.mesh.udim import occupied_tiles, tile_number, tile_paths


def layout(*triangles) -> Mesh:
    """A mesh of separate triangles with given UVs."""
    uvs = np.array(triangles, dtype=np.float64).reshape(-1, 2)
    vertices = np.random.default_rng(1).random((len(uvs), 3))
    return Mesh.from_faces(vertices, np.arange(len(uvs)).reshape(-1, 3), uvs=uvs, name="head")


UNIT = [(0, 0), (1, 0), (0, 1)]


def moved(u, v, triangle=UNIT):
    return [(a + u, b + v) for a, b in triangle]


def test_numbers():
    assert [tile_number(tile) for tile in ((0, 0), (1, 0), (9, 0), (0, 1), (3, 2))] == [1001, 1002, 1010, 1011, 1024]


def test_a_triangle_lies_in_the_tile_of_its_centre_though_it_fills_it_or_reaches_out():
    for slip in (0.0, 1e-7, -1e-7, 3e-5, 0.2):
        assert occupied_tiles(layout(moved(slip, slip))) == [(0, 0)]
        assert occupied_tiles(layout(moved(2 + slip, 1 - slip))) == [(2, 1)]


def test_tiles_come_by_number():
    assert occupied_tiles(layout(moved(1, 1), moved(3, 0), UNIT)) == [(0, 0), (3, 0), (1, 1)]


def test_triangles_without_area_occupy_nothing():
    assert occupied_tiles(layout(moved(1, 0), [(0.5, 0.5)] * 3, [(-5, 3)] * 3)) == [(1, 0)]
    with pytest.raises(InputError, match="The UVs of head cover no area; unwrap it again."):
        occupied_tiles(layout([(0.5, 0.5)] * 3))


@pytest.mark.parametrize(
    ("mesh", "message"),
    [
        (layout(UNIT, moved(-0.5, 0)), "head has negative UVs .down to -0.1667., where there is no UDIM tile; move"),
        (layout(moved(0, -3)), "head has negative UVs .down to -2.667.,"),
        (layout(moved(9.75, 0)), "head has UVs up to u = 10.08, v = 0.3333, but tiles end at u = 10"),
        (layout(moved(0, 900)), "v = 900.3, but tiles end at u = 10, v = 900"),
        (layout([(0, 0), (1, 0), (0, np.nan)]), "head has UVs that are not finite numbers"),
        (Mesh.from_faces(np.eye(3), [[0, 1, 2]], name="bare"), "bare has no UVs; unwrap it first"),
    ],
)
def test_layouts_outside_all_tiles_are_refused(mesh, message):
    with pytest.raises(InputError, match=message):
        occupied_tiles(mesh)


def test_paths():
    assert tile_paths("a.png", [(2, 0)], "The target") == {(2, 0): "a.png"}
    assert tile_paths("a.<UDIM>.png", [(2, 0)], "The target") == {(2, 0): "a.1003.png"}
    assert tile_paths("b/<UDIM>_x.exr", [(0, 0), (0, 1)], "") == {(0, 0): "b/1001_x.exr", (0, 1): "b/1011_x.exr"}
    with pytest.raises(InputError) as caught:
        tile_paths("b.c/a.png", [(0, 0), (2, 0)], "the layout of 'head'")
    assert str(caught.value) == (
        "b.c/a.png: the layout of 'head' lies in 2 UDIM tiles (1001, 1003), each with an image of its own; "
        "put <UDIM> into the name: b.c/a_<UDIM>.png"
    )
