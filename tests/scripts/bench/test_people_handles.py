"""Handles on persons of MakeHuman's targets that no build has seen."""

from __future__ import annotations

import numpy as np
import pytest
from people.handle_measures import readouts
from people.handles import Describer, described_people, person_values
from people.targets import read_targets

from headbridge.models.people.handles import load_handles
from headbridge.models.people.person import Person


@pytest.fixture(scope="module")
def targets(open_data):
    return read_targets(open_data / "makehuman" / "targets" / "all")


@pytest.mark.slow
def test_age_sex_and_ancestry_are_read_off_people_nobody_has_seen(targets):
    weights, who, found = described_people(Describer("makehuman"), targets, 60, 4321)
    age, male, african, asian = readouts(load_handles(), found, person_values(who, weights))[:4]
    assert age > 0.995 and min(male, african, asian) > 0.93


@pytest.mark.slow
@pytest.mark.parametrize("years", [2.0, 25.0, 70.0])
def test_a_person_by_words_is_makehumans_person_halfway_to_icts(targets, years):
    """The corners are MakeHuman's; what was added to them is the same for all but for tenths of a millimetre."""
    from people.persons import macro_weights

    describer, handles = Describer("makehuman"), load_handles()
    shifts = []
    for person in (Person(years, 0.0, (1.0, 0.0, 0.0)), Person(years, 1.0, (0.0, 0.5, 0.5))):
        truth = describer.of(targets.heads([macro_weights(person)]))[0]
        shifts.append(handles.shape(person) - truth)
    assert np.linalg.norm(np.subtract(*shifts)) < 0.35 * np.linalg.norm(shifts[0])
