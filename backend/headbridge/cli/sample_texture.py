"""``headbridge sample-texture``: textures of a texture space."""

from __future__ import annotations

import argparse
from typing import Any

from ..jobs.sample_texture import SAMPLE_TEXTURE
from .folder_command import FolderCommand

_DESCRIPTION = """Make textures of a texture space, random or of given coefficients: a PNG for each (and for each tile
of the layout), textures.npz with their coefficients, and sample_texture.json. Equal seeds give equal textures, and more
of them leave the first as they were. Coefficients that begin with a minus go behind an equals sign:
--coefficients=-1,2."""


def _lines(answer: dict[str, Any], parsed: argparse.Namespace, settings: Any) -> list[str]:
    return [*answer["notes"], f"{len(answer['files'])} textures in {parsed.output}."]


define = FolderCommand(SAMPLE_TEXTURE, _DESCRIPTION, lambda parser: None, lambda parsed, settings: None, _lines).define
