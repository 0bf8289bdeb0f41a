"""Who somebody is, in the words of the handles of the model of all people.

The words are those of MakeHuman's artists, whose targets the model was made from: what a face of eight years, or of one
ancestry, looks like is their idea, no measurement of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

AGE_KNOTS = (1.0, 12.0, 25.0, 90.0)
"""Years at which MakeHuman has targets: baby, child, young and old. Between them heads mix linearly."""
AGE_SHARES = tuple(np.linspace(0.0, 1.0, len(AGE_KNOTS)).tolist())
SEXES = ("female", "male")
ANCESTRIES = ("african", "asian", "caucasian")
AVERAGE = 0.5
"""Weight and muscle of the average person, in 0..1."""

GROUPS = {"baby": (1.0, 5.0), "child": (5.0, 17.0), "adult": (17.0, 60.0), "old": (60.0, 90.0)}
"""From and to in years."""
SHARES = {"baby": 0.12, "child": 0.18, "adult": 0.48, "old": 0.22}
"""Of random people."""

FEATURES: dict[str, tuple[str, str, str]] = {
    # Name: what less of it is, what more of it is, and MakeHuman's targets, "?" standing for both sides.
    "head_width": ("narrow", "wide", "head/head-scale-horiz-decr:incr"),
    "head_height": ("low", "high", "head/head-scale-vert-decr:incr"),
    "head_depth": ("short", "long from front to back", "head/head-scale-depth-decr:incr"),
    "face_fullness": ("lean", "full", "head/head-fat-decr:incr"),
    "forehead_height": ("low", "high", "forehead/forehead-scale-vert-decr:incr"),
    "forehead_slope": ("sloping back", "bulging forward", "forehead/forehead-trans-backward:forward"),
    "brow_height": ("low", "high", "eyebrows/eyebrows-trans-down:up"),
    "brow_depth": ("flat", "prominent", "eyebrows/eyebrows-trans-backward:forward"),
    "brow_angle": ("falling", "rising to the sides", "eyebrows/eyebrows-angle-down:up"),
    "eye_size": ("small", "large", "eyes/?-eye-scale-decr:incr"),
    "eye_distance": ("close together", "wide apart", "eyes/?-eye-trans-in:out"),
    "eye_height": ("low", "high", "eyes/?-eye-trans-down:up"),
    "nose_width": ("narrow", "wide", "nose/nose-scale-horiz-decr:incr"),
    "nose_length": ("short", "long", "nose/nose-scale-vert-decr:incr"),
    "nose_projection": ("flat", "far forward", "nose/nose-scale-depth-decr:incr"),
    "nose_tip": ("pointing down", "pointing up", "nose/nose-point-down:up"),
    "nose_hump": ("hollow", "humped", "nose/nose-hump-decr:incr"),
    "mouth_width": ("narrow", "wide", "mouth/mouth-scale-horiz-decr:incr"),
    "mouth_height": ("low", "high", "mouth/mouth-trans-down:up"),
    "mouth_projection": ("far back", "far forward", "mouth/mouth-trans-backward:forward"),
    "lip_fullness": (
        "thin",
        "full",
        "mouth/mouth-upperlip-volume-decr:incr mouth/mouth-upperlip-height-decr:incr "
        "mouth/mouth-lowerlip-volume-decr:incr mouth/mouth-lowerlip-height-decr:incr",
    ),
    "cheekbones": ("flat", "high", "cheek/?-cheek-bones-decr:incr"),
    "cheek_fullness": ("hollow", "round", "cheek/?-cheek-volume-decr:incr"),
    "jaw_width": ("narrow", "wide", "chin/chin-bones-decr:incr"),
    "jaw_projection": ("far back", "far forward", "chin/chin-prognathism-decr:incr"),
    "chin_width": ("narrow", "wide", "chin/chin-width-decr:incr"),
    "chin_height": ("low", "high", "chin/chin-height-decr:incr"),
    "chin_projection": ("receding", "prominent", "chin/chin-prominent-decr:incr"),
    "ear_size": ("small", "large", "ears/?-ear-scale-decr:incr"),
    "ear_spread": ("close to the head", "standing out", "ears/?-ear-wing-decr:incr"),
    "ear_height": ("low", "high", "ears/?-ear-trans-down:up"),
    "ear_turn": ("turned back", "turned forward", "ears/?-ear-rot-backward:forward"),
    "neck_width": ("thin", "thick", "neck/neck-scale-horiz-decr:incr neck/neck-scale-depth-decr:incr"),
    "double_chin": ("taut", "double chin", "neck/neck-double-decr:incr"),
}
"""The features, -1..1 about the face that age, sex and ancestry give: at 1 half of MakeHuman's target, which is about
three standard deviations of the people that the model was made from."""
FEATURE_SHARE = 0.5


@dataclass(frozen=True)
class Person:
    """years 1..90; male 0 (female) .. 1; ancestry: shares of african, asian, caucasian, adding up to 1; muscle, weight:
    0..1, average 0.5; features: values by name of `FEATURES`, those left out are 0."""

    years: float
    male: float
    ancestry: tuple[float, float, float]
    muscle: float = AVERAGE
    weight: float = AVERAGE
    features: Mapping[str, float] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """ "baby", "child", "adult" or "old"."""
        ends = [end for _, end in GROUPS.values()][:-1]
        return list(GROUPS)[np.searchsorted(ends, self.years, side="right")]

    def values(self) -> np.ndarray:
        """(A,) what read-outs say of a person: age as a share of the way through `AGE_KNOTS`, male, african, asian,
        weight and muscle beyond average, and the features in the order of `FEATURES`."""
        age = np.interp(self.years, AGE_KNOTS, AGE_SHARES)
        attributes = (age, self.male, *self.ancestry[:2], self.weight - AVERAGE, self.muscle - AVERAGE)
        return np.array([*attributes, *(self.features.get(name, 0.0) for name in FEATURES)])

    def hats(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Shares of the ages, sexes, ancestries, muscles and weights that MakeHuman has targets for."""
        thirds = (0.0, AVERAGE, 1.0)
        return (
            _hats(self.years, AGE_KNOTS),
            np.array([1.0 - self.male, self.male]),
            np.array(self.ancestry),
            _hats(self.muscle, thirds),
            _hats(self.weight, thirds),
        )


def _hats(value: float, knots: tuple[float, ...]) -> np.ndarray:
    """Linear interpolation weights of the knots."""
    return np.array([np.interp(value, knots, row) for row in np.eye(len(knots))])


def random_person(random: np.random.Generator) -> Person:
    """Somebody of any age, sex and ancestry, without features of their own."""
    youngest, oldest = list(GROUPS.values())[random.choice(len(SHARES), p=list(SHARES.values()))]
    return Person(
        years=float(random.uniform(youngest, oldest)),
        male=float(random.beta(0.25, 0.25)),
        ancestry=tuple(random.dirichlet([0.5] * 3).tolist()),
        muscle=float(np.clip(random.normal(AVERAGE, 0.15), 0, 1)),
        weight=float(np.clip(random.normal(AVERAGE, 0.2), 0, 1)),
    )
