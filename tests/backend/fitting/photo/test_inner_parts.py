"""Teeth behind the lips of fitted heads."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.fitting.heads import load_head
from headbridge.fitting.photo.inner_parts import (
    ALWAYS,
    EYES,
    NEVER,
    OPEN_MOUTH,
    TEETH,
    mouth_opening,
    photo_parts,
    wants_parts,
)
from headbridge.fitting.posable import HeadState, Posed
from headbridge.mesh.similarity import fit_similarity
from headbridge.texture.atlas.eye_colours import EyeColours
from headbridge.topologies import load_topology

OPENING = 0.25


def posed(head, jaw: float, identity: int = 0) -> HeadState:
    """A head with its jaw open by radians; identity : seed of the person, 0 the mean."""
    state = head.neutral()
    if identity:
        chosen = np.random.default_rng(identity).normal(size=head.identity_count)
        state.coefficients[head.parts["identity"]] = chosen
    rotations = state.rotations.copy()
    rotations[head.joint_names.index("jaw")] = Rotation.from_rotvec((jaw, 0.0, 0.0)).as_matrix()
    return HeadState(state.coefficients, rotations, state.translation, 0.0)


def teeth_of(parts) -> np.ndarray:
    return np.unique(parts.mesh.triangles[parts.triangles_of(TEETH)])


@pytest.fixture(scope="module")
def head():
    return load_head("open-flame")


@pytest.fixture(scope="module")
def parts(head):
    states = [posed(head, 0.0), posed(head, OPENING), posed(head, OPENING, 1)]
    return photo_parts(head, states, states[0], "", 64)


def test_parts_come_where_a_mouth_is_open(head):
    shut, opened = posed(head, 0.0), posed(head, OPENING)
    assert abs(mouth_opening(head, shut)) < 1e-6 and mouth_opening(head, opened) > 10.0
    wanted = [
        wants_parts(head, [shut, other], when) for other in (shut, opened) for when in (NEVER, OPEN_MOUTH, ALWAYS)
    ]
    assert wanted == [False, False, True, False, True, True]


def test_teeth_lie_behind_the_lips_and_the_lower_ones_move_with_the_jaw(head, parts):
    teeth = teeth_of(parts)
    shut, opened, person = (own[teeth] for own in parts.vertices)
    states = posed(head, 0.0), posed(head, OPENING), posed(head, OPENING, 1)
    topology = load_topology("flame")
    for own, state in zip((shut, opened, person), states, strict=True):
        lips = topology.landmarks_51.evaluate(Posed(head, state).vertices())[31:]
        assert own[:, 2].max() < lips[:, 2].max() and own[:, 2].max() > lips[:, 2].max() - 15.0
        assert abs(own[:, 0].mean() - lips[:, 0].mean()) < 1.5
    moved = np.linalg.norm(opened - shut, axis=1)
    upper, lower = moved < 0.1, moved >= 0.1
    assert upper.sum() > 0.3 * len(moved) and lower.sum() > 0.3 * len(moved)
    # The lower teeth stay a row of teeth, turned as the jaw is or a little more, and go as far as the lower lip.
    motion = fit_similarity(shut[lower], opened[lower])
    assert np.linalg.norm(motion.apply(shut[lower]) - opened[lower], axis=1).max() < 1.0
    assert Rotation.from_matrix(motion.rotation).magnitude() == pytest.approx(OPENING, abs=0.1)
    lip = [topology.landmarks_68.evaluate(Posed(head, state).vertices())[[55, 56, 57, 58, 59]] for state in states[:2]]
    went = np.linalg.norm((lip[1] - lip[0]).mean(axis=0))
    assert np.linalg.norm((opened - shut)[lower].mean(axis=0)) == pytest.approx(went, rel=0.3)


def test_flame_keeps_its_eyes_and_hack_gets_some_where_its_lids_are():
    flame, hack = load_head("open-flame"), load_head("hack")
    assert wants_parts(hack, [hack.neutral()], OPEN_MOUTH)
    found = photo_parts(hack, [hack.neutral()], hack.neutral(), "", 64)
    assert EYES in found.mesh.material_names
    ball = found.upright[np.unique(found.mesh.triangles[found.triangles_of(EYES)])]
    corners = load_topology("hack").landmarks_68.subset([36, 39, 42, 45]).evaluate(hack.template)
    for sign, middle in ((-1.0, corners[:2].mean(axis=0)), (1.0, corners[2:].mean(axis=0))):
        own = ball[sign * ball[:, 0] > 0.0]
        assert np.abs(0.5 * (own.min(axis=0) + own.max(axis=0)) - middle)[:2].max() < 4.0
    assert not wants_parts(flame, [flame.neutral()], OPEN_MOUTH)


def test_the_texture_has_the_colours_that_it_is_given(parts):
    coloured = parts.coloured(np.array([0.9, 0.8, 0.7]), EyeColours())
    pixels = coloured.image.pixels.reshape(-1, 3)
    for colour in (coloured.colours["teeth"], coloured.colours["gums"]):
        assert (np.abs(pixels - colour).max(axis=1) < 0.01).mean() > 0.05
