"""Whose model files a job uses: their terms are asked before the first use, and they are credited in the result."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from .errors import InputError
from .interrupt import unfinished_file
from .model_files import MODEL_FILES, ModelFile, config_folder, model_file

VARIABLE = "HEADBRIDGE_ACCEPT_TERMS"
"""Environment variable of who accepts terms, here and in processes started from here: 1 for all, or the models' keys."""

_ACCEPTED = "accepted-terms.json"
_used: ContextVar[dict[str, ModelFile] | None] = ContextVar("used_models", default=None)
_ask: ContextVar[Callable[[ModelFile], bool]] = ContextVar("ask_for_terms", default=lambda model: False)


class TermsNotAccepted(InputError):
    """A job needs a user's file whose terms this user has not accepted; `model` : which."""

    def __init__(self, model: ModelFile):
        super().__init__(
            f"{model.label} is used for the first time, and its terms are not accepted yet: {model.terms} ({model.source}) Once "
            "you agree, give --accept-terms to the command, or choose Accept in Blender's panel."
        )
        self.model = model


@contextmanager
def noting_use(ask: Callable[[ModelFile], bool] = lambda model: False) -> Iterator[None]:
    """One job: what it uses is noted anew inside. ask : whether the user accepts a model's terms, which are not known to be
    accepted; without it nobody can be asked, and the job raises `TermsNotAccepted`."""
    tokens = _used.set({}), _ask.set(ask)
    try:
        yield
    finally:
        _used.reset(tokens[0])
        _ask.reset(tokens[1])


def note_use(key: str) -> None:
    """A job is about to use the user's file of that key of MODEL_FILES.

    Raises `TermsNotAccepted` where the model names terms, and the user does not accept them."""
    used = _used.get()
    if used is None or key in used:
        return
    model = model_file(key)
    if model.terms and key not in accepted_terms():
        if not ({"1", key} & set(os.environ.get(VARIABLE, "").split()) or _ask.get()(model)):
            raise TermsNotAccepted(model)
        accept_terms(key)
    used[key] = model


def accepted_terms() -> set[str]:
    """Keys of the models whose terms this user accepted before."""
    with suppress(OSError, ValueError):
        found = json.loads((config_folder() / _ACCEPTED).read_bytes())
        if isinstance(found, list):
            return {key for key in found if isinstance(key, str)}
    return set()


def accept_terms(key: str) -> None:
    """Remember that this user accepts a model's terms; where that cannot be written, he is asked every time."""
    path = config_folder() / _ACCEPTED
    # Workers of a batch read and write it at once: none may find half a file and forget what was accepted before.
    whole = path.with_name(f"{_ACCEPTED}.{os.getpid()}")
    with suppress(OSError), unfinished_file(whole):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        whole.write_text(json.dumps(sorted({*accepted_terms(), key})), encoding="utf-8")
        whole.replace(path)


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
    """JSON-able: what `describe_model` says of each."""
    return [describe_model(model) for model in used_models()]


def describe_model(model: ModelFile) -> dict[str, str]:
    """JSON-able: key, label, terms, credit and source."""
    return {name: getattr(model, name) for name in ("key", "label", "terms", "credit", "source")}


def credit_lines() -> list[str]:
    """A line for each: what it is, by whom, and on what terms."""
    return [f"{model.label}: {model.credit}. {model.terms} ({model.source})" for model in used_models()]
