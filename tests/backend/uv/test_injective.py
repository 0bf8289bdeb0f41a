"""Layouts made injective: folds go, the rest stays, what cannot be repaired is named."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import Cancelled
from headbridge.mesh.uv_layout import signed_areas, uv_layout
from headbridge.progress import Progress
from headbridge.topologies import load_builtin
from headbridge.uv.injective import _opened, make_injective

from .planar_meshes import disc, edges_of, grid


def repair(uvs, triangles, shape, *, hold=0.0, fixed=None, rest=None, weights=None, anchors=None, **options):
    """Mend `uvs`, each triangle wanted as in the (N, 2) `shape`, every point anchored with a stiffness of `hold` times a
    triangle's."""
    rest = edges_of(shape, triangles) if rest is None else rest
    firmness = np.broadcast_to(hold / np.median(np.linalg.det(rest)), len(uvs))
    return make_injective(
        uvs,
        triangles,
        rest,
        np.ones(len(triangles)) if weights is None else weights,
        uvs if anchors is None else anchors,
        firmness,
        np.zeros(len(uvs), bool) if fixed is None else fixed,
        **options,
    )


def folded(uvs, triangles):
    return int((signed_areas(uvs[triangles]) <= 0.0).sum())


def rounded(uvs):
    return uvs.astype(np.float32).astype(np.float64)


def test_a_layout_at_rest_keeps_every_bit():
    points, triangles, _ = disc(10)
    result = repair(points, triangles, points, hold=0.1)
    np.testing.assert_array_equal(result.uvs, points)
    assert not result.flipped.any()
    assert result.energies == pytest.approx([0.0], abs=1e-9)


def test_a_vertex_dragged_over_its_neighbours_comes_back():
    points, triangles = grid(41, 41)
    step = 0.6 / 40
    dragged = np.array(points)
    dragged[20 * 41 + 20] += [3.4 * step, 1.7 * step]
    assert folded(dragged, triangles) == 3
    result = repair(dragged, triangles, points, hold=0.02)
    assert folded(rounded(result.uvs), triangles) == 0 and not result.flipped.any()
    moved = np.linalg.norm(result.uvs - points, axis=1) / step
    away = np.abs(points - dragged[20 * 41 + 20]).max(axis=1) / step
    assert moved.max() < 1.0
    assert moved[away > 10].max() < 0.01


@pytest.mark.parametrize("start", ["random", "a point", "a line", "turned over"])
def test_the_inside_of_a_fixed_circle_takes_its_shape_again(start):
    points, triangles, rim = disc(12)
    inside = np.random.default_rng(0).uniform(0.2, 0.8, points.shape)
    if start == "a point":
        inside[:] = 0.6
    elif start == "a line":
        inside[:] = np.stack([points[:, 0], 0.5 + 0.1 * points[:, 0]], axis=1)
    elif start == "turned over":
        inside[:] = np.stack([1.0 - points[:, 0], points[:, 1]], axis=1)
    scrambled = np.where(rim[:, None], points, inside)
    assert folded(scrambled, triangles) > 300
    result = repair(scrambled, triangles, points, fixed=rim)
    np.testing.assert_array_equal(result.uvs[rim], points[rim])
    assert folded(rounded(result.uvs), triangles) == 0 and not result.flipped.any()
    np.testing.assert_allclose(result.uvs, points, atol=1e-3)


def crescent(points):
    """A bent, thin shape that no embedding of its outline by averages fits into."""
    x, y = (points - 0.5).T / 0.3
    return np.stack([0.5 + 0.3 * x, 0.5 + 0.05 * y - 0.25 * x * x], axis=1)


def test_a_large_bag_collapsed_inside_a_small_bent_outline_unfolds():
    points, triangles, rim = disc(14)
    outline = crescent(points)
    collapsed = np.where(rim[:, None], outline, outline.mean(axis=0))
    result = repair(collapsed, triangles, points, fixed=rim, weights=np.full(len(triangles), 1e-4))
    np.testing.assert_array_equal(result.uvs[rim], outline[rim])
    assert folded(rounded(result.uvs), triangles) == 0 and not result.flipped.any()
    assert np.isfinite(result.uvs).all()


def test_without_anything_to_hold_it_a_layout_becomes_its_rest_shape():
    points, triangles = grid(8, 6)
    rng = np.random.default_rng(0)
    start = points * [1.5, 0.7] + 0.01 * rng.normal(size=points.shape)
    result = repair(start, triangles, points, max_iterations=100)
    jacobians = edges_of(result.uvs, triangles) @ np.linalg.inv(edges_of(points, triangles))
    np.testing.assert_allclose(np.linalg.svd(jacobians, compute_uv=False), 1.0, atol=1e-3)


def test_the_energy_is_the_one_documented_and_only_decreases():
    points, triangles = grid(9, 9)
    rng = np.random.default_rng(0)
    start = points * [1.2, 0.9]
    weights = rng.uniform(0.1, 2.0, len(triangles))
    anchors = start + 0.01 * rng.normal(size=points.shape)
    result = repair(start, triangles, points, hold=0.5, weights=weights, anchors=anchors)
    firmness = 0.5 / np.median(np.linalg.det(edges_of(points, triangles)))

    def energy(uvs):
        stretches = np.linalg.svd(
            edges_of(uvs, triangles) @ np.linalg.inv(edges_of(points, triangles)), compute_uv=False
        )
        distortion = (stretches**2 + stretches**-2.0).sum(axis=1) / 4.0 - 1.0
        return weights @ distortion + firmness * ((uvs - anchors) ** 2).sum()

    assert result.energies[0] == pytest.approx(energy(start), rel=1e-6)
    assert result.energies[-1] == pytest.approx(energy(result.uvs), rel=1e-6)
    assert (np.diff(result.energies) <= 0.0).all()
    assert result.energies[-1] < 0.7 * result.energies[0]
    # A minimum: no small step along any direction gains.
    for _ in range(5):
        step = 1e-4 * rng.normal(size=points.shape)
        assert energy(result.uvs + step) > result.energies[-1]


@pytest.mark.parametrize("scale", [1e-4, 300.0])
def test_the_unit_of_length_does_not_matter(scale):
    points, triangles, rim = disc(6)
    scrambled = np.where(rim[:, None], points, np.random.default_rng(3).uniform(0.3, 0.7, points.shape))
    plain = repair(scrambled, triangles, points, hold=0.1, anchors=points)
    scaled = repair(scale * scrambled, triangles, scale * points, hold=0.1, anchors=scale * points)
    np.testing.assert_allclose(scaled.uvs / scale, plain.uvs, atol=1e-8)


def test_a_fixed_fold_is_named_and_the_rest_is_mended():
    points, triangles = grid(21, 21)
    start = np.array(points)
    fixed = np.zeros(len(points), bool)
    corner = triangles[0]
    fixed[corner] = True
    start[corner[0]], start[corner[1]] = points[corner[1]], points[corner[0]]
    start[10 * 21 + 10] += 0.1
    result = repair(start, triangles, points, hold=0.05, fixed=fixed)
    np.testing.assert_array_equal(result.uvs[fixed], start[fixed])
    assert result.flipped[0]
    np.testing.assert_array_equal(result.flipped, signed_areas(rounded(result.uvs)[triangles]) <= 0.0)
    far = (np.abs(points[triangles] - points[corner[0]]).max(axis=(1, 2))) > 0.2
    assert not result.flipped[far].any()
    assert np.isfinite(result.uvs).all()


def test_everything_fixed_stays_and_is_named():
    points, triangles = grid(4, 4)
    mirrored = points * [-1.0, 1.0]
    result = repair(mirrored, triangles, points, fixed=np.ones(len(points), bool))
    np.testing.assert_array_equal(result.uvs, mirrored)
    assert result.flipped.all()


def test_triangles_stay_positive_once_rounded_to_float32():
    points, triangles = grid(6, 6)
    # A row so close to the next that float32 cannot tell them apart, far from 0 where float32 is coarse.
    start = np.array(points)
    start[12:18, 1] = start[18:24, 1] - 2e-8
    assert folded(start, triangles) == 0
    assert folded(rounded(start), triangles) > 0
    result = repair(start, triangles, start, hold=0.1, rest=edges_of(points, triangles))
    assert folded(rounded(result.uvs), triangles) == 0 and not result.flipped.any()


def test_rest_shapes_without_area_do_no_harm():
    points, triangles = grid(9, 9)
    rest = edges_of(points, triangles)
    rest[5], rest[40, :, 1], rest[77] = 0.0, 2.0 * rest[40, :, 0], rest[77][:, ::-1]
    start = np.array(points)
    start[4 * 9 + 4] += 0.2
    result = repair(start, triangles, points, hold=0.05, rest=rest)
    assert np.isfinite(result.uvs).all()
    assert folded(rounded(result.uvs), triangles) == 0 and not result.flipped.any()


def test_a_point_that_belongs_to_no_triangle_stays():
    points, triangles = grid(9, 9)
    start = np.concatenate([points, [[0.9, 0.9]]])
    start[40] += 0.2
    result = repair(start, triangles, np.array(start), rest=edges_of(points, triangles))
    np.testing.assert_array_equal(result.uvs[-1], [0.9, 0.9])
    assert not result.flipped.any()


@pytest.mark.slow
def test_folds_on_a_head_are_mended_where_they_are():
    layout = uv_layout(load_builtin("flame"))
    triangles, rest = layout.triangles, edges_of(layout.uvs, layout.triangles)
    sound = np.linalg.det(rest) > 0.0
    triangles, rest = triangles[sound], rest[sound]
    size = np.sqrt(np.median(np.linalg.det(rest)))
    rng = np.random.default_rng(0)
    start, away = np.array(layout.uvs), np.full(len(layout.uvs), np.inf)
    for centre in layout.uvs[rng.choice(len(layout.uvs), 6, replace=False)]:
        distance = np.linalg.norm(layout.uvs - centre, axis=1)
        away = np.minimum(away, distance)
        cluster = distance < 3.0 * size
        start[cluster] += 3.0 * size * rng.normal(size=(cluster.sum(), 2))
    assert folded(start, triangles) > 80
    result = repair(start, triangles, layout.uvs, rest=rest, hold=0.1, anchors=layout.uvs)
    again = repair(start, triangles, layout.uvs, rest=rest, hold=0.1, anchors=layout.uvs)
    np.testing.assert_array_equal(result.uvs, again.uvs)
    assert folded(rounded(result.uvs), triangles) == 0
    moved = np.linalg.norm(result.uvs - layout.uvs, axis=1) / size
    assert moved.max() < 0.5
    assert moved[away > 30.0 * size].max() < 0.02


def test_it_reports_progress_and_can_be_cancelled():
    points, triangles, rim = disc(8)
    scrambled = np.where(rim[:, None], crescent(points), np.random.default_rng(0).random(points.shape))
    told = []
    repair(scrambled, triangles, points, fixed=rim, progress=Progress(lambda fraction, *_: told.append(fraction)))
    assert len(told) > 5 and told == sorted(told) and told[-1] > 0.5
    with pytest.raises(Cancelled):
        repair(scrambled, triangles, points, fixed=rim, progress=Progress(should_stop=lambda: True))


def test_a_triangle_that_only_rounding_turned_over_is_opened():
    """Two flat triangles on one side: one turned by less than rounding, one turned for good."""
    points = np.array([[0.2, 0.5], [0.8, 0.5], [0.5, 0.5 - 1e-9], [0.5, 0.9], [0.3, 0.2], [0.7, 0.2], [0.5, 0.19]])
    triangles = np.array([[0, 1, 2], [0, 2, 3], [2, 1, 3], [4, 5, 6]])
    opened = _opened(points, triangles, np.zeros(7, bool))
    areas = signed_areas(rounded(opened)[triangles])
    assert (areas[:3] > 0.0).all() and areas[3] < 0.0
    assert np.abs(opened - points).max() < 2e-6 and (opened != points).any(axis=1).sum() == 1
    # A point that is held stays where it is.
    np.testing.assert_array_equal(_opened(points, triangles, np.arange(7) == 2), points)
