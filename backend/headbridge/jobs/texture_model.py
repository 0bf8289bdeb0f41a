"""What a texture model has of a fitted texture, in answers and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..mesh.io.npz import write_arrays
from ..texture.job import TextureModel

STYLES = "styles.npz"


def describe_texture_model(model: TextureModel | None) -> dict[str, Any] | None:
    """None without a model, else space (as the setting of that name has it), label, kind, layout, labels, coefficients
    and their natural ranges of what it has of the texture, and the file with a generator's styles, None of a space."""
    if model is None:
        return None
    from ..texture.choice import describe_plausible, plausible_ranges

    return {
        "space": model.name,
        "label": Path(model.name).name,
        "kind": model.kind,
        "layout": model.layout,
        "labels": model.labels,
        "coefficients": model.coefficients,
        "natural": describe_plausible(plausible_ranges(model.name, model.labels)),
        "styles": None if model.styles is None else STYLES,
    }


def style_files(model: TextureModel | None) -> list[tuple[str, bytes]]:
    """Name and content of the file with a generator's styles (N, D); none without such."""
    if model is None or model.styles is None:
        return []
    return [(STYLES, write_arrays({"styles": model.styles}))]
