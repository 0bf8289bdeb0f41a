"""``headbridge sample``: random heads of a model."""

from __future__ import annotations

import argparse
from typing import Any

from ..jobs.sample import SAMPLE
from .folder_command import FolderCommand

_DESCRIPTION = """Make random heads of a head model: a mesh file each, heads.npz with their coefficients, and
sample.json. Equal seeds give equal heads, and more of them leave the first as they were."""


def _lines(answer: dict[str, Any], parsed: argparse.Namespace, settings: Any) -> list[str]:
    return [*answer["notes"], f"{len(answer['files'])} meshes in {parsed.output}."]


define = FolderCommand(SAMPLE, _DESCRIPTION, lambda parser: None, lambda parsed, settings: None, _lines).define
