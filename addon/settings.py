# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender properties generated from `job_settings.json`, the description of a job that the backend's classes give."""

import json
import os

import bpy

from . import setting_texts

with open(os.path.join(os.path.dirname(__file__), "job_settings.json"), encoding="utf-8") as _file:
    DESCRIPTIONS: dict[str, list[dict]] = json.load(_file)

_PROPERTY_OF_TYPE = {
    "bool": bpy.props.BoolProperty,
    "int": bpy.props.IntProperty,
    "float": bpy.props.FloatProperty,
    "str": bpy.props.StringProperty,
}


def names(task: str, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names of a task's settings; those of a task that has none are none."""
    return tuple(
        description["name"] for description in DESCRIPTIONS.get(task, ()) if description["name"] not in without
    )


def defaults(task: str) -> dict:
    """The values of a task's settings where none are chosen."""
    return {description["name"]: description["default"] for description in DESCRIPTIONS[task]}


def properties(task: str, **more) -> dict:
    """Annotations for a property group or operator, one per setting of the task; `more` goes to every property."""
    return {description["name"]: _property(description, more) for description in DESCRIPTIONS.get(task, ())}


def _property(description: dict, more: dict):
    shared = {
        "name": setting_texts.name(description),
        "description": setting_texts.tooltip(description),
        "default": description["default"],
        **more,
    }
    if description["choices"]:
        items = [(choice, setting_texts.choice_name(choice), "") for choice in description["choices"]]
        return bpy.props.EnumProperty(items=items, **shared)
    if description["name"].endswith("_file"):
        shared["subtype"] = "FILE_PATH"
    limits = {}
    for key, name in (("minimum", "min"), ("maximum", "max")):
        if description[key] is not None:
            limits[name] = description[key]
    return _PROPERTY_OF_TYPE[description["type"]](**shared, **limits)


def values(holder, task: str) -> dict:
    """The task's settings as plain values, as a job takes them."""
    return {name: getattr(holder, name) for name in names(task)}


def with_absolute_files(values: dict) -> dict:
    """Settings with the paths of files as the backend can read them: Blender may write //name for one."""
    files = {name: bpy.path.abspath(path) for name, path in values.items() if name.endswith("_file") and path}
    return {**values, **files}
