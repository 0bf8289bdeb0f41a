"""Settings are described and checked the same way for every front end."""

import dataclasses
import json

import pytest

from headbridge.errors import InputError
from headbridge.registration.job import RegisterSettings
from headbridge.settings import describe, from_dict, setting


@dataclasses.dataclass(frozen=True)
class Example:
    fast: bool = setting(True, label="Fast", help="Hurry.")
    rounds: int = setting(3, label="Rounds", help="How often.", minimum=1, maximum=9)
    size: float = setting(1.5, label="Size", help="How large.", minimum=0.5, unit="mm")
    device: str = setting("cpu", label="Device", help="Where.", choices=("cpu", "cuda"))


def test_description_is_plain_json():
    described = describe(Example)
    assert json.loads(json.dumps(described)) == described
    assert described[1] == {
        "name": "rounds", "type": "int", "default": 3, "label": "Rounds", "help": "How often.",
        "minimum": 1, "maximum": 9, "choices": None, "unit": "",
    }  # fmt: skip
    assert [item["type"] for item in described] == ["bool", "int", "float", "str"]


def test_values_are_taken_and_limits_belong_to_the_range():
    assert from_dict(Example, {}) == Example()
    assert from_dict(Example, {"rounds": 9, "size": 2, "fast": False}) == Example(fast=False, rounds=9, size=2.0)
    assert type(from_dict(Example, {"size": 2}).size) is float


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"speed": 1}, "Unknown setting 'speed'; the settings are: fast, rounds, size, device."),
        ({"rounds": 10}, "Setting 'rounds' is 10, above its maximum 9."),
        ({"size": 0.4}, "Setting 'size' is 0.4, below its minimum 0.5."),
        ({"size": float("nan")}, "Setting 'size' is nan, below its minimum 0.5."),
        ({"rounds": True}, "Setting 'rounds' should be of type int, not True."),
        ({"rounds": 1.0}, "Setting 'rounds' should be of type int, not 1.0."),
        ({"fast": 1}, "Setting 'fast' should be of type bool, not 1."),
        ({"device": "tpu"}, "Setting 'device' should be one of cpu, cuda, not 'tpu'."),
    ],
)
def test_wrong_values_are_named(values, message):
    with pytest.raises(InputError) as caught:
        from_dict(Example, values)
    assert str(caught.value) == message


def test_defaults_of_the_registration_are_within_their_own_limits():
    assert from_dict(RegisterSettings, dataclasses.asdict(RegisterSettings())) == RegisterSettings()
    assert all(item["label"] and item["help"] for item in describe(RegisterSettings))
