"""MakeHuman's macro rule: age, sex, ancestry, muscle and weight of a person to the weights of macro targets.

MakeHuman blends its macro targets linearly between the corners of each attribute and multiplies the attributes
(`makehuman/apps/human.py` of MakeHuman 1.x): age x sex x ancestry, and, for what all ancestries share, age x sex x
muscle x weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_AGES = {"baby": 0.0, "child": 0.1875, "young": 0.5, "old": 1.0}
ANCESTRIES = ("african", "asian", "caucasian")
_AVERAGE = "averagemuscle-averageweight"


@dataclass(frozen=True)
class Macro:
    """Attributes of a person.

    years : 1 to 90. male : 0 (female) to 1. ancestry : shares of `ANCESTRIES`, which sum to 1.
    muscle, weight : 0 to 1, 0.5 is average.
    """

    years: float = 30.0
    male: float = 0.5
    ancestry: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)
    muscle: float = 0.5
    weight: float = 0.5


def age_shares(years: float) -> dict[str, float]:
    """Shares of baby, child, young and old, which sum to 1; MakeHuman's slider runs from 1 over 25 to 90 years."""
    place = float(np.interp(years, [1.0, 25.0, 90.0], [0.0, 0.5, 1.0]))
    corners = np.eye(len(_AGES))
    return {name: float(np.interp(place, list(_AGES.values()), corner)) for name, corner in zip(_AGES, corners)}


def macro_weights(macro: Macro) -> dict[str, float]:
    """Positive weights by target name ("macrodetails/asian-female-old"); those with an ancestry sum to 1.

    The universal target of average muscle and weight is the base mesh itself and has no file.
    """
    sexes = {"female": 1.0 - macro.male, "male": macro.male}
    builds = {
        f"{muscle}-{weight}": muscle_share * weight_share
        for muscle, muscle_share in _thirds(macro.muscle, "muscle").items()
        for weight, weight_share in _thirds(macro.weight, "weight").items()
    }
    weights: dict[str, float] = {}
    for sex, sex_share in sexes.items():
        for age, age_share in age_shares(macro.years).items():
            share = sex_share * age_share
            for ancestry, ancestry_share in zip(ANCESTRIES, macro.ancestry):
                weights[f"macrodetails/{ancestry}-{sex}-{age}"] = share * ancestry_share
            for build, build_share in builds.items():
                if build != _AVERAGE:
                    weights[f"macrodetails/universal-{sex}-{age}-{build}"] = share * build_share
    return {name: weight for name, weight in weights.items() if weight > 0.0}


def _thirds(value: float, what: str) -> dict[str, float]:
    return {
        f"min{what}": max(0.0, 1.0 - 2.0 * value),
        f"average{what}": 1.0 - abs(2.0 * value - 1.0),
        f"max{what}": max(0.0, 2.0 * value - 1.0),
    }
