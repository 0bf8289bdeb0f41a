"""Typed, documented job settings.

A task's settings are a frozen dataclass whose fields are made by :func:`setting`. :func:`describe` turns the class
into plain JSON (written to ``addon/job_settings.json`` by ``scripts/build_job_settings.py``), from which the add-on
builds its properties and the command line its options, so that the same job means the same everywhere.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from .errors import InputError


def setting(
    default,
    *,
    label: str,
    help: str,
    minimum=None,
    maximum=None,
    choices: tuple[str, ...] | None = None,
    unit: str = "",
):
    """A dataclass field with what a panel and a command line need to show it.

    `default` also fixes the type: bool, int, float or str. `minimum` and `maximum` are inclusive.
    """
    return dataclasses.field(
        default=default,
        metadata={
            "label": label,
            "help": help,
            "minimum": minimum,
            "maximum": maximum,
            "choices": choices,
            "unit": unit,
        },
    )


def device_setting(what: str = "the job computes"):
    """The setting `device`; what : follows "Where"."""
    return setting("cpu", label="Device", help=f"Where {what}.", choices=("cpu", "cuda"))


def seed_setting(help: str = "Seed of the registration."):
    """The setting `seed`."""
    return setting(0, label="Seed", help=help, minimum=0, maximum=2**31 - 1)


def model_file_setting(help: str):
    """The setting `model_file`; help : whose file it is, and what is taken without one."""
    return setting("", label="Model file", help=help)


def size_setting(default: int, of: str, minimum: int, maximum: int, label: str = "Size"):
    """A setting of pixels, such as `size`; of : follows "Width and height of"."""
    return setting(default, label=label, help=f"Width and height of {of}.", minimum=minimum, maximum=maximum, unit="px")


def scale_setting(label: str, help: str, maximum: float, minimum: float = 0.0):
    """A setting that scales something, 1 leaving it as it is; help : follows "Scales"."""
    return setting(1.0, label=label, help=f"Scales {help}", minimum=minimum, maximum=maximum)


def describe(settings_class) -> list[dict[str, Any]]:
    """JSON-able description of every setting: name, type, default, label, help, minimum, maximum, choices, unit."""
    return [
        {
            "name": f.name,
            "type": type(f.default).__name__,
            "default": f.default,
            **{key: (list(value) if isinstance(value, tuple) else value) for key, value in f.metadata.items()},
        }
        for f in dataclasses.fields(settings_class)
    ]


def from_dict(settings_class, values: dict[str, Any]):
    """Settings from a dictionary; unknown names, wrong types and values out of range raise `InputError`."""
    fields = {f.name: f for f in dataclasses.fields(settings_class)}
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise InputError(f"Unknown setting '{unknown[0]}'; the settings are: {', '.join(fields)}.")
    return settings_class(**{name: _checked(fields[name], value) for name, value in values.items()})


def _checked(field, value):
    wanted = type(field.default)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise InputError(f"Setting '{field.name}' should be of type {wanted.__name__}, not {value!r}.")
    meta = field.metadata
    if meta["choices"] and value not in meta["choices"]:
        raise InputError(f"Setting '{field.name}' should be one of {', '.join(meta['choices'])}, not '{value}'.")
    if meta["minimum"] is not None and not value >= meta["minimum"]:
        raise InputError(f"Setting '{field.name}' is {value}, below its minimum {meta['minimum']}.")
    if meta["maximum"] is not None and not value <= meta["maximum"]:
        raise InputError(f"Setting '{field.name}' is {value}, above its maximum {meta['maximum']}.")
    return value
