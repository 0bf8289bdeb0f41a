"""One run of the bench: which target, which source, and what is changed about the input."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.topologies import load_topology

from .stranger import Stranger, transformed

VARIATIONS = ("noise", "float32", "seed", "two_threads", *(f"turn_{k:02d}" for k in range(24)))
"""Changes that must not change the answer: 1e-6 mm of noise, positions rounded to float32, another seed, two threads of
linear algebra instead of one, the 24 orientations of a cube."""
AMBERG = "amberg"
"""Not a change of the input: trimesh's `nricp_amberg` registers instead."""
_NOISE_MM = 1e-6


@dataclass(frozen=True)
class Case:
    """kind, seed : the target's recipe. source : topology to register.

    landmarks : whether the 51 true landmarks are given ("exact"), wrong ones of another person ("wrong"), or none ("").
    variation : one of `VARIATIONS`, `AMBERG`, or "" for the plain run.
    """

    kind: str
    seed: int
    source: str
    landmarks: str = ""
    variation: str = ""

    @property
    def name(self) -> str:
        """A file name."""
        extra = [text for text in (f"{self.landmarks}_landmarks" * bool(self.landmarks), self.variation) if text]
        return "-".join([f"{self.kind}_{self.seed:03d}", self.source, *extra])

    @property
    def target(self) -> str:
        """The file name's beginning of the target that is registered."""
        return f"{self.kind}_{self.seed:03d}"


def varied(stranger: Stranger, variation: str) -> Stranger:
    """The stranger with the variation's change to its mesh or frame."""
    mesh = stranger.mesh
    if variation == "noise":
        shift = np.random.default_rng(11).normal(0.0, _NOISE_MM / stranger.mm_per_unit, mesh.vertices.shape)
        return replace(stranger, mesh=mesh.with_vertices(mesh.vertices + shift))
    if variation == "float32":
        return replace(stranger, mesh=mesh.with_vertices(mesh.vertices.astype(np.float32).astype(np.float64)))
    if variation.startswith("turn_"):
        return transformed(stranger, turn_of(variation), np.zeros(3), stranger.mm_per_unit)
    return stranger


def turn_of(variation: str) -> np.ndarray:
    """(3, 3) rotation of a "turn_NN" variation, the unit matrix of every other."""
    if not variation.startswith("turn_"):
        return np.eye(3)
    return Rotation.create_group("O").as_matrix()[int(variation[5:])]


def given_landmarks(stranger: Stranger, kind: str) -> np.ndarray | None:
    """(51, 3) target points of the pairs given for a case's `landmarks`, or None."""
    if kind == "exact":
        return stranger.landmarks
    if kind == "wrong":
        return load_topology(stranger.source).landmarks_51.evaluate(stranger.result)
    return None
