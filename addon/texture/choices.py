# SPDX-License-Identifier: GPL-3.0-or-later
"""The texture spaces and generators that the backend finds."""

from __future__ import annotations

import json
import os

import bpy

from .. import paths
from ..job_session import JobSession

# What installations have: the first all of them, the others where their file is among the assets.
_SHIPPED = [
    ({"name": "open", "label": "Open texture space", "kind": "space"}, ""),
    (
        {"name": "open-generator", "label": "Open texture generator", "kind": "generator"},
        "texture_generator.safetensors",
    ),
]
_ICONS = {"space": "RENDERLAYERS", "generator": "SHADERFX"}

# Blender does not keep the texts of items a callback gives.
_shown: list[tuple] = []


class FindTexturesSession(JobSession):
    """Asks which textures there are; the session's list is what it says."""

    task = "find_textures"
    answer_kinds = {"textures": list}
    changes_scene = False

    def __init__(self):
        super().__init__()
        self._start({})

    def _finish(self, answer: dict) -> None:
        bpy.context.window_manager.headbridge.textures = json.dumps(answer["textures"])


def found() -> list[dict]:
    """The textures that are known to be there: {"name", "label", "kind"}."""
    listed = bpy.context.window_manager.headbridge.textures
    if listed:
        return json.loads(listed)
    return [each for each, file in _SHIPPED if not file or os.path.isfile(os.path.join(paths.ASSETS_FOLDER, file))]


def items(_operator, _context) -> list[tuple]:
    """Items of an EnumProperty; the first word of each is the name."""
    _shown[:] = [
        (each["name"], each["label"], each["name"], _ICONS[each["kind"]], number) for number, each in enumerate(found())
    ]
    return _shown


def label_of(name: str) -> str:
    """How to call a texture of this name or file."""
    return next((each["label"] for each in found() if each["name"] == name), os.path.basename(name) or name)
