"""What a registration takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..mesh import Mesh
from ..mesh.similarity import Similarity
from ..settings import device_setting, scale_setting, seed_setting, setting
from ..verdict import Verdict

if TYPE_CHECKING:
    from .seen import SeenTarget


@dataclass(frozen=True)
class RegisterSettings:
    """Settings of a registration job."""

    device: str = device_setting("closest points are computed")
    table_landmarks: bool = setting(
        True,
        label="Known landmarks",
        help="Use the landmarks of the topology tables when both heads are recognised and no pairs are given.",
    )
    landmark_weight: float = scale_setting(
        "Landmark weight", "how firmly landmarks hold; 0 uses them for the alignment only.", 100.0
    )
    symmetry: bool = setting(
        True,
        label="Symmetry",
        help="Prefer motion that is the same on both sides where the source topology has a mirror map.",
    )
    head_model: bool = setting(
        True,
        label="Statistical start",
        help="Fit identity and expression of the source topology's head model first, where it has one.",
    )
    stiffness: float = scale_setting(
        "Stiffness",
        "the resistance to bending in every stage; higher keeps the source's shape, lower follows the target closer.",
        100.0,
        0.01,
    )
    reach: float = scale_setting(
        "Reach",
        "the distance within which target surface is matched; it shrinks from 40 mm to 4 mm while the job runs.",
        10.0,
        0.1,
    )
    hold_out_folds: int = setting(
        0,
        label="Held-out folds",
        help="Registers this many extra times, each without a part of the landmarks, to measure the error where none is given.",
        minimum=0,
        maximum=51,
    )
    look: bool = setting(
        True,
        label="Look for the face",
        help="Find the head of a target without known landmarks in pictures of it; off, by its shape alone.",
    )
    seed: int = seed_setting("Seed of the alignment by shape alone.")


@dataclass(frozen=True)
class LandmarkPairs:
    """Points that belong together: `source` (N, 3) in the source's frame, `target` (N, 3) in the target's, `names`
    (empty where there are none), and `notes`, what reading them had to say."""

    source: np.ndarray
    target: np.ndarray
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "source", np.asarray(self.source, dtype=np.float64))
        object.__setattr__(self, "target", np.asarray(self.target, dtype=np.float64))
        missing = len(self.source) - len(self.names)
        object.__setattr__(self, "names", (*self.names, *([""] * missing)))

    def subset(self, chosen: np.ndarray) -> LandmarkPairs:
        """The pairs at some indices, or where a mask is true."""
        indices = np.arange(len(self.source))[chosen]
        return LandmarkPairs(self.source[indices], self.target[indices], tuple(self.names[k] for k in indices))


@dataclass(frozen=True)
class RegisterInput:
    """The meshes and masks of a registration, in their own frames and units.

    landmarks : pairs given by the user; they replace the tables' landmarks.
    source_exclude : (V,) bool, source vertices that are not matched ("do not match"), or None.
    target_exclude : (Vt,) bool, target vertices whose surface is not matched, or None.
    source_weights : (V,) float >= 0, multiplies the data weight of each source vertex, or None.
    source_topology, target_topology : the topology a caller vouches for ("flame", "hack", ...); checked, and recognised when None.
    seen : what a caller who looked at the target saw there, in place of landmarks and tables; None: it is looked at where
    nothing else aligns it.
    close_openings : whether lips and lids that are shut in the target are closed by contact; off, they lie as the surfaces do.
    head_space : the one space of heads to start from (`headbridge.models.SPACES`); None: those of the topology compete.
    start : (V, 3) where the source lies already, in the target's frame and unit, known by other means: it keeps this shape,
    held by the pairs, and is only laid onto the surface; folds and distortion are told against it. None: that is found.
    """

    source: Mesh
    target: Mesh
    landmarks: LandmarkPairs | None = None
    source_exclude: np.ndarray | None = None
    target_exclude: np.ndarray | None = None
    source_weights: np.ndarray | None = None
    source_topology: str | None = None
    target_topology: str | None = None
    head_space: str | None = None
    seen: SeenTarget | None = None
    close_openings: bool = True
    start: np.ndarray | None = None


@dataclass(frozen=True)
class RegisterResult:
    """What a registration gives; positions in the target's frame and units.

    aligned : (V, 3), the source after the similarity alone (shape key "Basis").
    registered : (V, 3), the source transferred onto the target (shape key "Registered").
    distance_mm : (V,), distance of every registered vertex to the target surface; NaN where the source has no counterpart.
    similarity : source units and frame to target units and frame.
    mm_per_target_unit : how long one target unit is.
    metrics : JSON-able numbers (`headbridge.metrics`), seed, versions and timings.
    notes : what was found or assumed, one sentence each.
    verdict : whether the result may be used as it is, with reasons.
    """

    aligned: np.ndarray
    registered: np.ndarray
    distance_mm: np.ndarray
    similarity: Similarity
    mm_per_target_unit: float
    metrics: dict[str, Any]
    notes: tuple[str, ...] = field(default=())
    verdict: Verdict = Verdict()
