"""Residuals of which the whole is known."""

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from headbridge.mesh.udim import occupied_tiles
from headbridge.texture.inpainting.kriging import ResidualKriging
from headbridge.texture.inpainting.masks import texel_places
from headbridge.texture.sampling import bilinear_matrix
from headbridge.topologies import load_builtin, load_topology

pytestmark = pytest.mark.slow

SIZE = 128


@pytest.fixture(scope="module")
def kriging() -> ResidualKriging:
    return ResidualKriging("flame", SIZE)


@pytest.fixture(scope="module")
def places() -> np.ndarray:
    """(1, SIZE, SIZE, 3) mm, NaN off the charts."""
    return texel_places("flame", SIZE)[0]


def spread(kriging, places, residual: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The kriged residual, from which no more is known than the mask says."""
    spoiled = np.where(known[..., None], residual, 0.3)
    return kriging(spoiled.astype(np.float32), known & np.isfinite(places[..., 0]))


def near(places: np.ndarray, place, reach: float) -> np.ndarray:
    return np.linalg.norm(np.nan_to_num(places, nan=1e6) - place, axis=-1) < reach


def face_of(places: np.ndarray) -> np.ndarray:
    """Texels of the front of the skin."""
    mesh, topology = load_builtin("flame"), load_topology("flame")
    eyes = mesh.vertices[topology.regions["left_eyeball"] | topology.regions["right_eyeball"]].mean(axis=0)
    return (places[..., 2] > eyes[2]) & (np.abs(places[..., 1] - eyes[1]) > 25.0)


def test_known_residuals_stay_and_one_colour_is_lacking_everywhere(kriging, places):
    known = places[..., 0] > 0.0
    found = spread(kriging, places, np.full((*known.shape, 3), (0.1, -0.05, 0.02)), known)
    skin = face_of(places)
    assert np.abs(found[skin & known] - (0.1, -0.05, 0.02)).max() < 0.003
    off = np.abs(found - (0.1, -0.05, 0.02))[skin & ~known]
    assert off.mean() < 0.01 and off.max() < 0.04
    far = ~binary_dilation(np.isfinite(places[0, ..., 0]), iterations=6)
    assert far.any() and not found[0, far].any()


def test_even_shading_is_continued(kriging, places):
    shading = np.nan_to_num(places[..., :1]) * (0.001, 0.001, 0.0012)
    skin = face_of(places)
    for known in (places[..., 0] > 0.0, places[..., 1] > np.nanmedian(places[skin, 1])):
        found = spread(kriging, places, shading, known)
        hidden = skin & ~known
        assert np.abs(found - shading)[hidden].mean() < 0.5 * np.abs(shading)[hidden].mean()


def test_the_other_half_is_believed_to_lack_the_same(kriging, places):
    spot = np.array([35.0, -30.0, 55.0])
    spot = places.reshape(-1, 3)[np.nanargmin(np.linalg.norm(places.reshape(-1, 3) - spot, axis=1))]
    residual = np.where(near(places, spot, 12.0)[..., None], 0.1, 0.0) * np.ones(3)
    found = spread(kriging, places, residual, places[..., 0] > 0.0)
    across = near(places, spot * (-1.0, 1.0, 1.0), 5.0)
    assert across.any() and 0.04 < found[across].mean() < 0.1
    beyond = face_of(places) & (places[..., 0] < 0.0) & ~near(places, spot * (-1.0, 1.0, 1.0), 40.0)
    assert np.abs(found[beyond]).mean() < 0.01


def test_eyes_tell_nothing_of_the_skin_and_nothing_known_changes_nothing(kriging, places):
    mesh, topology = load_builtin("flame"), load_topology("flame")
    ball = mesh.vertices[topology.regions["left_eyeball"]]
    known = near(places, 0.5 * (ball.min(axis=0) + ball.max(axis=0)), 0.55 * np.ptp(ball[:, 0]))
    # Lids lie as near as that, too; the balls' charts are by themselves in the corners.
    known[:, SIZE // 4 :] = False
    found = spread(kriging, places, np.full((*known.shape, 3), 0.2), known)
    assert known.any() and np.abs(found[known] - 0.2).max() < 0.01
    # All that the skin is told is that colours may change evenly.
    assert np.abs(found[face_of(places)]).max() < 0.02
    assert not spread(kriging, places, np.ones((*known.shape, 3)), np.zeros_like(known)).any()


@pytest.mark.parametrize("layout", ["flame", "hack"])
def test_both_sides_of_the_layouts_seams_get_the_same(layout):
    mesh, no_match = load_builtin(layout), load_topology(layout).no_match
    places, normals = texel_places(layout, SIZE)
    residual = np.nan_to_num(places) * 0.001
    found = ResidualKriging(layout, SIZE)(residual.astype(np.float32), normals[..., 2] > 0.3)
    # The middle of every edge, in the layout's corners of the triangles beside it.
    ends = mesh.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    corners = mesh.uvs[mesh.triangle_corners].astype(np.float64)
    middles = 0.5 * (corners + np.roll(corners, -1, axis=1)).reshape(-1, 2)
    order = np.lexsort(np.sort(ends, axis=1).T)
    ends, middles = np.sort(ends[order], axis=1), middles[order]
    seam = (ends[1:] == ends[:-1]).all(axis=1) & (np.abs(middles[1:] - middles[:-1]).max(axis=1) > 0.01)
    seam &= ~no_match[ends[1:]].any(axis=1)
    sides = (bilinear_matrix(side[seam], tuple(occupied_tiles(mesh)), SIZE) for side in (middles[1:], middles[:-1]))
    one, other = (side @ found.reshape(-1, 3) for side in sides)
    assert seam.sum() > 20 and np.abs(one).max() > 0.03
    assert np.abs(one - other).mean() < 0.03 * np.abs(one).max()
