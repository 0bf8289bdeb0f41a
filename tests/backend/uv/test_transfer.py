"""UV transfers between tubes whose layout is a formula."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.cache import Cache
from headbridge.errors import Cancelled
from headbridge.mesh import Mesh
from headbridge.mesh.uv_layout import signed_areas, uv_layout
from headbridge.progress import Progress
from headbridge.uv.job import UvInput, UvSettings
from headbridge.uv.transfer import transfer_uvs

from .tubes import HIGH, LOW, MARGIN, angles_of, on_the_back, triangulated, tube, tube_uvs

# float32, chords for arcs, and along the seam the quarter of a millimetre in which the source's seam is looked at.
CLOSE = 5e-5
ALONG_SEAM = 0.125 * (1.0 - 2.0 * MARGIN) / (HIGH - LOW) + CLOSE


def transfer(source, target, registered=None, *, progress=None):
    inputs = UvInput(source, target, source if registered is None else registered)
    return transfer_uvs(inputs, UvSettings(), Progress() if progress is None else progress, Cache(None))


@pytest.fixture(scope="module")
def source():
    return replace(tube(48, 10), name="layout")


def assert_formula(target, uvs, places=None, shift=(0.0, 0.0)):
    """Every corner has its vertex' UV, on the seam that of its face's side. places : the target as it lies on the
    source."""
    places = target if places is None else places
    centres = np.add.reduceat(places.vertices[places.corners], places.face_starts) / places.face_sizes[:, None]
    side = np.sign(np.repeat(centres[:, 0], places.face_sizes))
    seam = on_the_back(places)[places.corners]
    angles = np.where(seam, side * np.pi, angles_of(places)[places.corners])
    expected = tube_uvs(angles, places.vertices[places.corners, 1]) + shift
    np.testing.assert_allclose(uvs[~seam], expected[~seam], atol=CLOSE)
    np.testing.assert_allclose(uvs[seam, 0], expected[seam, 0], atol=CLOSE)
    np.testing.assert_allclose(uvs[seam, 1], expected[seam, 1], atol=ALONG_SEAM)


@pytest.mark.parametrize("make", [lambda mesh: mesh, triangulated])
def test_another_triangulation_gets_the_formula(source, make):
    target = replace(make(tube(20, 7)), uvs=None)
    result = transfer(source, target)
    assert result.corner_uvs.dtype == np.float32 and result.corner_uvs.shape == (len(target.corners), 2)
    assert_formula(target, result.corner_uvs)
    assert result.matched.all() and not result.problem_triangles.any()
    assert result.layout_name == "layout"


def test_both_sides_of_a_seam_beside_the_sources_continue(source):
    target = tube(20, 7, turn=0.4)
    result = transfer(source, target)
    layout = uv_layout(replace(target, uvs=result.corner_uvs))
    doubled = np.flatnonzero(np.bincount(layout.point_vertices) == 2)
    assert len(doubled) == 8 and len(layout.uvs) == len(target.vertices) + 8
    for vertex in doubled:
        both = layout.uvs[layout.point_vertices == vertex]
        np.testing.assert_allclose(np.sort(both[:, 0]), [MARGIN, 1.0 - MARGIN], atol=2e-3)
        assert both[0, 1] == pytest.approx(both[1, 1], abs=2e-3)
    assert signed_areas(layout.uvs[layout.triangles]).min() > 0.0


def test_units_and_pose_of_the_target_do_not_matter(source):
    target = tube(20, 7)
    rotation = Rotation.from_rotvec([0.3, -1.2, 0.7]).as_matrix()

    def moved(mesh):
        return mesh.with_vertices(0.001 * mesh.vertices @ rotation.T + [3.0, 2.0, -1.0])

    result = transfer(source, moved(target), moved(source))
    assert_formula(moved(target), result.corner_uvs, target)


def test_either_registered_mesh_gives_the_same(source):
    target = tube(20, 7)
    elsewhere = target.with_vertices(target.vertices[:, [2, 0, 1]] + 400.0)
    onto_target = transfer(source, elsewhere, source.with_vertices(source.vertices[:, [2, 0, 1]] + 400.0))
    onto_source = transfer(source, elsewhere, elsewhere.with_vertices(target.vertices))
    np.testing.assert_allclose(onto_target.corner_uvs, onto_source.corner_uvs, atol=2.0 * ALONG_SEAM)
    assert_formula(elsewhere, onto_target.corner_uvs, target)
    assert_formula(elsewhere, onto_source.corner_uvs, target)


@pytest.mark.parametrize("tile", [(2.0, 1.0), (0.0, -1.0)])
def test_the_layouts_tile_is_kept(source, tile):
    target = tube(20, 7)
    result = transfer(replace(source, uvs=source.uvs + np.float32(tile)), target)
    assert_formula(target, result.corner_uvs, shift=tile)


def test_a_degenerate_face_in_the_source_does_no_harm(source):
    uvs = np.array(source.uvs).reshape(-1, 4, 2)
    uvs[5 * 48 + 20] = uvs[5 * 48 + 20].mean(axis=0)
    target = tube(20, 7)
    result = transfer(replace(source, uvs=uvs.reshape(-1, 2)), target)
    assert result.metrics["flipped"]["count"] == 0 and result.metrics["covered_twice"]["all"] == 0.0
    moved = np.abs(result.corner_uvs - transfer(source, target).corner_uvs)
    assert np.median(moved) < CLOSE and moved.max() < 0.1


def test_metrics_tell_what_was_made(source):
    result = transfer(source, tube(20, 7))
    metrics = result.metrics
    assert metrics["triangles"]["all"] == 280 and metrics["flipped"]["count"] == 0
    assert metrics["covered_twice"]["texels"] == pytest.approx((1.0 - 2.0 * MARGIN) ** 2 * 1024**2, rel=0.005)
    assert metrics["smear"]["count"] == 0 and metrics["problem_triangles"] == 0
    assert metrics["longest_edge"]["all"] == pytest.approx(np.hypot(0.8 / 20.0, 0.8 / 7.0), rel=0.01)
    assert metrics["seconds"] >= sum(metrics["seconds_by_stage"].values()) > 0.0
    assert metrics["landmarks_px"] is None


TAPER = 0.1


def test_a_longer_tube_stays_within_the_layout():
    source, target = tube(48, 10, taper=TAPER), tube(20, 25, low=LOW - 30.0, taper=TAPER)
    result = transfer(source, target)
    triangles = result.corner_uvs[target.triangle_corners].astype(float)
    assert signed_areas(triangles).min() > 0.0 and result.metrics["covered_twice"]["all"] == 0.0
    end = target.vertices[target.corners, 1] < LOW - 29.0
    np.testing.assert_allclose(result.corner_uvs[end, 1], MARGIN, atol=0.003)
    assert result.corner_uvs.min() > MARGIN - 0.003 and result.corner_uvs.max() < 1.0 - MARGIN + 0.003
    # The rim asks for six times as much surface as it lies beyond.
    np.testing.assert_array_equal(result.matched, target.vertices[:, 1] > LOW - 30.0 + 6.0 * 30.0)
    np.testing.assert_allclose(
        result.corner_uvs[target.vertices[target.corners, 1] > HIGH - 1.0, 1], 1.0 - MARGIN, atol=0.003
    )


def test_a_bust_gets_charts_beside():
    source, target = tube(48, 10, taper=TAPER), tube(20, 32, low=LOW - 120.0, taper=TAPER)
    result = transfer(source, target)
    triangles = result.corner_uvs[target.triangle_corners].astype(float)
    assert signed_areas(triangles).min() > 0.0 and result.metrics["covered_twice"]["all"] == 0.0
    assert result.corner_uvs.min() >= 0.0 and result.corner_uvs.max() <= 1.0
    bust = target.vertices[target.triangles, 1].max(axis=1) < LOW - 30.0
    layout = uv_layout(replace(target, uvs=result.corner_uvs))
    assert not np.isin(layout.charts[bust], layout.charts[target.vertices[target.triangles, 1].min(axis=1) > LOW]).any()
    assert any("placed beside the layout" in note for note in result.notes)


def test_separate_parts_are_placed_beside(source):
    target, ball = tube(20, 7), tube(8, 3)
    both = Mesh.from_faces(
        np.concatenate([target.vertices, 0.15 * ball.vertices]),
        np.concatenate([target.corners, ball.corners + len(target.vertices)]).reshape(-1, 4),
    )
    result = transfer(source, both)
    main = len(target.corners)
    assert_formula(target, result.corner_uvs[:main])
    rest = result.corner_uvs[main:]
    within = ((rest > MARGIN) & (rest < 1.0 - MARGIN)).all(axis=1)
    assert not within.any() and rest.min() >= 0.0 and rest.max() <= 1.0
    np.testing.assert_array_equal(result.matched, np.arange(len(both.vertices)) < len(target.vertices))
    assert not result.problem_triangles.any() and result.metrics["covered_twice"]["all"] == 0.0


def test_a_mirrored_layout_is_transferred_over_mirrored(source):
    target = tube(20, 7)
    across = np.array([-1.0, 1.0], np.float32), np.array([1.0, 0.0], np.float32)
    mirrored = replace(source, uvs=source.uvs * across[0] + across[1])
    plain, turned = transfer(source, target), transfer(mirrored, target)
    np.testing.assert_allclose(turned.corner_uvs, plain.corner_uvs * across[0] + across[1], atol=1e-6)
    assert turned.metrics["flipped"]["count"] == 0 and not turned.problem_triangles.any()


def test_the_same_faces_are_copied():
    source = tube(12, 5)
    target = replace(source.with_vertices(np.zeros_like(source.vertices)), uvs=None)
    result = transfer_uvs(UvInput(source, target), UvSettings(), Progress(), Cache(None))
    np.testing.assert_array_equal(result.corner_uvs, source.uvs)
    assert result.matched.all() and "copied corner by corner" in result.notes[0]


class StopAt:
    """Asks to stop when it was asked so many times before."""

    def __init__(self, times):
        self.left = times

    def __call__(self):
        self.left -= 1
        return self.left < 0


def test_progress_rises_and_a_stop_is_obeyed():
    source, target = tube(48, 10, taper=TAPER), tube(20, 25, low=LOW - 30.0, taper=TAPER)
    seen = []
    transfer(source, target, progress=Progress(lambda fraction, message, vertices: seen.append(fraction)))
    assert seen == sorted(seen) and len(seen) >= 3 and 0.0 <= seen[0] and seen[-1] <= 1.0
    for stop_at in (0, 1, len(seen) - 1):
        with pytest.raises(Cancelled):
            transfer(source, target, progress=Progress(should_stop=StopAt(stop_at)))
