"""Command-line options from a task's settings class."""

from __future__ import annotations

import argparse
from typing import Any

from ..settings import describe, from_dict

_TYPES = {"int": int, "float": float, "str": str}


def add_setting_options(parser: argparse.ArgumentParser, settings_class: type) -> None:
    """One option per setting, `--like-this`; switches get a `--no-` form. What is parsed has `settings_class`."""
    parser.set_defaults(settings_class=settings_class)
    group = parser.add_argument_group("settings")
    for item in describe(settings_class):
        flag = "--" + item["name"].replace("_", "-")
        # Options left out stay out of the result, so that the settings class alone knows the defaults.
        common = {"dest": f"setting_{item['name']}", "default": argparse.SUPPRESS, "help": _help(item)}
        if item["type"] == "bool":
            group.add_argument(flag, action=argparse.BooleanOptionalAction, **common)
        else:
            metavar = None if item["choices"] else (item["unit"] or item["type"]).upper()
            group.add_argument(flag, type=_TYPES[item["type"]], choices=item["choices"], metavar=metavar, **common)


def settings_from_options(parsed: argparse.Namespace, settings_class: type):
    """The settings the options stand for; `InputError` when one is out of range."""
    prefix = "setting_"
    values: dict[str, Any] = {k.removeprefix(prefix): v for k, v in vars(parsed).items() if k.startswith(prefix)}
    return from_dict(settings_class, values)


def _help(item: dict[str, Any]) -> str:
    limits = [
        f"{word} {item[key]}"
        for key, word in (("minimum", "at least"), ("maximum", "at most"))
        if item[key] is not None
    ]
    default = (
        f"default {'on' if item['default'] else 'off'}" if item["type"] == "bool" else f"default {item['default']}"
    )
    return f"{item['help']} ({', '.join([default, *limits])})".replace("%", "%%")
