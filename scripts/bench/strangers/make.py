"""Any stranger by its kind and number."""

from __future__ import annotations

from pathlib import Path

from .hard_set import hard_stranger
from .known_set import ROWS, known_stranger
from .spoil import KINDS as SPOILED
from .spoil import spoiled
from .stranger import Stranger


def make(folder: Path, recipe: tuple[str, int]) -> Stranger:
    """The stranger of a kind and a seed; the same ones give the same stranger. `folder` holds the open input data."""
    kind, seed = recipe
    if kind in ROWS:
        return known_stranger(folder, kind, seed)
    return spoiled(folder, kind, seed) if kind in SPOILED else hard_stranger(folder, kind, seed)
