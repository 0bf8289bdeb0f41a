"""Whose model files a job has used, on what terms: told before anybody relies on the result, and credited in it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from .model_files import MODEL_FILES, ModelFile, model_file, model_folders

_TOLD = "terms_told.json"
_used: ContextVar[dict[str, ModelFile] | None] = ContextVar("used_models", default=None)


@contextmanager
def noting_use() -> Iterator[None]:
    """One job: what it uses is noted anew inside."""
    token = _used.set({})
    try:
        yield
    finally:
        _used.reset(token)


def note_use(key: str) -> None:
    """A job uses the user's file of that key of MODEL_FILES."""
    used = _used.get()
    if used is not None:
        used[key] = model_file(key)


def note_flame(version: str) -> None:
    """A job uses the user's FLAME of a version (`FlameData.version`)."""
    note_use("flame2023" if version.startswith("2023") else "flame2020")


def note_file(path: str | os.PathLike) -> None:
    """A job uses a file that may be one of MODEL_FILES by its name."""
    name = Path(path).name
    for model in MODEL_FILES:
        if name in model.file_names:
            note_use(model.key)


def used_models() -> tuple[ModelFile, ...]:
    """The users' models that the present job has used so far, those that name terms."""
    return tuple(model for model in (_used.get() or {}).values() if model.terms)


def describe_credits() -> list[dict[str, str]]:
    """JSON-able: key, label, terms, credit and source of each."""
    names = ("key", "label", "terms", "credit", "source")
    return [{name: getattr(model, name) for name in names} for model in used_models()]


def credit_lines() -> list[str]:
    """A line for each: what it is, by whom, and on what terms."""
    return [f"{model.label}: {model.credit}. {model.terms} ({model.source})" for model in used_models()]


def newly_told() -> list[str]:
    """Lines on the terms of the used models that this user was not told of before; from now on he was.

    That is remembered in the first of the model folders; where it cannot be written, everything is told every time."""
    path = model_folders()[0] / _TOLD
    known: list[str] = []
    with suppress(OSError, ValueError):
        found = json.loads(path.read_bytes())
        known = [key for key in found if isinstance(key, str)] if isinstance(found, list) else []
    new = [model for model in used_models() if model.key not in known]
    if new:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(sorted({*known, *(model.key for model in new)})), encoding="utf-8")
    return [f"{model.label}, which was used for the first time: {model.terms} ({model.source})" for model in new]
