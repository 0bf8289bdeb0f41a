"""Handles of the model of all people: they mean the same in every topology, move what they name, and read back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.metrics.flips import FlipTest
from headbridge.models import head_model
from headbridge.models.catalogue import ALL_PEOPLE
from headbridge.models.flame import FlameParameters
from headbridge.models.people.handles import load_handles
from headbridge.models.people.identity import sized_people
from headbridge.models.people.person import ANCESTRIES, FEATURES, Person, random_person
from headbridge.models.people.wanted import read_wanted
from headbridge.models.rig import load_rig
from headbridge.topologies import load_builtin, load_topology

MIDDLE = Person(25.0, 0.5, (1.0 / 3.0,) * 3)
STEPS = {
    "age": (Person(25.0, 0.5, MIDDLE.ancestry), Person(70.0, 0.5, MIDDLE.ancestry)),
    "childhood": (Person(25.0, 0.5, MIDDLE.ancestry), Person(8.0, 0.5, MIDDLE.ancestry)),
    "sex": (Person(40.0, 0.0, MIDDLE.ancestry), Person(40.0, 1.0, MIDDLE.ancestry)),
    "ancestry": (Person(10.0, 0.5, (1.0, 0.0, 0.0)), Person(10.0, 0.5, (0.0, 0.0, 1.0))),
    "build": (Person(60.0, 0.2, MIDDLE.ancestry, 0.2, 0.1), Person(60.0, 0.2, MIDDLE.ancestry, 0.8, 0.9)),
    **{name: (MIDDLE, Person(25.0, 0.5, MIDDLE.ancestry, features={name: 1.0})) for name in FEATURES},
}


@pytest.fixture(scope="module")
def handles():
    return load_handles()


@pytest.mark.parametrize("step", STEPS)
def test_a_step_moves_its_own_read_out_and_no_other(step, handles):
    before, after = STEPS[step]
    moved = handles.readout @ (handles.shape(after) - handles.shape(before))[:-1]
    np.testing.assert_allclose(moved, after.values() - before.values(), atol=0.02)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_who_was_made_is_read_back(seed, handles):
    person = random_person(np.random.default_rng(seed))
    read = handles.read(handles.shape(person))
    assert read.years == pytest.approx(person.years, abs=0.5) and read.male == pytest.approx(person.male, abs=0.02)
    np.testing.assert_allclose(read.ancestry, person.ancestry, atol=0.02)


@pytest.mark.parametrize("seed", [4, 5])
def test_the_first_coefficient_is_the_size_beyond_what_the_shape_tells(seed, handles):
    random = np.random.default_rng(seed)
    shape = handles.random_shape(random_person(random), random, 1.0, 2.5)
    beyond, *scaled = handles.identity(shape)
    size = 1.0 + handles.size_mean + handles.size_slopes @ scaled + handles.size_sigma * beyond
    assert size == pytest.approx(np.exp(shape[-1]), abs=1e-9)
    np.testing.assert_allclose(np.array(scaled) / size, shape[:-1], atol=1e-9)


@pytest.mark.parametrize("key", ["flame", "hack"])
def test_the_sized_model_is_the_model_grown_about_its_pivot(key, handles):
    model, count = head_model(key), len(handles.size_slopes)
    row = np.zeros(len(model.mean))
    row[100] = 1.0
    sized = sized_people(key, row, smooth=False)
    shape = handles.shape(Person(3.0, 0.5, (0.2, 0.3, 0.5), features={"nose_width": 1.0}))
    plain = model.mean + np.tensordot(shape[:-1], model.basis[:count].astype(float), 1)
    pivot = model.mean[100]
    wanted = pivot + np.exp(shape[-1]) * (plain - pivot)
    found = sized.template + np.tensordot(handles.identity(shape), sized.identity.astype(float), 1)
    np.testing.assert_allclose(found, wanted, atol=2e-3)


def test_children_are_smaller_and_men_larger(handles):
    sizes = [handles.shape(Person(years, 0.5, MIDDLE.ancestry))[-1] for years in (1.0, 4.0, 8.0, 14.0, 25.0)]
    assert np.all(np.diff(sizes) > 0.0) and sizes[0] < np.log(0.7)
    assert handles.shape(STEPS["sex"][1])[-1] > handles.shape(STEPS["sex"][0])[-1]


def test_a_face_keeps_what_is_its_own_when_it_ages(handles):
    random = np.random.default_rng(6)
    young, old = Person(20.0, 0.9, (0.0, 0.0, 1.0)), Person(70.0, 0.9, (0.0, 0.0, 1.0))
    face = handles.random_shape(young, random, 1.0, 2.5)
    aged = handles.moved(face, young, old)
    np.testing.assert_allclose(aged - handles.shape(old), face - handles.shape(young), atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["flame", "hack"])
def test_all_people_are_a_version_of_their_own_and_posable(name):
    import torch

    from headbridge.fitting.heads import load_head
    from headbridge.fitting.posable import Posed
    from headbridge.fitting.result import state_of

    from .torch_models.registry import load_head_model

    random = np.random.default_rng(7)
    head, model = load_head(name, identities="people"), load_head_model(name, dtype=torch.float64, identities="people")
    assert head.version == ALL_PEOPLE == load_rig(name, 3, 0, identities="people").version
    assert head.parts["identity"] == slice(0, 300) and load_rig(name, 3, 0, identities="people").names[0] == "size"
    given = {
        "identity": random.normal(size=300),
        "expression": random.uniform(size=20),
        "jaw": 0.2 * random.normal(size=3),
    }
    found = Posed(head, state_of(head, given)).vertices()
    tensors = {key: torch.as_tensor(value)[None] for key, value in given.items()}
    np.testing.assert_allclose(found, model.forward(FlameParameters(**tensors)).vertices[0].numpy(), atol=1e-3)


def test_model_files_have_identities_of_their_own():
    with pytest.raises(InputError, match="identities of its own"):
        load_rig("flame", 1, 1, path="flame.pkl", identities="people")
    with pytest.raises(InputError, match="no identities 'adults'; choose one of auto, ict, people"):
        load_rig("flame", 1, 1, identities="adults")


@pytest.mark.parametrize(
    ("age", "years"), [("8", (8.0, 8.0)), ("5-12", (5.0, 12.0)), (" baby", (1.0, 5.0)), ("old", (60.0, 90.0))]
)
def test_ages_are_years_ranges_or_groups(age, years):
    assert read_wanted(age, "", "", "", "", {}).years == years


def test_what_is_left_out_is_left_to_chance():
    nobody = read_wanted("", " ", "", "", "", dict.fromkeys(FEATURES, 0.0))
    assert not nobody.anything
    wanted = read_wanted("8", "female", "african:1,asian:3", "0.5", "", {"nose_width": 0.6, "ear_size": 0.0})
    assert wanted.anything and wanted.features == {"nose_width": 0.6}
    people = [wanted.draw(np.random.default_rng(seed)) for seed in range(3)]
    assert {(p.years, p.male, p.ancestry, p.weight) for p in people} == {(8.0, 0.0, (0.25, 0.75, 0.0), 0.5)}
    assert len({p.muscle for p in people}) == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"age": "teen"}, "age 'teen' is not understood; give years from 1 to 90"),
        ({"age": "12-5"}, "age '12-5'"),
        ({"age": "0"}, "age '0'"),
        ({"sex": "2"}, "sex '2' is not understood; give a number from 0 \\(female\\) to 1"),
        ({"ancestry": "martian"}, f"ancestry 'martian' is not understood; give one of {', '.join(ANCESTRIES)}"),
        ({"ancestry": "asian:-1"}, "ancestry 'asian:-1'"),
        ({"ancestry": "asian:0"}, "has no share above 0"),
        ({"weight": "heavy"}, "weight 'heavy' is not understood"),
    ],
)
def test_words_that_are_not_understood_are_named(words, message):
    with pytest.raises(InputError, match=message):
        read_wanted(
            **{name: words.get(name, "") for name in ("age", "sex", "ancestry", "weight", "muscle")}, features={}
        )


@pytest.mark.slow
@pytest.mark.parametrize("key", ["flame", "hack"])
def test_no_triangle_of_random_people_turns_over(key, handles):
    model, table, triangles = head_model(key), load_topology(key), load_builtin(key).triangles
    outer = table.skin & ~table.no_match
    test = FlipTest(model.mean, triangles[outer[triangles].all(axis=1)])
    shapes = model.basis[~model.is_expression].astype(float)
    # Seeds that no build has drawn; babies flipped eleven triangles each.
    random = np.random.default_rng(8642)
    for years in (1.0, 2.0, 3.0, 8.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0):
        person = replace(random_person(random), years=years)
        shape = handles.random_shape(person, random, 0.75, 2.5)
        assert not test.flipped(model.mean + np.tensordot(shape[:-1], shapes, 1)).any()
