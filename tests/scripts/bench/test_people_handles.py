"""Handles on persons of MakeHuman's targets that no build has seen."""

from __future__ import annotations

import numpy as np
import pytest
from people.handle_measures import readouts
from people.handles import Describer, described_people, person_values
from people.persons import macro_weights
from people.targets import read_targets

from headbridge.models import head_model
from headbridge.models.people.handles import load_handles
from headbridge.models.people.person import Person
from headbridge.topologies import load_topology


@pytest.fixture(scope="module")
def targets(open_data):
    return read_targets(open_data / "makehuman" / "targets" / "all")


@pytest.mark.slow
def test_age_sex_and_ancestry_are_read_off_people_nobody_has_seen(targets):
    weights, who, found = described_people(Describer("makehuman"), targets, 40, 4321)
    age, male, african, asian = readouts(load_handles(), found, person_values(who, weights))[:4]
    assert age > 0.995 and min(male, african, asian) > 0.93


@pytest.mark.slow
@pytest.mark.parametrize("years", [8.0, 70.0])
def test_people_by_words_differ_as_makehumans_people_do(targets, years):
    """All stand halfway to ICT-FaceKit's adults; from each other they differ as the targets say, babies more."""
    describer, handles, hack = Describer("makehuman"), load_handles(), load_topology("hack")
    people = (Person(years, 0.0, (1.0, 0.0, 0.0)), Person(years, 1.0, (0.0, 0.5, 0.5)))
    truths = describer.of(targets.heads([macro_weights(person) for person in people]))
    wanted, found = np.subtract(*truths), np.subtract(*(handles.shape(person) for person in people))
    face = hack.regions["narrow_face"] & hack.skin
    shapes = head_model("hack").basis[: len(wanted) - 1, face].astype(float)
    off, moved = (
        np.linalg.norm(np.tensordot(step[:-1], shapes, 1), axis=1).mean() for step in (found - wanted, wanted)
    )
    assert off < 0.3 * moved
    assert found[-1] == pytest.approx(wanted[-1], abs=0.03)
