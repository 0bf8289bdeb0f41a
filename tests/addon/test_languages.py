"""Every text of the panels and buttons has its German, and nothing else has."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ADDON = Path(__file__).resolve().parent.parent.parent / "addon"
LANGUAGES = sorted(path.stem for path in (ADDON / "languages").glob("*.json"))
# Functions whose first or second argument is shown.
SHOWN_BY = {"iface_", "tip_", "refuse", "missing.refuse"}
# Names whose texts are shown.
ASSIGNED = {"self._note", "click", "mirror", "NO_BACKEND"}
ICON = re.compile(r"NONE|(EVENT|MOUSE)_[A-Z_]+")


def strings(node: ast.expr | None) -> Iterator[str]:
    """The texts that an expression may give."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (text for part in (node.body, node.orelse) for text in strings(part))


def constants(item: ast.expr) -> list[str]:
    """The texts of a tuple of texts."""
    return [text for part in getattr(item, "elts", ()) for text in strings(part)]


def shown(path: Path) -> Iterator[str]:
    """The texts of a file that the user sees: labels, names, tooltips, items of menus, what is missing, hints."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "bl_label":
                    yield from strings(statement.value)
            if node.name.startswith("HEADBRIDGE_OT"):
                yield ast.get_docstring(node) or ""
        elif isinstance(node, ast.Call):
            yield from of_call(node)
        elif isinstance(node, (ast.List, ast.Tuple)):
            for item in node.elts:
                yield from of_item(item)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ASSIGNED:
            yield from strings(node.value)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("ITEMS"):
            # Also items whose identifiers are words of the backend.
            yield from (text for item in getattr(node.value, "elts", ()) for text in constants(item)[1:])
        elif path.name == "missing.py" and isinstance(node, (ast.Return, ast.Lambda)):
            yield from strings(node.value if isinstance(node, ast.Return) else node.body)


def of_call(call: ast.Call) -> Iterator[str]:
    called = ast.unparse(call.func)
    for argument in call.keywords:
        if argument.arg in {"text", "confirm_text"} or (
            argument.arg in {"name", "description"} and called.startswith("bpy.props")
        ):
            yield from strings(argument.value)
    if called == "Head":
        yield from (text for argument in call.args[1:3] for text in strings(argument))
    if called == "Place":
        yield from (text for argument in call.args[2:3] for text in strings(argument))
    if called in SHOWN_BY or called == "missing.mesh":
        yield from (text for argument in call.args[:2] for text in strings(argument))


def of_item(item: ast.expr) -> Iterator[str]:
    """The name and description of an item (IDENTIFIER, name, description), or the words of a hint (icon, words)."""
    if not isinstance(item, ast.Tuple) or not item.elts or not isinstance(item.elts[0], ast.Constant):
        return
    first = str(item.elts[0].value)
    if len(item.elts) >= 3 and first.isupper() and all(isinstance(part, ast.Constant) for part in item.elts[1:3]):
        yield from (str(part.value) for part in item.elts[1:3])
    elif len(item.elts) == 2 and ICON.fullmatch(first):
        yield from strings(item.elts[1])


@cache
def setting_texts():
    """addon/setting_texts.py, which needs no Blender."""
    spec = importlib.util.spec_from_file_location("setting_texts", ADDON / "setting_texts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def texts() -> set[str]:
    found = [text for path in ADDON.rglob("*.py") for text in shown(path)]
    described = json.loads((ADDON / "job_settings.json").read_text(encoding="utf-8"))
    for setting in (setting for task in described.values() for setting in task):
        choices = [choice for choice in setting["choices"] or () if choice not in setting_texts().NAMES]
        found += [
            setting_texts().name(setting),
            setting_texts().tooltip(setting),
            *map(setting_texts().choice_name, choices),
        ]
    return {" ".join(text.split()) for text in found if any(letter.isalpha() for letter in text)}


def test_there_is_another_language():
    assert LANGUAGES == ["de"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(texts, language):
    told = json.loads((ADDON / "languages" / f"{language}.json").read_text(encoding="utf-8"))
    assert len(texts) > 500
    assert sorted(texts - told.keys()) == [], f"add them to addon/languages/{language}.json"
    assert sorted(told.keys() - texts) == [], (
        f"nothing shows them any more: take them out of addon/languages/{language}.json"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_same_gaps(language):
    told = json.loads((ADDON / "languages" / f"{language}.json").read_text(encoding="utf-8"))
    gaps = re.compile(r"\{(\w+)\}")
    assert [text for text, other in told.items() if sorted(gaps.findall(text)) != sorted(gaps.findall(other))] == []
    assert [text for text, other in told.items() if not other.strip()] == []
