"""What a fit to a sequence of meshes takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...mesh import Mesh
from ...mesh.similarity import Similarity
from ...models.catalogue import MODELS
from ...settings import scale_setting, setting
from ..job import fit_model_file_setting, mesh_prior_setting, region_setting


def fps_setting():
    return setting(
        0.0,
        label="Frames per Second",
        help="Frames a second; 0 keeps what the files say.",
        minimum=0.0,
        unit="fps",
    )


def frames_setting():
    return setting(
        "",
        label="Frames",
        help="Frames to take as A:B:STEP, by their numbers, from A up to and without B; each may be left out.",
    )


@dataclass(frozen=True)
class FitSequenceSettings:
    """Settings of a fit to the meshes of a performance."""

    model: str = setting(
        "auto",
        label="Model",
        help="Head model to fit; auto takes the one of the meshes' topology, flame the user's file where there is one.",
        choices=("auto", *MODELS),
    )
    model_file: str = fit_model_file_setting()
    region: str = region_setting()
    limits: bool = setting(
        True,
        label="Expression limits",
        help="Keep blendshapes within 0 and 1, unless the meshes are exactly heads of the model with others.",
    )
    prior: float = mesh_prior_setting()
    smoothing: float = scale_setting(
        "Smoothing",
        "how firmly curves are held to even motion where the meshes leave a choice; 0 takes each frame alone.",
        1000.0,
    )
    fps: float = fps_setting()
    frames: str = frames_setting()
    offset: bool = setting(
        True,
        label="Static offset",
        help="Also give what all frames' faces have beyond the model's span: one displacement per vertex, for all frames.",
    )


@dataclass(frozen=True, eq=False)
class FitSequenceInput:
    """Meshes of one topology, in their own unit and frame.

    mesh : one of them, with its faces. vertices : (T, V, 3) those of every frame. frame_numbers : (T,) int, ascending;
    what is skipped is a gap. fps : frames a second, 0 where unknown.
    """

    mesh: Mesh
    vertices: np.ndarray
    frame_numbers: np.ndarray
    fps: float = 0.0


@dataclass(frozen=True, eq=False)
class FitSequenceResult:
    """A performance as one head.

    model, version, label : the model's key ("flame", "hack", "ict"), its version, and its name for messages.
    coefficients : as those of `FitResult`, with T rows for every part but identity (I,) and larynx_size (1,).
    expression_names : E names, or empty where they are numbered.
    offset : (V, 3) mm, added to the template before posing, or None.
    similarity : from the model's millimetres to the frame and unit of the meshes; only the scale differs from the
        identity.
    metrics : JSON-able numbers. notes : what was found or assumed, one sentence each.
    """

    model: str
    version: str
    label: str
    coefficients: dict[str, np.ndarray]
    expression_names: tuple[str, ...]
    offset: np.ndarray | None
    similarity: Similarity
    metrics: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
