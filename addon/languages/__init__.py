# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels and buttons say in other languages, through Blender's own translation; English is the source.

A language is a file NAME.json of English texts and theirs. What jobs answer (verdicts, reasons, errors) is in English
everywhere.
"""

from __future__ import annotations

import json
import os

import bpy

# File: the names that Blender has given the language.
_LANGUAGES = {"de": ("de", "de_DE")}
# Blender looks labels of operators up in a context of their own, and those of the panels in `SidebarPanel`'s.
_CONTEXTS = ("*", "Operator", "HeadBridge")


def read(language: str) -> dict[str, str]:
    """The texts of a language by the English ones."""
    with open(os.path.join(os.path.dirname(__file__), f"{language}.json"), encoding="utf-8") as file:
        return json.load(file)


def _messages(language: str) -> dict[tuple[str, str], str]:
    """A language's texts by context and English text, as Blender takes them."""
    return {(context, text): told for text, told in read(language).items() for context in _CONTEXTS}


def register():
    found = {language: _messages(language) for language in _LANGUAGES}
    names = {name: found[language] for language, known in _LANGUAGES.items() for name in known}
    bpy.app.translations.register(__package__, names)


def unregister():
    bpy.app.translations.unregister(__package__)
