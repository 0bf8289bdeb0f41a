"""Two heads on each other: as a registered mesh says, or as a registration of the templates does."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from headbridge.cache import Cache
from headbridge.errors import InputError
from headbridge.progress import Progress
from headbridge.registration import register as registering
from headbridge.registration.job import LandmarkPairs
from headbridge.topologies import load_builtin
from headbridge.uv.job import UvInput, UvSettings
from headbridge.uv.overlay import overlay_heads, topologies_of
from headbridge.verdict import Reason, Verdict

from .tubes import tube


def overlay_of(inputs, cache=None, **more):
    return overlay_heads(inputs, UvSettings(), Progress(), Cache(None) if cache is None else cache, **more)


@pytest.fixture
def tubes():
    """A source and a target that lies elsewhere, 1.5 times as large and in other units."""
    return tube(24, 6), tube(20, 7).with_vertices(0.0015 * tube(20, 7).vertices + [5.0, 0.0, 0.0])


def test_the_sources_vertices_on_the_target(tubes):
    source, target = tubes
    registered = source.with_vertices(0.0015 * source.vertices + [5.0, 0.0, 0.0])
    found = overlay_of(UvInput(source, target, registered))
    assert found.given and found.registered_seconds == 0.0
    scale = found.target_positions[0, 0] / target.vertices[0, 0]
    # A tube of 300 mm in metres.
    assert scale == pytest.approx(1000.0)
    np.testing.assert_allclose(found.target_positions, scale * target.vertices)
    np.testing.assert_allclose(found.source_positions, scale * registered.vertices)
    assert not found.common_landmarks


def test_the_targets_vertices_on_the_source(tubes):
    source, target = tubes
    registered = target.with_vertices(tube(20, 7).vertices)
    found = overlay_of(UvInput(source, target, registered))
    assert found.given
    np.testing.assert_allclose(found.source_positions, source.vertices)
    np.testing.assert_allclose(found.target_positions, registered.vertices)


def test_a_size_of_no_head_is_taken_for_300_mm(tubes):
    source, target = tubes
    registered = source.with_vertices(0.0015 * source.vertices + [5.0, 0.0, 0.0])
    odd = 7.3e6
    found = overlay_of(
        UvInput(
            source, target.with_vertices(odd * target.vertices), registered.with_vertices(odd * registered.vertices)
        )
    )
    assert np.ptp(found.target_positions, axis=0).max() == pytest.approx(300.0)
    assert "300 mm" in found.notes[0]


def test_a_mesh_that_is_neither_is_refused(tubes):
    source, target = tubes
    with pytest.raises(
        InputError, match="^The registered mesh has 175 vertices and 150 faces, neither the source's"
    ) as told:
        overlay_of(UvInput(source, target, tube(25, 6)))
    assert "\n" not in str(told.value) and "give the output of registering one onto the other" in str(told.value)
    same_count = replace(source, corners=source.corners[::-1].copy())
    with pytest.raises(InputError, match="^The registered mesh has"):
        overlay_of(UvInput(source, target, same_count))


def test_topologies_are_recognised_or_insisted_on(tubes):
    flame = load_builtin("flame")
    assert [t and t.key for t in topologies_of(UvInput(flame, tubes[1]))] == ["flame", None]
    with pytest.raises(InputError, match="choose the right topology"):
        topologies_of(UvInput(flame, tubes[1], target_topology="hack"))


VERDICT = Verdict.of([Reason("check", "The lips differ.", "lips", "Look."), Reason("check", "2 flips.")])


@pytest.fixture
def registrations(monkeypatch):
    """Stands in for the registration: keeps what it was given and leaves the head where it is."""
    seen = []

    def register(inputs, settings, progress):
        seen.append(inputs)
        return SimpleNamespace(
            registered=inputs.source.vertices, mm_per_target_unit=2.0, notes=("A.",), verdict=VERDICT
        )

    monkeypatch.setattr(registering, "register", register)
    return seen


def test_a_known_topology_is_registered_onto_an_unknown_mesh(registrations, tubes):
    hack, other = load_builtin("hack"), tubes[0]
    overlay_of(UvInput(hack, other))
    overlay_of(UvInput(other, hack))
    for inputs in registrations:
        np.testing.assert_array_equal(inputs.source.corners, hack.corners)
        np.testing.assert_array_equal(inputs.target.corners, other.corners)
    found = overlay_of(UvInput(other, hack))
    np.testing.assert_array_equal(found.source_positions, 2.0 * other.vertices)
    np.testing.assert_array_equal(found.target_positions, 2.0 * hack.vertices)
    assert found.notes == ("A.",) and not found.given and found.verdict == VERDICT


def test_templates_stand_in_for_known_topologies(registrations):
    flame, hack = load_builtin("flame"), load_builtin("hack")
    rng = np.random.default_rng(0)
    found = overlay_of(
        UvInput(flame.with_vertices(rng.normal(size=flame.vertices.shape)), hack.with_vertices(hack.vertices * 3.0))
    )
    np.testing.assert_array_equal(found.source.vertices, flame.vertices)
    np.testing.assert_array_equal(found.target.vertices, hack.vertices)
    assert found.common_landmarks
    for mesh in (registrations[0].source, registrations[0].target):
        template = flame if len(mesh.vertices) == len(flame.vertices) else hack
        np.testing.assert_array_equal(mesh.vertices, template.vertices)


def test_of_two_known_heads_the_same_one_moves_whichever_wears_the_layout(registrations):
    flame, hack = load_builtin("flame"), load_builtin("hack")
    overlay_of(UvInput(flame, hack))
    overlay_of(UvInput(hack, flame))
    assert len(registrations[0].source.vertices) == len(registrations[1].source.vertices)


def test_given_landmarks_reach_the_registration_and_keep_its_direction(registrations, tubes):
    pairs = LandmarkPairs(np.eye(3), 2.0 * np.eye(3))
    overlay_of(UvInput(tubes[0], load_builtin("hack"), landmarks=pairs))
    assert registrations[0].landmarks is pairs
    np.testing.assert_array_equal(registrations[0].source.corners, tubes[0].corners)


def test_held_out_landmarks_are_left_out(registrations):
    out = np.arange(51) % 3 == 0
    overlay_of(UvInput(load_builtin("flame"), load_builtin("hack")), held_out=out)
    assert len(registrations[0].landmarks.source) == len(registrations[0].landmarks.target) == 34


def test_a_registration_is_kept(registrations, tmp_path):
    cache = Cache(tmp_path)
    flame, hack = load_builtin("flame"), load_builtin("hack")
    first = overlay_of(UvInput(flame, hack), cache)
    moved = hack.with_vertices(hack.vertices + 1.0)
    again = overlay_of(UvInput(flame, moved), cache)
    assert len(registrations) == 1
    assert first.verdict == again.verdict == VERDICT and first.backward == again.backward
    np.testing.assert_array_equal(first.source_positions, again.source_positions)
    np.testing.assert_array_equal(first.target_positions, again.target_positions)
    overlay_of(UvInput(flame, hack), cache, held_out=np.arange(51) == 4)
    assert len(registrations) == 2
