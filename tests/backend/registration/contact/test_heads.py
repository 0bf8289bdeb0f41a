"""The demo scan's lips and lids are shut; open eyes of a template stay open."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.jobs.landmark_file import read_landmark_pairs
from headbridge.registration.contact.rims import cut_at_corners
from headbridge.registration.job import RegisterInput
from headbridge.registration.register import register
from headbridge.topologies import demo_pairs_file, load_builtin, load_topology

from .mouths import UP

pytestmark = pytest.mark.slow


def gaps(key, positions, name):
    """(N,) mm between the halves of a rim, off the corners."""
    template = load_builtin(key).vertices
    rows, places = cut_at_corners(template, load_topology(key).rims[name], UP).across(len(template))
    inner = (places > 0.1) & (places < 0.9)
    return np.linalg.norm(rows @ positions, axis=1)[inner]


@pytest.fixture(scope="module")
def hack_on_scan():
    source, target = load_builtin("hack"), load_builtin("lee-perry-smith")
    return register(RegisterInput(source, target, landmarks=read_landmark_pairs(demo_pairs_file(), source, target)))


@pytest.mark.parametrize("name", ["lips_inner", "left_lids", "right_lids"])
def test_the_demo_scan_is_shut(hack_on_scan, name):
    assert np.percentile(gaps("hack", hack_on_scan.registered, name), 95) < 0.3


def test_nothing_crosses_and_nothing_is_folded(hack_on_scan):
    assert hack_on_scan.metrics["flipped_triangles"] == 0
    assert hack_on_scan.metrics["self_intersecting_triangles"] == 0
    assert sum("shut in the target, and closed" in note for note in hack_on_scan.notes) == 3


def test_open_eyes_stay_open():
    source, target = load_builtin("flame"), load_builtin("hack")
    result = register(RegisterInput(source, target))
    assert not any("lids" in note for note in result.notes)
    assert any(note.startswith("Lips: shut") for note in result.notes)
    assert np.median(gaps("flame", result.registered, "left_lids")) > 6.0
    assert np.percentile(gaps("flame", result.registered, "lips_inner"), 95) < 0.3
