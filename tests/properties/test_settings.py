from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headbridge.errors import InputError
from headbridge.jobs.tasks import TASKS
from headbridge.settings import describe, from_dict

SETTINGS = {name: task.settings_class for name, task in TASKS.items() if dataclasses.fields(task.settings_class)}


def allowed(item: dict) -> st.SearchStrategy:
    """Values that a setting may have, by its description."""
    if item["choices"]:
        return st.sampled_from(item["choices"])
    if item["type"] == "bool":
        return st.booleans()
    if item["type"] == "str":
        return st.text(max_size=5)
    kind = st.integers if item["type"] == "int" else st.floats
    more = {} if item["type"] == "int" else {"allow_nan": False, "allow_infinity": False}
    return kind(item["minimum"], item["maximum"], **more)


@pytest.mark.parametrize("task", SETTINGS)
@given(data=st.data())
def test_what_a_description_allows_is_taken_and_comes_back(task, data):
    settings_class = SETTINGS[task]
    chosen = {item["name"]: data.draw(allowed(item)) for item in describe(settings_class) if data.draw(st.booleans())}
    taken = from_dict(settings_class, json.loads(json.dumps(chosen)))
    assert {name: getattr(taken, name) for name in chosen} == chosen
    assert from_dict(settings_class, dataclasses.asdict(taken)) == taken


any_value = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.integers(), max_size=1)
)


@pytest.mark.parametrize("task", SETTINGS)
@given(data=st.data(), value=any_value)
def test_other_values_are_bad_input_that_names_the_setting(task, data, value):
    item = data.draw(st.sampled_from(describe(SETTINGS[task])))
    try:
        taken = getattr(from_dict(SETTINGS[task], {item["name"]: value}), item["name"])
    except InputError as problem:
        assert f"'{item['name']}'" in str(problem)
        return
    assert type(taken).__name__ == item["type"] and taken == value
    assert not item["choices"] or taken in item["choices"]
    assert item["minimum"] is None or taken >= item["minimum"]
    assert item["maximum"] is None or taken <= item["maximum"]
