"""What a UV transfer takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..mesh import Mesh
from ..registration.job import LandmarkPairs
from ..settings import device_setting, seed_setting, setting
from ..verdict import Verdict


@dataclass(frozen=True)
class UvSettings:
    """Settings of a UV transfer job."""

    method: str = setting(
        "surface",
        label="Method",
        help="Surface: the closest point of the registered head, chart by chart. Neural: a network learns the layout.",
        choices=("surface", "neural"),
    )
    rendering_loss: float = setting(
        0.3,
        label="Rendering loss",
        help="Neural: weight of the difference between pictures of both heads in one texture, seen from many sides.",
        minimum=0.0,
        maximum=100.0,
    )
    symmetry: bool = setting(
        True,
        label="Symmetry",
        help="Give both sides of the head mirrored UVs where the layout itself and the target's topology are symmetric.",
    )
    hold_out_folds: int = setting(
        0,
        label="Held-out folds",
        help="Repeats registration and mapping this many times, each without a part of the known landmarks, to measure "
        "the UV error where none is given.",
        minimum=0,
        maximum=51,
    )
    device: str = device_setting()
    seed: int = seed_setting("Seed of the registration and of the network.")


@dataclass(frozen=True)
class UvInput:
    """Meshes of a UV transfer.

    source : the head whose UV layout is wanted (corner UVs required), its own units and frame.
    target : the head that gets it.
    registered : the source's vertices lying on the target, or the target's vertices lying on the source, as a
        registration gives them (the faces tell which); None: the transfer registers the two itself.
    registered_verdict : the verdict on that registration, where there was one.
    landmarks : pairs for the registration, source to target; they replace the tables' landmarks. Not with `registered`.
    source_topology, target_topology : keys to insist on, or None to recognise.
    """

    source: Mesh
    target: Mesh
    registered: Mesh | None = None
    registered_verdict: Verdict = Verdict()
    landmarks: LandmarkPairs | None = None
    source_topology: str | None = None
    target_topology: str | None = None


@dataclass
class UvResult:
    """A finished UV transfer.

    corner_uvs : (C, 2) float32, the new UVs of the target's corners.
    matched : (V,) bool, target vertices with a counterpart on the source; the others were extended or packed.
    problem_triangles : (T,) bool, target triangles (`Mesh.triangles`) left flipped or covering others, and those where
        the registration is to be looked at.
    layout_name : what to call the UV layer ("FLAME", or the source's name).
    metrics : JSON-able measurements (`headbridge.metrics.uv`), with `seconds` and `seconds_by_stage`.
    notes : sentences for the user.
    verdict : that of the registration, good where there was none to make.
    """

    corner_uvs: np.ndarray
    matched: np.ndarray
    problem_triangles: np.ndarray
    layout_name: str
    metrics: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    verdict: Verdict = Verdict()
