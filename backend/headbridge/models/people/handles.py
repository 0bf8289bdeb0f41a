"""Handles with names: from who somebody is to identity coefficients, and back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ...topologies.builtin import asset_path
from .person import AGE_KNOTS, AGE_SHARES, AVERAGE, FEATURES, GROUPS, SHARES, Person

# Values before the features: age, male, african, asian; weight, muscle.
_PLAIN, _ATTRIBUTES = 4, 6


def mixed(people: np.ndarray, build: np.ndarray, person: Person) -> np.ndarray:
    """(C,) what a person is without features, of tables of all corners (see `Handles`)."""
    age, sex, ancestry, muscle, weight = person.hats()
    grown = np.einsum("a,s,r,asrc->c", age, sex, ancestry, people)
    return grown + np.einsum("a,s,m,w,asmwc->c", age, sex, muscle, weight, build)


@dataclass(frozen=True, eq=False)
class Handles:
    """What the handles do in the identity space of K shape coefficients (`models.head_model(..., "people")`).

    Shapes are rows of K coefficients and the logarithm of the size, 1 being the model's own. People mix from corners
    by products of linear shares, as MakeHuman mixes its macro targets; features add to them. All were moved along each
    other until a step of one leaves the read-outs of the others as they are.

    people : (4, 2, 3, K + 1), by `AGE_KNOTS`, sex and ancestry. build : (4, 2, 3, 3, K + 1), what muscle and weight add.
    features : (F, K + 1), at 1. readout, offset : (A, K) and (A,), linear read-outs of `Person.values`. worth : (A,), the
        share of a read-out that is likely meant: the rest is chance.
    spread : (S, K + 1), what varies among people of one age, sex and ancestry, rows at one standard deviation.
    size_mean, size_slopes (K,), size_sigma : size - 1 = mean + slopes . (size * coefficients), give or take sigma.
    """

    people: np.ndarray
    build: np.ndarray
    features: np.ndarray
    readout: np.ndarray
    offset: np.ndarray
    worth: np.ndarray
    spread: np.ndarray
    size_mean: float
    size_slopes: np.ndarray
    size_sigma: float

    def shape(self, person: Person) -> np.ndarray:
        """(K + 1,) a person as age, sex, ancestry, build and features alone say."""
        features = np.array([person.features.get(name, 0.0) for name in FEATURES])
        return mixed(self.people, self.build, person) + features @ self.features

    def random_shape(self, person: Person, random: np.random.Generator, spread: float, limit: float) -> np.ndarray:
        """(K + 1,) somebody like that; spread : in standard deviations of what varies among such people, none of it
        beyond `limit` deviations."""
        draw = np.clip(random.standard_normal(len(self.spread)), -limit, limit)
        return self.shape(person) + spread * draw @ self.spread

    def read(self, shape: np.ndarray) -> Person:
        """Who a head (K + 1,) looks like: the likeliest weight, muscle and features, everything within its range."""
        values = self.readout @ shape[:-1] + self.offset
        values[_PLAIN:] *= np.clip(self.worth[_PLAIN:], 0.0, 1.0)
        shares = np.clip([*values[2:4], 1.0 - values[2] - values[3]], 0.0, None)
        return Person(
            years=float(np.interp(values[0], AGE_SHARES, AGE_KNOTS)),
            male=float(np.clip(values[1], 0.0, 1.0)),
            ancestry=tuple((shares / shares.sum()).tolist()),
            weight=float(np.clip(values[4] + AVERAGE, 0.0, 1.0)),
            muscle=float(np.clip(values[5] + AVERAGE, 0.0, 1.0)),
            features=dict(zip(FEATURES, np.clip(values[_ATTRIBUTES:], -1.0, 1.0).tolist())),
        )

    def moved(self, shape: np.ndarray, before: Person, after: Person) -> np.ndarray:
        """A head (K + 1,) that keeps what is its own while the handles go from one person to another."""
        return shape + self.shape(after) - self.shape(before)

    def identity(self, shape: np.ndarray) -> np.ndarray:
        """(1 + K,) identity coefficients of the sized model (`people.identity`) that are a shape (K + 1,)."""
        size = np.exp(shape[-1])
        scaled = size * shape[:-1]
        beyond = (size - 1.0 - self.size_mean - self.size_slopes @ scaled) / self.size_sigma
        return np.append(beyond, scaled)

    def handed_over(self) -> dict[str, np.ndarray]:
        """For programs that move the handles themselves, float32, names beginning with "handle_".

        corners : (4, 2, 3, 3, 3, K + 1), by age, sex, ancestry, muscle and weight, which mix by products of linear
        shares. age_knots (4,), age_shares (4,). features, readout, offset, worth, spread : as here. size : (2 + K,) mean,
        sigma and slopes. groups : (4, 3), from and to in years, and share of all people, in the order of `GROUPS`."""
        groups = [(*ages, SHARES[name]) for name, ages in GROUPS.items()]
        arrays = {
            "corners": self.people[:, :, :, None, None] + self.build[:, :, None],
            "age_knots": np.array(AGE_KNOTS),
            "age_shares": np.array(AGE_SHARES),
            "size": np.concatenate([[self.size_mean, self.size_sigma], self.size_slopes]),
            "groups": np.array(groups),
            **{name: getattr(self, name) for name in ("features", "readout", "offset", "worth", "spread")},
        }
        return {f"handle_{name}": array.astype(np.float32) for name, array in arrays.items()}


@cache
def load_handles() -> Handles:
    """The shipped handles; shared and read-only."""
    with np.load(asset_path("people_handles.npz"), allow_pickle=False) as stored:
        arrays = {name: stored[name].astype(np.float64) for name in Handles.__dataclass_fields__}
    for array in arrays.values():
        array.setflags(write=False)
    for name in ("size_mean", "size_sigma"):
        arrays[name] = float(arrays[name])
    return Handles(**arrays)
