"""Random people of ICT-FaceKit, whose first vertices are HACK's topology."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from headbridge.mesh import Mesh
from headbridge.topologies import load_builtin, load_topology

from .bumps import bumps
from .open_data import ict_arrays
from .parts import kept_part

_MM_PER_UNIT = 10.0
EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "neutral": (),
    "blink": ("eyeBlink_L", "eyeBlink_R"),
    "open_jaw": ("jawOpen",),
    "smile": ("mouthSmile_L", "mouthSmile_R"),
    "laugh": ("jawOpen", "mouthSmile_L", "mouthSmile_R", "eyeSquint_L", "eyeSquint_R"),
    "wink": ("eyeBlink_L", "mouthSmile_L"),
    "mixed": (),
}
"""Expressions by name; "mixed" are five random shapes."""
_NOT_MIXED = ("PupilDilate", "tongueOut")


def ict_person(
    folder: Path, seed: int, expression: str | None = None, amplify: float = 1.0, bump_mm: float = 0.0
) -> np.ndarray:
    """(26719, 3) positions in millimetres, in the frame of the shipped ICT head.

    100 normal identity coefficients within two standard deviations, times `amplify`; an expression of `EXPRESSIONS` (by
    the seed when None) at 0.4 to 1, together with two weak random shapes; bumps of 40 mm wavelength and that height.
    """
    model = ict_arrays(folder)
    rng = np.random.default_rng([seed, 1])
    identity = amplify * np.clip(rng.normal(size=len(model["identity"])), -2.0, 2.0)
    weights = _expression(model, expression or list(EXPRESSIONS)[seed % len(EXPRESSIONS)], rng)
    positions = model["vertices"].astype(np.float64)
    positions += np.tensordot(identity, model["identity"], 1) + np.tensordot(weights, model["expression"], 1)
    positions = positions * _MM_PER_UNIT + _offset(folder)
    if bump_mm:
        skin = load_topology("ict").skin
        positions += bumps(positions, load_builtin("ict").triangles, skin, bump_mm, 40.0, seed)
    return positions


def _expression(model: dict[str, np.ndarray], name: str, rng: np.random.Generator) -> np.ndarray:
    names = [str(text) for text in model["expression_names"]]
    weights = np.zeros(len(names))
    free = [k for k, text in enumerate(names) if text not in _NOT_MIXED]
    strong, weak = (5, 0) if name == "mixed" else (0, 0 if name == "neutral" else 2)
    weights[rng.choice(free, strong, replace=False)] = rng.uniform(0.2, 0.8, strong)
    weights[rng.choice(free, weak, replace=False)] = rng.uniform(0.1, 0.3, weak)
    blink = name in ("blink", "wink")
    for text in EXPRESSIONS[name]:
        # A lid is shut or open; half shut ones are among the mixed.
        shut = blink and text.startswith("eyeBlink")
        weights[names.index(text)] = 1.0 if shut else rng.uniform(0.4, 1.0)
    return weights


@cache
def _offset(folder: Path) -> np.ndarray:
    """From the model file's frame, in millimetres, to the shipped head's."""
    return (load_builtin("ict").vertices - _MM_PER_UNIT * ict_arrays(folder)["vertices"]).mean(axis=0)


def ict_mesh(positions: np.ndarray, eyes: bool, inside: bool) -> Mesh:
    """The skin of an ICT person; with `eyes` the eyeballs, with `inside` also sockets, mouth, teeth and tongue."""
    table = load_topology("ict")
    kept = table.skin.copy()
    if inside:
        kept[: len(load_topology("hack").skin)] = True
        kept |= table.regions["teeth"] | table.regions["tongue"]
    if eyes:
        kept |= table.regions["left_eyeball"] | table.regions["right_eyeball"]
    return kept_part(load_builtin("ict").with_vertices(positions), kept)
