"""Random textures in the demo's report."""

from __future__ import annotations

from collections.abc import Mapping

from .report_parts import figures

# The order of the pictures and their captions.
_PICTURES = {
    "open": "Random textures of the open texture space, in FLAME's layout",
    "open-generator": "Random textures of the open generator, a StyleGAN2 that was trained on that space",
}


def texture_section(pictures: Mapping[str, bytes]) -> str:
    """Sheets of textures, name to JPEG content; nothing without any."""
    title = "Random textures"
    return f"<section><h2>{title}</h2>{figures(title, _PICTURES, pictures)}</section>" if pictures else ""
