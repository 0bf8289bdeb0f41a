"""Teeth, tongue, lashes and eyes are ICT-FaceKit's, in the head's place and frame."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh.similarity import fit_similarity
from headbridge.models.people.handles import load_handles
from headbridge.models.people.person import Person
from headbridge.models.rig import load_rig
from headbridge.models.rig.inner_parts import around_mouth, inner_parts, taken_along
from headbridge.models.rig.load import open_rig
from headbridge.topologies import load_topology

HACK = 14062


def shaped(rig, values) -> np.ndarray:
    return rig.mesh.vertices + np.tensordot(values, rig.deltas[: len(values)].astype(float), 1)


@pytest.mark.parametrize("identities", ["ict", "people"])
def test_hack_gets_what_ict_has_beside_it(identities):
    hack, whole = (load_rig(model, 5, 57, identities=identities) for model in ("hack", "ict"))
    parts = inner_parts(hack)
    assert parts.names == hack.names and parts.joint_names == hack.joint_names
    # Every vertex behind HACK's belongs to some part.
    np.testing.assert_array_equal(parts.mesh.vertices, whole.mesh.vertices[HACK:])
    np.testing.assert_array_equal(parts.deltas, whole.deltas[:, HACK:])
    np.testing.assert_array_equal(parts.weights, whole.weights[HACK:])
    assert len(parts.mesh.face_sizes) + len(hack.mesh.face_sizes) == len(whole.mesh.face_sizes)


def test_parts_of_a_fit_move_with_its_smooth_modes():
    hack, whole = (open_rig(model, (300, 1, False), "people", smooth=True) for model in ("hack", "ict"))
    np.testing.assert_array_equal(inner_parts(hack).deltas, whole.deltas[:, HACK:])


@pytest.mark.slow
@pytest.mark.parametrize("person", [Person(2.0, 0.2, (0.0, 1.0, 0.0)), Person(70.0, 1.0, (1.0, 0.0, 0.0))])
def test_on_flame_teeth_lie_behind_the_lips_as_on_ict_of_every_age(person):
    flame, hack = (load_rig(model, 121, 55, identities="people") for model in ("flame", "hack"))
    parts = {rig: inner_parts(rig) for rig in (flame, hack)}
    values = load_handles().identity(load_handles().shape(person))
    heads = {rig: shaped(rig, values) for rig in (flame, hack)}
    lips = {rig: load_topology(rig.topology).landmarks_51.evaluate(heads[rig])[31:] for rig in (flame, hack)}
    found = {}
    for rig in (flame, hack):
        teeth = parts[rig].mesh.material_names.index("M_Teeth")
        chosen = np.unique(
            parts[rig].mesh.corners[np.repeat(parts[rig].mesh.face_materials == teeth, parts[rig].mesh.face_sizes)]
        )
        found[rig] = shaped(parts[rig], values)[chosen]
    motion = fit_similarity(*(load_topology(rig.topology).landmarks_51.evaluate(heads[rig]) for rig in (flame, hack)))
    assert motion.scale == pytest.approx(1.0, abs=0.02)
    off = motion.apply(found[flame]) - found[hack]
    # The landmarks of the two tables differ by a millimetre, and turn what lies behind them by as much.
    assert np.linalg.norm(off, axis=1).max() < 2.0
    assert (found[flame][:, 2].max() < lips[flame][:, 2].max()) and (found[hack][:, 2].max() < lips[hack][:, 2].max())


def test_on_the_open_flame_head_teeth_follow_icts_identities_as_the_skin_around_the_mouth_says():
    """ICT-FaceKit's own teeth under its first identities, against the similarity that the skin around the mouth tells:
    what a FLAME file's identities do to teeth."""
    rig = load_rig("open-flame", 101, 55)
    parts, mouth = inner_parts(rig), around_mouth()
    teeth = parts.mesh.material_names.index("M_Teeth")
    chosen = np.unique(parts.mesh.corners[np.repeat(parts.mesh.face_materials == teeth, parts.mesh.face_sizes)])
    own = parts.deltas[:3, chosen]
    told = [taken_along(rig.mesh.vertices[mouth], d[mouth], parts.mesh.vertices[chosen]) for d in rig.deltas[:3]]
    off, moved = (np.linalg.norm(one, axis=2).mean(axis=1) for one in (own - np.array(told), own))
    assert (moved > 1.5).all() and (off < 1.0).all() and off.mean() < 0.4 * moved.mean()
    # Lips of FLAME's mean lie before the teeth, too.
    lips = load_topology("flame").landmarks_51.evaluate(rig.mesh.vertices)[43:]
    assert 0.0 < lips[:, 2].max() - parts.mesh.vertices[chosen, 2].max() < 10.0


def test_what_is_taken_along_by_a_similarity_moves_as_it_does():
    rng = np.random.default_rng(0)
    points, places = rng.normal(size=(40, 3)), rng.normal(size=(7, 3)) - (0.0, 0.0, 5.0)
    turn, shift = np.array([0.02, -0.01, 0.03]), np.array([1.0, 2.0, -0.5])

    def moved(x):
        return shift + 0.05 * x + np.cross(turn, x)

    np.testing.assert_allclose(taken_along(points, moved(points), places), moved(places), atol=1e-12)


@pytest.mark.parametrize(("model", "identities"), [("ict", "people"), ("ict", "ict")])
def test_other_heads_are_told(model, identities):
    with pytest.raises(InputError, match="no inner parts for .*; take the model flame, or hack"):
        inner_parts(load_rig(model, 1, 1, identities=identities))
