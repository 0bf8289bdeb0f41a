"""Units are guessed from a head's size, with and without a known topology."""

import numpy as np
import pytest

from headbridge.topologies import load_builtin, load_topology
from headbridge.units import MM_PER_UNIT, guess_units


@pytest.mark.parametrize(("unit", "mm"), MM_PER_UNIT.items())
def test_a_head_of_240_mm_in_every_unit(sphere_mesh, unit, mm):
    sphere = sphere_mesh()
    head = sphere.with_vertices(sphere.vertices * (240.0 / 2.0 / mm) + (3.0, 1000.0, -50.0))
    found, reason = guess_units(head)
    assert found == mm and unit in reason


@pytest.mark.parametrize("size_mm", [150.0, 250.0, 450.0, 690.0])
@pytest.mark.parametrize("unit", ["metres", "decimetres", "centimetres", "millimetres"])
def test_face_masks_and_busts_are_metric(sphere_mesh, unit, size_mm):
    sphere = sphere_mesh()
    assert (
        guess_units(sphere.with_vertices(sphere.vertices * (0.5 * size_mm / MM_PER_UNIT[unit])))[0] == MM_PER_UNIT[unit]
    )


@pytest.mark.parametrize("size", [1e-4, 0.09, 0.9, 80.0, 1000.0, 1e7])
def test_other_sizes_are_arbitrary(sphere_mesh, size):
    sphere = sphere_mesh()
    found, reason = guess_units(sphere.with_vertices(sphere.vertices * 0.5 * size))
    assert found is None and "arbitrary" in reason


def test_loose_vertices_far_away_do_not_count(seamed_prism):
    scaled = seamed_prism.with_vertices(seamed_prism.vertices * 100.0)
    scaled.vertices[-1] = 1e6
    assert guess_units(scaled)[0] == 1.0


@pytest.mark.parametrize("key", ["flame", "hack", "makehuman"])
@pytest.mark.parametrize(("unit", "mm"), MM_PER_UNIT.items())
def test_a_known_topology_is_compared_with_its_own_template(key, unit, mm):
    template = load_builtin(key)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    for identity in (0.85, 1.0, 1.2):
        mesh = template.with_vertices(identity / mm * template.vertices @ turn + 5.0)
        found, reason = guess_units(mesh, load_topology(key))
        assert found == mm and unit in reason and f"{identity:.2f} times" in reason
    odd = template.with_vertices(template.vertices / 3.1)
    assert guess_units(odd, load_topology(key))[0] is None
