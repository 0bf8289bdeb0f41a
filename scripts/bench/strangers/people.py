"""Random MakeHuman persons: the weights of morph targets by the kind of person asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .macro import ANCESTRIES, Macro, macro_weights
from .open_data import target_names

_OPPOSITES = (
    ("decr", "incr"),
    ("down", "up"),
    ("in", "out"),
    ("backward", "forward"),
    ("concave", "convex"),
    ("compress", "uncompress"),
)
# What moves the head as a whole or the neck is pose and size, no feature.
_NO_FEATURES = ("expression/", "macrodetails/", "asym/", "head/head-trans", "neck/")
_LEFT_RIGHT_CORRELATION = 0.96

KINDS = (
    "child",
    "baby",
    "old",
    "african",
    "asian",
    "shut_eyes",
    "open_mouth",
    "caricature",
    "asymmetric",
    "heavy",
    "laughing",
    "adult",
)
EXPRESSIONS = {
    "shut_eyes": {"eye-left-closure": 1.0, "eye-right-closure": 1.0},
    "open_mouth": {"mouth-open": 1.0},
    "laughing": {
        "mouth-open": 0.55,
        "mouth-corner-puller": 0.9,
        "eye-left-slit": 0.5,
        "eye-right-slit": 0.5,
        "nose-left-elevation": 0.4,
        "nose-right-elevation": 0.4,
    },
}
"""Expression units of a kind of person, the same for every ancestry."""


@dataclass(frozen=True)
class Person:
    """A MakeHuman person: its kind, its macro attributes and the weights of all morph targets by name."""

    kind: str
    macro: Macro
    weights: dict[str, float]


def person(folder: Path, kind: str, seed: int) -> Person:
    """A random person of a kind of `KINDS`; the same seed gives the same person.

    Features are drawn as normal numbers of 0.15 for opposite targets, at which adults vary as much as ICT-FaceKit's (0.5 for
    caricatures), nearly alike on both sides,
    and differ between the sides by asymmetry targets (0.15; 0.9 for asymmetric persons).
    """
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    macro = _macro(kind, rng)
    weights = macro_weights(macro)
    weights |= _features(folder, rng, 0.5 if kind == "caricature" else 0.15)
    weights |= _asymmetry(folder, rng, 0.9 if kind == "asymmetric" else 0.15)
    if kind == "heavy":
        weights |= {"head/head-fat-incr": 1.0, "neck/neck-double-incr": float(rng.uniform(0.4, 1.0))}
    for unit, amount in EXPRESSIONS.get(kind, {}).items():
        for ancestry, share in zip(ANCESTRIES, macro.ancestry):
            if share > 0.0:
                weights[f"expression/units/{ancestry}/{unit}"] = amount * share
    return Person(kind, macro, weights)


def _macro(kind: str, rng: np.random.Generator) -> Macro:
    shares = rng.dirichlet([0.5] * 3)
    macro = Macro(
        years=float(rng.uniform(18.0, 60.0)),
        male=float(rng.beta(0.25, 0.25)),
        ancestry=(float(shares[0]), float(shares[1]), float(shares[2])),
        muscle=float(np.clip(rng.normal(0.5, 0.15), 0.0, 1.0)),
        weight=float(np.clip(rng.normal(0.5, 0.2), 0.0, 1.0)),
    )
    years = {"child": (2.5, 11.0), "baby": (1.0, 2.0), "old": (70.0, 90.0)}
    if kind in years:
        return replace(macro, years=float(rng.uniform(*years[kind])))
    if kind in ("african", "asian"):
        mostly = [0.04, 0.04, 0.04]
        mostly[ANCESTRIES.index(kind)] = 0.92
        return replace(macro, ancestry=(mostly[0], mostly[1], mostly[2]))
    if kind == "heavy":
        return replace(macro, weight=1.0)
    return macro


def _features(folder: Path, rng: np.random.Generator, spread: float) -> dict[str, float]:
    pairs, single = feature_targets(folder)
    drawn: dict[str, float] = {}

    def number(name: str) -> float:
        """Normal, nearly the same for the left and the right of a feature."""
        both = name.replace("/l-", "/").replace("/r-", "/")
        if both not in drawn:
            drawn[both] = float(rng.normal())
        if both == name:
            return drawn[both]
        own = np.sqrt(1.0 - _LEFT_RIGHT_CORRELATION**2) * float(rng.normal())
        return _LEFT_RIGHT_CORRELATION * drawn[both] + own

    weights: dict[str, float] = {}
    for negative, positive in pairs:
        value = float(np.clip(spread * number(positive), -1.0, 1.0))
        weights[positive if value > 0.0 else negative] = abs(value)
    for name in single:
        weights[name] = float(np.clip(0.4 * spread * abs(number(name)), 0.0, 1.0))
    return weights


def _asymmetry(folder: Path, rng: np.random.Generator, spread: float) -> dict[str, float]:
    weights: dict[str, float] = {}
    for name in target_names(folder):
        if name.startswith("asym/asym-") and name.endswith("-l"):
            value = float(np.clip(rng.normal(0.0, spread), -1.0, 1.0))
            weights[name[:-1] + ("l" if value > 0.0 else "r")] = abs(value)
    return weights


def feature_targets(folder: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """Feature targets: pairs of opposites (negative, positive), and those without an opposite."""
    names = [name for name in target_names(folder) if not name.startswith(_NO_FEATURES)]
    known = set(names)
    pairs = []
    for name in names:
        stem, _, end = name.rpartition("-")
        for negative, positive in _OPPOSITES:
            if end == negative and f"{stem}-{positive}" in known:
                pairs.append((name, f"{stem}-{positive}"))
    paired = {name for pair in pairs for name in pair}
    return pairs, [name for name in names if name not in paired]
