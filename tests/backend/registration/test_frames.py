"""Units and frames: found from the template, the size, or the alignment."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.mesh import Mesh
from headbridge.mesh.similarity import Similarity
from headbridge.registration.frames import source_frame, target_millimetres
from headbridge.topologies import load_builtin, load_topology

from .heads import modelled_head
from .shapes import sphere

UNITS = {"metres": 1000.0, "centimetres": 10.0, "millimetres": 1.0, "decimetres": 100.0}
TURN = Rotation.from_euler("xyz", [80, -130, 20], degrees=True).as_matrix()


def turned_head(key, mm_per_unit):
    """The built-in head in another unit, turned and moved, and the way back."""
    mesh = load_builtin(key)
    away = Similarity(1.0 / mm_per_unit, TURN, np.array([3.0, -700.0, 12.0]) / mm_per_unit)
    return mesh.with_vertices(away.apply(mesh.vertices)), away.inverse()


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("key", ["flame", "hack"])
def test_a_known_source_goes_back_to_its_template(key, unit):
    mesh, back = turned_head(key, UNITS[unit])
    frame = source_frame(mesh, load_topology(key))
    assert frame.known
    assert frame.canonical.scale == pytest.approx(UNITS[unit])
    np.testing.assert_allclose(frame.canonical.apply(mesh.vertices), load_builtin(key).vertices, atol=1e-6)
    np.testing.assert_allclose(frame.canonical.rotation, back.rotation, atol=1e-9)


def test_a_known_source_in_arbitrary_units_takes_the_templates_size():
    mesh, _ = turned_head("flame", 37.0)
    frame = source_frame(mesh, load_topology("flame"))
    assert frame.known
    assert frame.canonical.scale == pytest.approx(37.0)


def test_a_smaller_head_in_a_known_unit_keeps_its_size():
    mesh = load_builtin("flame")
    frame = source_frame(mesh.with_vertices(0.85 * mesh.vertices / 1000.0), load_topology("flame"))
    assert frame.canonical.scale == pytest.approx(1000.0)


def test_another_persons_head_is_turned_back_within_a_few_degrees():
    head = load_builtin("hack").with_vertices(0.1 * modelled_head(3) @ TURN.T)
    frame = source_frame(head, load_topology("hack"))
    away = Rotation.from_matrix(frame.canonical.rotation @ TURN)
    assert np.degrees(away.magnitude()) < 6.0
    assert frame.canonical.scale == pytest.approx(10.0)


@pytest.mark.parametrize("size, mm", [(200.0, 1.0), (20.0, 10.0), (0.2, 1000.0), (2.0, 100.0)])
def test_an_unknown_source_is_believed_by_its_size(size, mm):
    vertices, triangles = sphere(2, size / 2)
    frame = source_frame(Mesh.from_faces(vertices, triangles), None)
    assert frame.known and frame.canonical.scale == mm
    np.testing.assert_array_equal(frame.canonical.rotation, np.eye(3))


def test_an_unknown_source_of_no_heads_size_is_a_guess():
    vertices, triangles = sphere(2, 5e4)
    assert not source_frame(Mesh.from_faces(vertices, triangles), None).known


@pytest.mark.parametrize("unit", UNITS)
def test_a_known_target_tells_its_unit_whatever_the_alignment_says(unit):
    mesh, _ = turned_head("flame", UNITS[unit])
    mm, reason = target_millimetres(mesh, load_topology("flame"), 1.0, 1.3 / UNITS[unit])
    assert mm == UNITS[unit]
    assert unit in reason


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("off", [0.85, 1.0, 1.2])
def test_an_unknown_target_has_the_unit_next_to_its_aligned_size(unit, off):
    # A source in centimetres, so that a target unit is 10 / (target units per source unit) millimetres.
    vertices, triangles = sphere(2)
    mm, reason = target_millimetres(Mesh.from_faces(vertices, triangles), None, 10.0, off * 10.0 / UNITS[unit])
    assert mm == UNITS[unit]
    assert unit in reason


def test_a_target_in_no_known_unit_is_measured_by_the_source():
    vertices, triangles = sphere(2)
    mm, reason = target_millimetres(Mesh.from_faces(vertices, triangles), None, 1.0, 1.0 / 3.4)
    assert mm == pytest.approx(3.4)
    assert "arbitrary" in reason and "3.4" in reason
