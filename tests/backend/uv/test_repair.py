"""Mending: what was mapped stays, holes are filled, folds go, overhangs take the room they have."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import Cancelled
from headbridge.mesh.uv_layout import signed_areas, uv_layout
from headbridge.progress import Progress
from headbridge.uv.cut import CutMesh
from headbridge.uv.mapping import Mapping
from headbridge.uv.repair import repair

from .tubes import HIGH, LOW, MARGIN, RADIUS, tube


def mapping_of(mesh, *, free=None, held=None, pinned=None, uvs=None, apart=None):
    """A tube cut along its seam whose points lie at the formula's UVs, or others; free, held, pinned: (N,) bool."""
    layout = uv_layout(mesh)
    count = len(layout.uvs)
    nothing = np.zeros(count, bool)
    free, held, pinned = (nothing if m is None else m for m in (free, held, pinned))
    cut = CutMesh(
        layout.corner_points, layout.point_vertices, np.zeros(count, np.int32), nothing, np.zeros((0, 2), np.int32)
    )
    return Mapping(
        mesh,
        np.ones(len(mesh.corners), bool),
        cut,
        layout.triangles,
        layout.uvs if uvs is None else uvs,
        np.where(free, 0.0, 1.0),
        held,
        pinned,
        np.zeros(len(mesh.face_sizes), bool) if apart is None else apart,
    )


def repaired(mapping, skin=None, progress=None):
    mesh = mapping.part
    skin = np.ones(len(mesh.vertices), bool) if skin is None else skin
    return repair(mapping, mesh.vertices, skin, Progress() if progress is None else progress)


@pytest.fixture(scope="module")
def mesh():
    return tube(24, 12)


def test_a_mapping_without_folds_stays_as_it_is(mesh):
    mapping = mapping_of(mesh)
    np.testing.assert_allclose(repaired(mapping).uvs, mapping.uvs, atol=1e-9)


@pytest.mark.parametrize("inner", [False, True])
def test_a_hole_in_a_layout_without_stretch_is_filled_as_it_was(mesh, inner):
    # As high in the layout as the facets make it, so that the tube is unrolled at one scale.
    uvs = uv_layout(mesh).uvs * [1.0, (HIGH - LOW) / (24.0 * 2.0 * RADIUS * np.sin(np.pi / 24.0))]
    free = np.linalg.norm(uvs - uvs.mean(axis=0), axis=1) < 0.15
    lost = np.where(free[:, None], np.random.default_rng(0).random(uvs.shape), uvs)
    mapping = mapping_of(mesh, free=free, uvs=lost)
    skin = np.ones(len(mesh.vertices), bool)
    skin[mapping.cut.point_vertices[free]] = not inner
    result = repaired(mapping, skin)
    assert free.sum() > 20 and not result.flipped.any()
    np.testing.assert_allclose(result.uvs, uvs, atol=1e-6)


def test_a_fold_is_mended_and_what_is_far_from_it_stays(mesh):
    uvs = np.array(uv_layout(mesh).uvs)
    point = np.argmin(np.linalg.norm(uvs - [0.5, 0.5], axis=1))
    before = uvs.copy()
    uvs[point] += [0.06, 0.04]
    mapping = mapping_of(mesh, uvs=uvs)
    assert (signed_areas(uvs[mapping.triangles]) <= 0.0).any()
    result = repaired(mapping)
    assert not result.flipped.any() and signed_areas(result.uvs[mapping.triangles]).min() > 0.0
    far = np.linalg.norm(before - before[point], axis=1) > 0.25
    assert np.abs(result.uvs - before)[far].max() < 0.002


def test_points_on_seams_are_held_ten_times_as_firmly(mesh):
    uvs = np.array(uv_layout(mesh).uvs)
    free = np.linalg.norm(uvs - [0.5, 0.5], axis=1) < 0.001
    around = (np.linalg.norm(uvs - [0.5, 0.5], axis=1) < 0.08) & ~free
    shifted = uvs + np.where(around, 0.01, 0.0)[:, None] * np.sign(np.random.default_rng(0).normal(size=uvs.shape))
    moved = []
    for held in (np.zeros(len(uvs), bool), around):
        result = repaired(mapping_of(mesh, free=free, held=held, uvs=shifted))
        moved.append(np.linalg.norm(result.uvs - shifted, axis=1)[around].mean())
    assert moved[1] < 0.5 * moved[0]


def test_an_overhang_lies_between_the_surface_and_the_pinned_end():
    mesh = tube(24, 14, low=LOW - 40.0)
    layout = uv_layout(mesh)
    height = mesh.vertices[layout.point_vertices, 1]
    free, end = height < LOW + 40.0, height < LOW - 39.0
    # About as high in the layout as in space, so that 80 mm of overhang have the room of 40 mm.
    uvs = layout.uvs * [1.0, 0.4]
    uvs[end, 1] = bottom = 0.4 * MARGIN
    result = repaired(mapping_of(mesh, free=free, pinned=end, uvs=uvs))
    assert not result.flipped.any() and signed_areas(result.uvs[layout.triangles]).min() > 0.0
    np.testing.assert_allclose(result.uvs[end, 1], bottom, atol=2e-4)
    # It takes the room there is and does not push against the surface above.
    np.testing.assert_allclose(result.uvs[~free], uvs[~free], atol=1e-3)
    # Each of its rows has its share: none less than a third of the mean.
    rows = [result.uvs[np.abs(height - level) < 1.0, 1].mean() for level in np.unique(np.round(height[free]))]
    assert np.diff(rows).min() > np.diff(rows).mean() / 3.0


def test_cancel(mesh):
    uvs = np.array(uv_layout(mesh).uvs)
    mapping = mapping_of(mesh, uvs=uvs + np.random.default_rng(0).normal(scale=0.03, size=uvs.shape))
    with pytest.raises(Cancelled):
        repaired(mapping, progress=Progress(should_stop=lambda: True))
