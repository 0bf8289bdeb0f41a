# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose model files results are made with: their terms are asked before the first use, their credits go with the scene and
its exports."""

from __future__ import annotations

import json
import os

import bpy

from . import paths

# Scene property: JSON of the credits by the models' keys.
CREDITS_KEY = "headbridge_credits"


def credit(answer: dict) -> None:
    """Keep the credits in a job's answer with the scene."""
    used = {each["key"]: each for each in answer.get("credits") or ()}
    if used:
        scene = bpy.context.scene
        scene[CREDITS_KEY] = json.dumps({**_of(scene), **used})


def accepted() -> list[str]:
    """Keys of the models whose terms the user accepted, for the worker."""
    return sorted(paths.preferences().accepted_terms.split())


def accepted_environment() -> dict[str, str]:
    """The same for a batch, as variables of its environment."""
    known = accepted()
    return {"HEADBRIDGE_ACCEPT_TERMS": " ".join(known)} if known else {}


def ask(model: dict[str, str]) -> None:
    """Have a model's terms wait for the user: a job has stopped because of them."""
    bpy.context.window_manager.headbridge.terms = json.dumps({model["key"]: model})


def waiting() -> list[str]:
    """Sentences on the terms that wait."""
    found = json.loads(bpy.context.window_manager.headbridge.terms or "{}")
    return [f"{each['label']}: {each['terms']} ({each['source']})" for each in found.values()]


def accept() -> None:
    """The user accepts the terms that wait."""
    session, preferences = bpy.context.window_manager.headbridge, paths.preferences()
    known = {*preferences.accepted_terms.split(), *json.loads(session.terms or "{}")}
    preferences.accepted_terms, session.terms = " ".join(sorted(known)), ""


def credit_lines(scene: bpy.types.Scene) -> list[str]:
    """A line for each model of others that what is in the scene was made with."""
    return [f"{each['label']}: {each['credit']}. {each['terms']} ({each['source']})" for each in _of(scene).values()]


def write_credits(path: str, scene: bpy.types.Scene) -> None:
    """Write NAME.credits.txt beside an exported file; nothing where nobody is to be credited."""
    if lines := credit_lines(scene):
        with open(f"{os.path.splitext(path)[0]}.credits.txt", "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, ""]))


def _of(scene: bpy.types.Scene) -> dict[str, dict]:
    return json.loads(scene.get(CREDITS_KEY, "{}"))
