"""The built-in heads in each other's layouts: the numbers they have to reach, and what must not matter."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.cache import Cache
from headbridge.fitting.heads import load_head
from headbridge.fitting.posable import Posed
from headbridge.mesh import Mesh
from headbridge.mesh.uv_layout import uv_layout
from headbridge.metrics.uv_distortion import distortion_summary
from headbridge.metrics.uv_mirror import mirror_corners
from headbridge.models.conversion import hack_to_flame
from headbridge.progress import Progress
from headbridge.topologies import load_builtin, load_topology
from headbridge.uv.job import UvInput, UvSettings
from headbridge.uv.overlay import overlay_heads
from headbridge.uv.transfer import transfer_uvs

pytestmark = pytest.mark.slow


@cache
def worn(source, target, **settings):
    """The result of one built-in head wearing another's layout; registrations are kept in the cache of this run."""
    inputs = UvInput(load_builtin(source), load_builtin(target))
    return transfer_uvs(inputs, UvSettings(**settings), Progress())


@pytest.fixture(scope="module")
def flame_on_hack():
    return worn("flame", "hack", hold_out_folds=5)


def test_hack_wearing_flames_layout_reaches_its_bars(flame_on_hack):
    metrics = flame_on_hack.metrics
    assert metrics["flipped"]["count"] == 0
    assert metrics["covered_twice"]["all"] <= 0.001 and metrics["covered_twice"]["skin"] <= 0.001
    assert metrics["smear"]["count"] == 0
    assert metrics["symmetric_dirichlet"]["skin"]["area_mean"] <= 1.75
    assert metrics["mirror_asymmetry_px"]["median"] <= 0.9 and metrics["mirror_asymmetry_px"]["p95"] <= 2.8
    assert metrics["landmarks_px"]["used"]["count"] == 51 and metrics["landmarks_px"]["used"]["mean"] <= 2.0
    assert metrics["problem_triangles"] == 0 and flame_on_hack.layout_name == "FLAME"


def test_landmarks_that_were_not_used_are_found(flame_on_hack):
    held_out = flame_on_hack.metrics["landmarks_px"]["held_out"]
    assert held_out["count"] == 51 and held_out["mean"] <= 3.0
    assert held_out["mean"] > flame_on_hack.metrics["landmarks_px"]["used"]["mean"]
    assert worn("hack", "flame").metrics["landmarks_px"]["held_out"] is None


def test_the_seam_of_flames_layout_is_on_hacks_back_of_the_head(flame_on_hack):
    hack, topology = load_builtin("hack"), load_topology("hack")
    layout = uv_layout(replace(hack, uvs=flame_on_hack.corner_uvs))
    on_seam = np.bincount(layout.point_vertices, minlength=len(hack.vertices)) > 1
    on_seam &= topology.skin & flame_on_hack.matched
    assert on_seam.sum() > 50
    # On the back half, near the middle; HACK is in millimetres and faces +z.
    centre = hack.vertices[topology.skin].mean(axis=0)
    assert (hack.vertices[on_seam, 2] < centre[2]).all()
    assert np.abs(hack.vertices[on_seam, 0] - centre[0]).max() < 8.0
    # Every point of it lies on one of FLAME's own seam lines.
    flame = uv_layout(load_builtin("flame"))
    doubled = np.bincount(flame.point_vertices)[flame.point_vertices] > 1
    seam_uvs = flame.uvs[doubled]
    points = np.flatnonzero(on_seam[layout.point_vertices])
    gaps = np.linalg.norm(layout.uvs[points][:, None] - seam_uvs[None], axis=2).min(axis=1)
    assert np.median(gaps) < 0.01


@pytest.mark.parametrize(("source", "target"), [("hack", "flame"), ("makehuman", "flame")])
def test_other_pairs_have_no_folds(source, target):
    result = worn(source, target)
    assert result.metrics["flipped"]["count"] == 0
    assert result.metrics["covered_twice"]["all"] <= 0.001
    assert result.metrics["landmarks_px"]["used"]["mean"] <= 3.0
    assert not result.problem_triangles.any()


def test_hacks_tiles_are_kept_on_flame():
    hack, flame, topology = load_builtin("hack"), load_builtin("flame"), load_topology("flame")
    own = np.unique(np.floor(hack.uvs[hack.triangle_corners].mean(axis=1)), axis=0)
    np.testing.assert_array_equal(own, [[0.0, 0.0], [1.0, 0.0]])
    uvs = worn("hack", "flame").corner_uvs[flame.triangle_corners]
    # HACK's charts end 3 thousandths from the tiles' edges; points past their last seam may end up as far outside.
    assert uvs.min() > -0.01 and uvs.max(axis=(0, 1)).tolist() < [2.01, 1.01]
    first, second = uvs[..., 0].max(axis=1) < 1.0, uvs[..., 0].min(axis=1) > 1.0
    assert (first | second).all() and first.any() and second.any()
    assert first[topology.regions["face"][flame.triangles].all(axis=1)].all()


def test_positions_of_known_topologies_do_not_matter():
    """A layout file with any vertices, a target in any pose, unit and expression: bit for bit the same."""
    hack, flame = load_builtin("hack"), load_builtin("flame")
    rng = np.random.default_rng(0)
    anything = hack.with_vertices(rng.normal(size=hack.vertices.shape))
    rotation = Rotation.from_rotvec([0.5, 1.0, -2.0]).as_matrix()
    posed = flame.with_vertices(0.01 * (flame.vertices + rng.normal(size=flame.vertices.shape)) @ rotation.T + 7.0)
    result = transfer_uvs(UvInput(anything, posed), UvSettings(), Progress())
    np.testing.assert_array_equal(result.corner_uvs, worn("hack", "flame").corner_uvs)
    np.testing.assert_array_equal(result.matched, worn("hack", "flame").matched)


def asymmetry(corner_uvs, key):
    mesh, topology = load_builtin(key), load_topology(key)
    across = mirror_corners(mesh, topology.mirror)
    skin = topology.skin[mesh.corners] & (across >= 0)
    tile = corner_uvs[skin]
    other = corner_uvs[across[skin]]
    middle = np.median(tile[:, 0] + other[:, 0])
    return np.abs(tile[:, 0] + other[:, 0] - middle), np.abs(tile[:, 1] - other[:, 1])


def test_symmetry_can_be_switched_off():
    mirrored, free = worn("hack", "flame"), worn("hack", "flame", symmetry=False)
    assert not np.array_equal(mirrored.corner_uvs, free.corner_uvs)
    assert free.metrics["flipped"]["count"] == 0 and free.metrics["covered_twice"]["all"] <= 0.001
    for with_symmetry, without in zip(asymmetry(mirrored.corner_uvs, "flame"), asymmetry(free.corner_uvs, "flame")):
        assert np.median(with_symmetry) < 1e-6 < np.median(without)


def test_a_registered_head_gives_what_the_own_registration_does():
    hack, flame = load_builtin("hack"), load_builtin("flame")
    own = overlay_heads(UvInput(hack, flame), UvSettings(), Progress(), Cache.of_user())
    mm = np.ptp(own.source_positions[:, 1]) / np.ptp(hack.vertices[:, 1])
    inputs = UvInput(hack, flame, registered=flame.with_vertices(own.target_positions / mm))
    result = transfer_uvs(inputs, UvSettings(), Progress())
    difference = np.abs(result.corner_uvs - worn("hack", "flame").corner_uvs).max(axis=1)
    assert np.percentile(difference, 99) < 1e-4
    assert result.metrics["flipped"]["count"] == 0 and result.notes[0].startswith("Registration: given")


def test_a_dense_head_with_a_mouth_inside_loses_no_area():
    """Of no known topology, an open jaw, a mouth bag and sockets that FLAME's layout has no room for."""
    head = load_head("hack")
    state = head.neutral()
    rotations = state.rotations.copy()
    rotations[head.joint_names.index("jaw")] = Rotation.from_rotvec([0.25, 0.0, 0.0]).as_matrix()
    opened = load_builtin("hack").with_vertices(Posed(head, replace(state, rotations=rotations)).vertices())
    dense = subdivided(opened)
    flame = load_builtin("flame")
    result = transfer_uvs(
        UvInput(flame, dense, registered=flame.with_vertices(hack_to_flame(opened.vertices))), UvSettings(), Progress()
    )
    metrics = result.metrics
    assert metrics["flipped"]["count"] == 0 and metrics["problem_triangles"] == 0
    assert metrics["symmetric_dirichlet"]["all"]["area_mean"] < 2.4
    face = load_topology("hack").regions["face"] & load_topology("hack").skin
    shown = np.repeat(face[opened.triangles].all(axis=1), 4)
    uvs = result.corner_uvs[dense.triangle_corners].astype(np.float64)
    assert distortion_summary(dense.vertices[dense.triangles][shown], uvs[shown])["area_mean"] < 1.6


def subdivided(mesh):
    """Every triangle in four, in the order of the triangles."""
    triangles = mesh.triangles
    ends = np.sort(np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2), axis=2).reshape(-1, 2)
    edges, which = np.unique(ends, axis=0, return_inverse=True)
    middles = len(mesh.vertices) + which.reshape(-1, 3)
    a, b, c, (ab, bc, ca) = *triangles.T, middles.T
    parts = np.stack([np.stack(part, axis=1) for part in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))], axis=1)
    vertices = np.concatenate([mesh.vertices, mesh.vertices[edges].mean(axis=1)])
    return Mesh.from_faces(vertices, parts.reshape(-1, 3).astype(np.int32), name="dense")
