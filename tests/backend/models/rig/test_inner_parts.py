"""Teeth, tongue, lashes and eyes are ICT-FaceKit's, in the head's place and frame."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh.similarity import fit_similarity
from headbridge.models.people.handles import load_handles
from headbridge.models.people.person import Person
from headbridge.models.rig import load_rig
from headbridge.models.rig.inner_parts import inner_parts
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


@pytest.mark.parametrize(("model", "identities"), [("ict", "people"), ("open-flame", "ict")])
def test_other_heads_are_told(model, identities):
    with pytest.raises(InputError, match="no inner parts for .*; take the model hack"):
        inner_parts(load_rig(model, 1, 1, identities=identities))
