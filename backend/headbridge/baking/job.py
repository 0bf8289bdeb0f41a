"""What a texture bake takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..mesh import Mesh
from ..settings import device_setting, seed_setting, setting, size_setting
from ..verdict import Verdict

if TYPE_CHECKING:
    # Compute libraries take a moment to load, so naming the job does without.
    from ..images import Image


@dataclass(frozen=True)
class BakeSettings:
    """Settings of a texture bake job."""

    size: int = size_setting(1024, "the baked image", 16, 8192)
    padding: int = setting(
        16,
        label="Padding",
        help="How far colours continue beyond the charts' edges.",
        minimum=0,
        maximum=1024,
        unit="px",
    )
    filter: str = setting(
        "cubic",
        label="Filter",
        help="Cubic keeps detail sharp; bilinear never overshoots at hard edges.",
        choices=("cubic", "bilinear"),
    )
    device: str = device_setting()
    seed: int = seed_setting()


@dataclass(frozen=True)
class BakeInput:
    """Meshes and images of a texture bake.

    source : the head the images belong to; its corner UVs are their layout. Its own units and frame.
    images : one picture per tile (u, v), UDIM 1001 being (0, 0).
    target : the head to bake to; its corner UVs are the layout of the result.
    registered : the source's vertices lying on the target, or the target's lying on the source; None: found out. Not
        needed where source and target are one mesh with two layouts.
    source_topology, target_topology : keys to insist on, or None to recognise.
    """

    source: Mesh
    images: dict[tuple[int, int], Image]
    target: Mesh
    registered: Mesh | None = None
    source_topology: str | None = None
    target_topology: str | None = None


@dataclass
class BakeResult:
    """A finished bake.

    images : one picture per tile the target's layout occupies, with the encoding and bit depth of the source's.
    masks : (H, W) uint8 per tile, 255 where the layout covers the texel's centre, else 0.
    metrics : JSON-able: texels, texels_covered, texels_covered_twice, counterpart_share, seconds, seconds_by_stage.
    notes : sentences for the user.
    verdict : that of the registration, good where there was none to make.
    """

    images: dict[tuple[int, int], Image]
    masks: dict[tuple[int, int], np.ndarray]
    metrics: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    verdict: Verdict = Verdict()
