"""Random people of MakeHuman's model: weights of its targets that belong to natural heads.

MakeHuman mixes its macro targets by products: age x sex x ancestry, and sex x age x muscle x weight. Features are pairs
of opposite targets (smaller and larger)."""

from __future__ import annotations

import numpy as np

from headbridge.models.people.person import ANCESTRIES, SEXES, Person, random_person

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
_AGES = ("baby", "child", "young", "old")


def macro_weights(person: Person) -> dict[str, float]:
    """Weights of the macro targets of a person."""
    ages, sexes, ancestries, muscles, fats = person.hats()
    weights = {}
    for sex, share_of_sex in zip(SEXES, sexes):
        for age, share_of_age in zip(_AGES, ages):
            share = share_of_sex * share_of_age
            for name, part in zip(ANCESTRIES, ancestries):
                weights[f"macrodetails/{name}-{sex}-{age}"] = share * part
            for muscle, of_muscle in zip(("minmuscle", "averagemuscle", "maxmuscle"), muscles):
                for fat, of_fat in zip(("minweight", "averageweight", "maxweight"), fats):
                    # The average is the base head itself.
                    if (muscle, fat) != ("averagemuscle", "averageweight"):
                        weights[f"macrodetails/universal-{sex}-{age}-{muscle}-{fat}"] = share * of_muscle * of_fat
    return {name: float(weight) for name, weight in weights.items() if weight > 0}


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

    def draw(self, rng: np.random.Generator) -> tuple[dict[str, float], Person]:
        """Target weights of one random person, and who it is."""
        person = random_person(rng)
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
