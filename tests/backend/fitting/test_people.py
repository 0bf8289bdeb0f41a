"""Heads of all people drawn by words, and fitted: coefficients come back, in every size."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting.heads import load_head
from headbridge.fitting.job import FitMeshInput, FitMeshSettings, SampleSettings
from headbridge.fitting.mesh import fit_mesh
from headbridge.fitting.own_expressions import with_own_expressions
from headbridge.fitting.posable import Posed
from headbridge.fitting.result import state_of
from headbridge.fitting.sampling import sample_heads
from headbridge.models.people.handles import load_handles
from headbridge.models.people.person import Person
from headbridge.topologies import load_builtin, load_topology

EVEN = (1.0 / 3.0,) * 3


@pytest.fixture(scope="module")
def people():
    return load_head("flame", identities="people")


def samples(head, **settings):
    return list(sample_heads(head, SampleSettings(**settings)))


def shape_of(handles, identity: np.ndarray) -> np.ndarray:
    """The shape that identity coefficients of the sized model are: the size they name divides those that have handles."""
    scaled = np.zeros(len(handles.size_slopes))
    given = identity[1 : 1 + len(scaled)]
    scaled[: len(given)] = given
    size = 1.0 + handles.size_mean + handles.size_slopes @ scaled + handles.size_sigma * identity[0]
    return np.append(scaled / size, np.log(size))


def test_people_are_what_the_words_say(people):
    found = samples(people, count=6, kind="neutral", age="child", sex="0.9", ancestry="asian")
    handles = load_handles()
    read = [handles.read(shape_of(handles, sample.coefficients["identity"])) for sample in found]
    assert all(4.0 <= person.years <= 18.0 for person in read)
    assert all(person.male > 0.7 and person.ancestry[1] > 0.8 for person in read)
    assert np.ptp([person.years for person in read]) > 1.0


def test_without_chance_only_the_words_are_left(people):
    found = samples(people, count=2, kind="neutral", identity=0.0, age="40", sex="male", ancestry="caucasian",
                    weight="0.5", muscle="0.5", jaw_width=0.5)  # fmt: skip
    np.testing.assert_array_equal(found[0].vertices, found[1].vertices)
    handles, person = load_handles(), Person(40.0, 1.0, (0.0, 0.0, 1.0), features={"jaw_width": 0.5})
    identity = found[0].coefficients["identity"]
    np.testing.assert_allclose(identity[:121], handles.identity(handles.shape(person)), atol=1e-9)
    assert not identity[121:].any()


def test_other_heads_know_no_words():
    with pytest.raises(InputError, match="knows neither age"):
        samples(load_head("open-flame"), count=1, age="8")


@pytest.mark.parametrize("years", [1.0, 30.0])
def test_coefficients_of_people_of_every_size_come_back(people, years):
    handles, random = load_handles(), np.random.default_rng(3)
    identity = handles.identity(handles.random_shape(Person(years, 0.3, EVEN), random, 0.75, 2.5))
    given = {
        "identity": identity,
        "expression": np.where(random.random(55) < 0.15, 0.5, 0.0),
        "jaw": np.array([0.1, 0, 0]),
    }
    vertices = Posed(people, state_of(people, given)).vertices()
    # In metres: the smallest baby's size must not be taken for another unit's.
    mesh = load_builtin("flame").with_vertices(0.001 * vertices)
    found = fit_mesh(FitMeshInput(mesh), FitMeshSettings(identities="people"))
    assert found.version == "all people 2" and found.similarity.scale == pytest.approx(0.001)
    given["identity"] = np.pad(identity, (0, 300 - len(identity)))
    for name, values in given.items():
        np.testing.assert_allclose(found.coefficients[name], values, atol=2e-3)


@pytest.mark.slow
def test_an_adult_of_icts_identities_is_transferred_over_and_keeps_the_face():
    head = load_head("hack")
    given = {"identity": np.random.default_rng(4).normal(size=100)}
    vertices = Posed(head, state_of(head, given)).vertices()
    mesh = load_builtin("hack").with_vertices(vertices)
    found = fit_mesh(FitMeshInput(mesh), FitMeshSettings(identities="people"))
    face = load_topology("hack").regions["narrow_face"] & load_topology("hack").skin
    assert np.linalg.norm(found.vertices - vertices, axis=1)[face].mean() < 0.45
    assert found.metrics["identity_sigmas"] < 1.2


def test_a_babys_jaw_opens_less_and_the_mean_faces_as_ever(people):
    handles = load_handles()
    used = np.array([name in ("jawOpen", "mouthSmile_L") for name in people.expression_names])
    columns = people.parts["expression"].start + np.flatnonzero(used)
    before = np.linalg.norm(people.bases[:, :, columns], axis=1).max(axis=0)
    same = with_own_expressions(people, np.zeros(121), used)
    np.testing.assert_allclose(same.bases[:, :, columns], people.bases[:, :, columns], atol=0.02)
    baby = with_own_expressions(people, handles.identity(handles.shape(Person(1.0, 0.5, EVEN))), used)
    after = np.linalg.norm(baby.bases[:, :, columns], axis=1).max(axis=0)
    size = np.exp(handles.shape(Person(1.0, 0.5, EVEN))[-1])
    assert np.all(after < 0.85 * before) and np.all(after > 0.6 * size * before)
    others = np.setdiff1d(np.arange(people.coefficient_count), columns)
    np.testing.assert_array_equal(baby.bases[:, :, others], people.bases[:, :, others])


def test_samples_of_all_people_have_their_own_expressions_unless_shared(people):
    own, shared = (samples(people, count=1, age="2", seed=1, expressions=kind)[0] for kind in ("auto", "shared"))
    np.testing.assert_array_equal(own.coefficients["expression"], shared.coefficients["expression"])
    wanted = Posed(people, state_of(people, shared.coefficients)).vertices()
    np.testing.assert_allclose(shared.vertices, wanted, atol=1e-9)
    assert np.abs(own.vertices - shared.vertices).max() > 0.5
