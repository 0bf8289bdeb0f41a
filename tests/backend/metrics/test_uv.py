"""The numbers of a whole layout together."""

from __future__ import annotations

import json

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.metrics.uv import uv_metrics
from headbridge.topologies import load_builtin, load_topology

from .uv_shapes import grid


def test_an_isometric_layout_is_perfect():
    mesh = grid(8, 8, 100.0, 100.0)
    found = uv_metrics(mesh, mesh.uvs, size=64)
    assert found["triangles"] == {"all": 128, "skin": 128}
    assert found["flipped"] == {"count": 0, "area": 0.0, "skin_count": 0}
    assert found["covered_twice"] == {"all": 0.0, "skin": 0.0, "texels": 4096}
    for part in ("skin", "all"):
        assert found["symmetric_dirichlet"][part] == pytest.approx({"median": 1.0, "area_mean": 1.0, "scale": 0.01})
    assert found["smear"] == {"count": 0, "area_share": 0.0}
    assert found["longest_edge"]["all"] == pytest.approx(np.sqrt(2.0) / 8.0)
    assert found["mirror_asymmetry_px"] is None
    assert found["landmarks_px"] is None


def test_a_folded_triangle_is_flipped_and_covers_the_one_below():
    mesh = grid(1, 1)
    uvs = mesh.uvs.copy()
    # The upper left half of the square is folded over the diagonal and lies in the lower right half: half of it.
    uvs[3] = (0.75, 0.25)
    found = uv_metrics(mesh, uvs, size=256)
    assert found["flipped"] == {"count": 1, "area": pytest.approx(0.25), "skin_count": 1}
    assert found["covered_twice"]["all"] == pytest.approx(0.5, abs=0.01)


def test_a_triangle_without_area_is_flipped():
    mesh = grid(1, 1)
    uvs = mesh.uvs.copy()
    uvs[2] = (1.0, 0.5)
    uvs[1] = (1.0, 0.5)
    found = uv_metrics(mesh, uvs, size=16)
    assert found["flipped"] == {"count": 1, "area": 0.0, "skin_count": 1}


def test_a_mirrored_layout_is_not_flipped_but_a_triangle_against_it_is():
    mesh = grid(3, 2)
    mirrored = mesh.uvs * np.array([-1, 1], np.float32) + np.array([1, 0], np.float32)
    assert uv_metrics(mesh, mirrored, size=16)["flipped"]["count"] == 0
    # The first corner, drawn across the opposite side of its triangle, turns that one over.
    moved = mirrored.copy()
    corner = mesh.corners == mesh.corners[mesh.triangle_corners[0, 0]]
    moved[corner] = mirrored[mesh.triangle_corners[0, 1:]].sum(axis=0) - mirrored[mesh.triangle_corners[0, 0]]
    assert uv_metrics(mesh, moved, size=16)["flipped"]["count"] >= 1


def test_flame_wearing_its_own_layout():
    flame, topology = load_builtin("flame"), load_topology("flame")
    found = uv_metrics(
        flame,
        flame.uvs,
        source=flame,
        source_topology=topology,
        target_topology=topology,
        size=256,
        held_out_px=np.full(51, 2.0),
    )
    assert json.loads(json.dumps(found)) == found
    assert found["triangles"] == {"all": 9976, "skin": int(topology.skin[flame.triangles].all(axis=1).sum())}
    assert found["flipped"]["count"] == found["smear"]["count"] == 0
    assert found["covered_twice"] == {"all": 0.0, "skin": 0.0, "texels": 58515}
    assert found["landmarks_px"]["used"]["max"] == 0.0
    assert found["landmarks_px"]["held_out"]["groups"] == dict.fromkeys(
        ("brows", "nose", "eyes", "outer lips", "inner lips"), 2.0
    )
    assert found["mirror_asymmetry_px"]["axis"] == "u"


@pytest.mark.slow
def test_a_shift_of_half_the_head_is_its_asymmetry_and_landmark_error():
    hack, topology = load_builtin("hack"), load_topology("hack")
    left = hack.vertices[:, 0] > 1.0
    shift = np.where(left[hack.corners][:, None], np.array([0.0, 5.0 / 1024.0], np.float32), np.float32(0.0))
    found = uv_metrics(hack, hack.uvs + shift, source=hack, source_topology=topology, target_topology=topology, size=64)
    assert found["mirror_asymmetry_px"]["median"] == pytest.approx(5.0, abs=0.01)
    assert found["mirror_asymmetry_px"]["p95"] == pytest.approx(5.0, abs=0.01)
    on_left = left[topology.landmarks_51.vertices[:, 0]]
    assert found["landmarks_px"]["used"]["mean"] == pytest.approx(5.0 * on_left.mean(), abs=0.01)


def test_a_source_that_is_not_symmetric_asks_for_no_symmetry():
    flame, topology = load_builtin("flame"), load_topology("flame")
    u, v = flame.uvs.T
    skewed = np.stack([u**3 + v, v - 2.0 * u**2], axis=1)
    source = type(flame)(flame.vertices, flame.corners, flame.face_sizes, skewed)
    found = uv_metrics(flame, flame.uvs, source=source, source_topology=topology, target_topology=topology, size=64)
    assert found["mirror_asymmetry_px"] is None


def test_arrays_that_do_not_belong_together_are_refused():
    mesh = grid(2, 2)
    with pytest.raises(InputError, match="corner UVs should have shape"):
        uv_metrics(mesh, mesh.uvs[:-1])
    with pytest.raises(InputError, match="finite"):
        uv_metrics(mesh, np.full_like(mesh.uvs, np.nan))
    with pytest.raises(InputError, match="5023"):
        uv_metrics(mesh, mesh.uvs, target_topology=load_topology("flame"))
