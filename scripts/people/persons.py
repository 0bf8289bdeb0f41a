"""Random people of MakeHuman's model: weights of its targets that belong to natural heads.

MakeHuman mixes its macro targets by products: age x sex x ancestry, and sex x age x muscle x weight. Features are pairs
of opposite targets (smaller and larger)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Where the macro targets stand on the axis of ages, in years.
_YEARS = {"baby": 1.0, "child": 12.0, "young": 25.0, "old": 90.0}
_ANCESTRIES = ("african", "asian", "caucasian")
_OPPOSITES = (
    ("decr", "incr"),
    ("down", "up"),
    ("in", "out"),
    ("backward", "forward"),
    ("concave", "convex"),
    ("compress", "uncompress"),
)
# Neither a face's features nor shape: expressions, places of the whole head and neck.
_NO_FEATURES = ("expression/", "macrodetails/", "asym/", "head/head-trans", "neck/measure", "neck/neck-trans")
# With this spread of the features adults vary as much as ICT-FaceKit's; twice that gives caricatures.
_FEATURE_SPREAD = 0.15
_ASYMMETRY_SPREAD = 0.15
# One-sided targets (a round head): every second person has one, weakly.
_SINGLE_SPREAD = 0.09
# The left and the right ear of a person are alike: the correlation of the two sides.
_SIDES_ALIKE = 0.96
# Shares of the age groups, from and to in years.
_AGE_GROUPS = ((0.12, 1.0, 5.0), (0.18, 5.0, 17.0), (0.48, 17.0, 60.0), (0.22, 60.0, 90.0))


@dataclass(frozen=True)
class Attributes:
    """years 1..90; male 0..1; ancestry: shares of african, asian, caucasian; muscle, weight: 0..1, average 0.5."""

    years: float
    male: float
    ancestry: tuple[float, float, float]
    muscle: float = 0.5
    weight: float = 0.5

    @property
    def group(self) -> str:
        """ "baby", "child", "adult" or "old"."""
        return ("baby", "child", "adult", "old")[np.searchsorted([5.0, 17.0, 60.0], self.years, side="right")]


def macro_weights(person: Attributes) -> dict[str, float]:
    """Weights of the macro targets of a person."""
    ages = dict(zip(_YEARS, _hats(person.years, list(_YEARS.values()))))
    muscles = dict(zip(("minmuscle", "averagemuscle", "maxmuscle"), _hats(person.muscle, [0.0, 0.5, 1.0])))
    fats = dict(zip(("minweight", "averageweight", "maxweight"), _hats(person.weight, [0.0, 0.5, 1.0])))
    weights = {}
    for sex, share_of_sex in (("female", 1.0 - person.male), ("male", person.male)):
        for age, share_of_age in ages.items():
            share = share_of_sex * share_of_age
            for name, part in zip(_ANCESTRIES, person.ancestry):
                weights[f"macrodetails/{name}-{sex}-{age}"] = share * part
            for muscle, of_muscle in muscles.items():
                for fat, of_fat in fats.items():
                    # The average is the base head itself.
                    if (muscle, fat) != ("averagemuscle", "averageweight"):
                        weights[f"macrodetails/universal-{sex}-{age}-{muscle}-{fat}"] = share * of_muscle * of_fat
    return {name: float(weight) for name, weight in weights.items() if weight > 0}


def _hats(value: float, knots: list[float]) -> np.ndarray:
    """Linear interpolation weights of the knots."""
    return np.array([np.interp(value, knots, row) for row in np.eye(len(knots))])


class People:
    """Draws random people from the targets that there are."""

    def __init__(self, names: tuple[str, ...]):
        known = set(names)
        free = [name for name in names if not name.startswith(_NO_FEATURES)]
        self._pairs = [
            (name, other)
            for name in free
            for low, high in _OPPOSITES
            if name.endswith(f"-{low}") and (other := name.removesuffix(low) + high) in known
        ]
        paired = {name for pair in self._pairs for name in pair}
        self._singles = [name for name in free if name not in paired]
        self._uneven = [
            name.removesuffix("-l") for name in names if name.startswith("asym/asym-") and name.endswith("-l")
        ]

    def draw(self, rng: np.random.Generator) -> tuple[dict[str, float], Attributes]:
        """Target weights of one random person, and who it is."""
        _, youngest, oldest = _AGE_GROUPS[rng.choice(len(_AGE_GROUPS), p=[share for share, _, _ in _AGE_GROUPS])]
        person = Attributes(
            years=float(rng.uniform(youngest, oldest)),
            male=float(rng.beta(0.25, 0.25)),
            ancestry=tuple(rng.dirichlet([0.5] * 3).tolist()),
            muscle=float(np.clip(rng.normal(0.5, 0.15), 0, 1)),
            weight=float(np.clip(rng.normal(0.5, 0.2), 0, 1)),
        )
        return macro_weights(person) | self.features(rng), person

    def features(self, rng: np.random.Generator, spread: float = _FEATURE_SPREAD) -> dict[str, float]:
        """Target weights of random features and a random asymmetry; spread : standard deviation of the features."""
        weights: dict[str, float] = {}
        common: dict[str, float] = {}
        for low, high in self._pairs:
            value = float(np.clip(spread * _of_side(low, common, rng), -1, 1))
            weights[high if value > 0 else low] = abs(value)
        for name in self._singles:
            weights[name] = float(np.clip(_SINGLE_SPREAD * _of_side(name, common, rng), 0, 1))
        for name in self._uneven:
            value = float(np.clip(rng.normal(0.0, _ASYMMETRY_SPREAD), -1, 1))
            weights[f"{name}-{'l' if value > 0 else 'r'}"] = abs(value)
        return {name: weight for name, weight in weights.items() if weight > 1e-4}


def _of_side(name: str, common: dict[str, float], rng: np.random.Generator) -> float:
    """A standard normal number, nearly the same for a target of the left and of the right side."""
    both = name.replace("/l-", "/").replace("/r-", "/")
    if both not in common:
        common[both] = rng.normal()
    if both == name:
        return common[both]
    return _SIDES_ALIKE * common[both] + np.sqrt(1.0 - _SIDES_ALIKE**2) * rng.normal()
