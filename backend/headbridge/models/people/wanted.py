"""Who is wanted, as settings say it: what is left out is left to chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...errors import InputError
from .person import AGE_KNOTS, ANCESTRIES, GROUPS, Person, random_person

_OLDEST, _YOUNGEST = AGE_KNOTS[-1], AGE_KNOTS[0]


@dataclass(frozen=True)
class Wanted:
    """Who is wanted: years from and to, male, ancestry, weight and muscle as `Person` has them, None for anybody, and the
    features that are not 0."""

    years: tuple[float, float] | None
    male: float | None
    ancestry: tuple[float, float, float] | None
    weight: float | None
    muscle: float | None
    features: Mapping[str, float]

    @property
    def anything(self) -> bool:
        """Whether anything at all is wanted."""
        return bool(self.features) or any(
            value is not None for value in (self.years, self.male, self.ancestry, self.weight, self.muscle)
        )

    def draw(self, random: np.random.Generator) -> Person:
        """Somebody like that, without chance features."""
        person = random_person(random)
        given = {
            name: value
            for name in ("male", "ancestry", "weight", "muscle")
            if (value := getattr(self, name)) is not None
        }
        if self.years is not None:
            given["years"] = float(random.uniform(*self.years))
        return replace(person, features=self.features, **given)


def read_wanted(age: str, sex: str, ancestry: str, weight: str, muscle: str, features: Mapping[str, float]) -> Wanted:
    """What the texts of settings say; empty ones want nothing. Raises `InputError`, naming what is understood.

    age : years, "from-to" or a group of `GROUPS`. sex : 0..1, "female" or "male". ancestry : one of `ANCESTRIES`, or
    shares as in "african:0.5,asian:0.5". weight, muscle : 0..1, average 0.5."""
    words = {"female": "0", "male": "1"}
    return Wanted(
        years=_years(age.strip()) if age.strip() else None,
        male=_share("sex", words.get(sex.strip(), sex), "0 (female) to 1 (male)"),
        ancestry=_ancestry(ancestry) if ancestry.strip() else None,
        weight=_share("weight", weight, "0 to 1, the average being 0.5"),
        muscle=_share("muscle", muscle, "0 to 1, the average being 0.5"),
        features={name: value for name, value in features.items() if value},
    )


def _years(text: str) -> tuple[float, float]:
    if text in GROUPS:
        return GROUPS[text]
    first, _, last = text.partition("-")
    try:
        years = float(first), float(last or first)
    except ValueError:
        years = (np.nan, np.nan)
    if not _YOUNGEST <= years[0] <= years[1] <= _OLDEST:
        raise InputError(
            f"The age '{text}' is not understood; give years from {_YOUNGEST:g} to {_OLDEST:g} (8), a range (5-12), or "
            f"one of {', '.join(GROUPS)}."
        )
    return years


def _share(name: str, text: str, meaning: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not 0.0 <= value <= 1.0:
        raise InputError(f"The {name} '{text}' is not understood; give a number from {meaning}.")
    return value


def _ancestry(text: str) -> tuple[float, float, float]:
    shares = dict.fromkeys(ANCESTRIES, 0.0)
    for part in text.split(","):
        name, _, share = part.strip().partition(":")
        try:
            value = float(share) if share else 1.0
        except ValueError:
            value = np.nan
        if name not in shares or not 0.0 <= value < np.inf:
            raise InputError(
                f"The ancestry '{text}' is not understood; give one of {', '.join(ANCESTRIES)}, or shares of them as in "
                "african:0.5,asian:0.5."
            )
        shares[name] += value
    total = sum(shares.values())
    if not total > 0.0:
        raise InputError(f"The ancestry '{text}' has no share above 0; give at least one.")
    return tuple(share / total for share in shares.values())
