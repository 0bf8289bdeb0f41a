"""What age, sex, ancestry, weight and features are in the identity space, and how to read them off coefficients.

Everything follows from the stored model and MakeHuman's targets: persons made of targets are described in the model's
MakeHuman topology, ICT-FaceKit's in HACK's. No registration takes part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from headbridge.mesh.normals import vertex_areas
from headbridge.mesh.similarity import fit_similarity
from headbridge.models import head_model
from headbridge.models.people.handles import mixed
from headbridge.models.people.person import AGE_KNOTS, FEATURE_SHARE, FEATURES, Person
from headbridge.topologies import load_builtin, load_topology

from .persons import People, macro_weights
from .sources import alignment_weights, random_adults
from .targets import Targets

_PEOPLE, _SEED = 1200, 21
_ADULTS = 300
# The features' read-outs count misfits of a head as so many independent points, each off by so many mm.
_SAMPLES, _NOISE = 600, 1.0
# ICT-FaceKit's people say nothing about themselves; what varies among them is noise to the read-outs, this share of it.
_ICT_NOISE = 0.03
_RIDGE, _SIZE_RIDGE = 1e-4, 1e-2
_SPREAD_ROWS = 80
_EVEN = (1.0 / 3.0,) * 3
# Values before the features; those of age, sex and ancestry before weight and muscle.
_ATTRIBUTES, _ANCESTRY_END = 6, 4
_MIDDLE = Person(25.0, 0.5, _EVEN)


class Describer:
    """Identity coefficients and sizes of heads in one topology of the stored model."""

    def __init__(self, key: str):
        model = head_model(key)
        self._mean = model.mean
        self._basis = model.basis[~model.is_expression].astype(np.float64)
        self._weights = alignment_weights() if key == "hack" else _makehuman_weights()
        self._chosen = np.flatnonzero(self._weights)
        flat = self._basis[:, self._chosen].reshape(len(self._basis), -1)
        self._rows = flat * np.repeat(self._weights[self._chosen] / self._weights.sum() * _SAMPLES / _NOISE**2, 3)
        self._system = self._rows @ flat.T + np.eye(len(flat))

    def of(self, heads: np.ndarray) -> np.ndarray:
        """(N, K + 1): K coefficients and the logarithm of the size against the model's, of (N, V, 3) heads anywhere."""
        return np.stack([self._one(np.asarray(head, np.float64)) for head in heads])

    def _one(self, head: np.ndarray) -> np.ndarray:
        chosen, weights, shape = self._chosen, self._weights[self._chosen], self._mean
        for _ in range(4):
            motion = fit_similarity(head[chosen], shape[chosen], weights)
            offset = (motion.apply(head) - self._mean)[chosen].reshape(-1)
            coefficients = np.linalg.solve(self._system, self._rows @ offset)
            shape = self._mean + np.tensordot(coefficients, self._basis, 1)
        motion = fit_similarity(head[chosen], shape[chosen], weights)
        return np.append(coefficients, -np.log(motion.scale))


def _makehuman_weights() -> np.ndarray:
    """(5124,) weights of MakeHuman's vertices by which heads are laid on each other: face, ears and scalp."""
    mesh, table = load_builtin("makehuman"), load_topology("makehuman")
    head = np.any([table.regions[name] for name in ("face", "left_ear", "right_ear", "scalp")], axis=0)
    areas = vertex_areas(mesh.vertices, mesh.triangles) * (head & table.skin & ~table.no_match)
    return areas * np.where(table.regions["narrow_face"], 4.0, 1.0)


def handle_arrays(targets: Targets) -> dict[str, np.ndarray]:
    """The arrays of people_handles.npz (see `headbridge.models.people.handles.Handles`)."""
    makehuman = Describer("makehuman")
    weights, who, found = described_people(makehuman, targets, _PEOPLE, _SEED)
    adults = Describer("hack").of(np.array(list(random_adults(_ADULTS, _SEED))))
    values = person_values(who, weights)
    directions = np.column_stack([_attribute_slopes(values, found), _feature_directions(makehuman, targets).T])

    grown = np.array([person.group in ("adult", "old") for person in who])
    apart = adults.mean(axis=0) - found[grown].mean(axis=0)
    readout = _readout(found[:, :-1], values, adults[:, :-1], apart[:-1])
    # A read-out says by how much a step of its own moves; what it says of random people is worth that share of it.
    worth = np.einsum("ak,ka->a", readout, directions[:-1])
    readout /= worth[:, None]
    offset = values.mean(axis=0) - readout @ found[:, :-1].mean(axis=0)
    steps = directions @ np.linalg.inv(readout @ directions[:-1])

    people, build = _corners(makehuman, targets)
    # Artists' adults and scanned ones differ as a whole; everybody is half of either.
    people += 0.5 * apart
    for corner, wanted in _corner_values():
        people[corner] += steps @ (wanted - offset - readout @ people[corner][:-1])
    for corner, wanted in _build_values():
        build[corner] += steps @ (wanted - readout @ build[corner][:-1])
    arrays = {
        "feature_names": np.array(list(FEATURES)),
        "people": people,
        "build": build,
        "features": steps[:, _ATTRIBUTES:].T,
        "readout": readout,
        "offset": offset,
        "worth": worth,
        "spread": _spread(found - _table(people, build, who), adults, apart, steps, readout),
        **_sizes(
            np.concatenate([found, adults]), np.repeat([1.0 / len(found), 1.0 / len(adults)], [len(found), len(adults)])
        ),
    }
    return {name: array if array.dtype.kind == "U" else array.astype(np.float32) for name, array in arrays.items()}


def described_people(makehuman: Describer, targets: Targets, count: int, seed: int):
    """Weights, who they are, and (N, K + 1) coefficients and sizes of random people."""
    draw, random = People(targets.names), np.random.default_rng(seed)
    weights, who = zip(*(draw.draw(random) for _ in range(count)))
    return weights, who, makehuman.of(targets.heads(list(weights)))


def person_values(who, weights) -> np.ndarray:
    """(N, A) what the read-outs of people are to say: `Person.values`, the features from the targets' weights."""
    pairs = [_pairs(targets) for _, _, targets in FEATURES.values()]
    values = np.array([person.values() for person in who])
    for row, given in zip(values, weights):
        row[_ATTRIBUTES:] = [
            np.mean([given.get(more, 0.0) - given.get(less, 0.0) for less, more in of]) / FEATURE_SHARE for of in pairs
        ]
    return values


def _pairs(targets: str) -> list[tuple[str, str]]:
    """The opposite targets that a feature's entry of `FEATURES` stands for."""
    found = []
    for target in targets.split():
        stem, more = target.rsplit(":", 1)
        for side in ("l", "r") if "?" in stem else ("",):
            less = stem.replace("?", side)
            found.append((less, f"{less.rpartition('-')[0]}-{more}"))
    return found


def _attribute_slopes(values: np.ndarray, found: np.ndarray) -> np.ndarray:
    """(K + 1, 6) how coefficients and sizes follow age, sex, ancestry, weight and muscle."""
    centred = values[:, :_ATTRIBUTES] - values[:, :_ATTRIBUTES].mean(axis=0)
    return np.linalg.lstsq(centred, found - found.mean(axis=0), rcond=None)[0].T


def _feature_directions(makehuman: Describer, targets: Targets) -> np.ndarray:
    """(F, K + 1) the features at 1, halfway between what -1 and 1 make of the middle person."""
    middle = macro_weights(_MIDDLE)
    pairs = [_pairs(entry) for _, _, entry in FEATURES.values()]
    ends = [
        makehuman.of(targets.heads([middle | {pair[end]: FEATURE_SHARE for pair in of} for of in pairs]))
        for end in (0, 1)
    ]
    return 0.5 * (ends[1] - ends[0])


def _readout(shapes: np.ndarray, values: np.ndarray, adults: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """(A, K) linear read-outs of the values, by least squares.

    To these, ICT-FaceKit's variation is noise, and what sets its adults apart from MakeHuman's (K,) tells nothing."""
    centred = shapes - shapes.mean(axis=0)
    spread = centred.T @ centred / len(centred) + _RIDGE * np.eye(len(apart))
    spread += _ICT_NOISE * np.cov(adults.T) + np.outer(apart, apart)
    return np.linalg.solve(spread, centred.T @ (values - values.mean(axis=0)) / len(centred)).T


def _corners(makehuman: Describer, targets: Targets) -> tuple[np.ndarray, np.ndarray]:
    """(4, 2, 3, K + 1) coefficients and sizes of all ages, sexes and ancestries, and (4, 2, 3, 3, K + 1) what muscle and
    weight add at each age and sex."""
    sizes = (len(AGE_KNOTS), 2, 3)
    people = [Person(AGE_KNOTS[age], sex, tuple(np.eye(3)[of])) for age, sex, of in np.ndindex(sizes)]
    builds = [
        Person(AGE_KNOTS[age], sex, _EVEN, 0.5 * muscle, 0.5 * weight)
        for age, sex, muscle, weight in np.ndindex(4, 2, 3, 3)
    ]
    found = makehuman.of(targets.heads([macro_weights(person) for person in people + builds]))
    build = found[len(people) :].reshape(4, 2, 3, 3, -1)
    return found[: len(people)].reshape(*sizes, -1), build - build[:, :, 1:2, 1:2]


def _corner_values():
    for age, sex, of in np.ndindex(len(AGE_KNOTS), 2, 3):
        yield (age, sex, of), Person(AGE_KNOTS[age], sex, tuple(np.eye(3)[of])).values()


def _build_values():
    average = _MIDDLE.values()
    for age, sex, muscle, weight in np.ndindex(len(AGE_KNOTS), 2, 3, 3):
        person = replace(_MIDDLE, muscle=0.5 * muscle, weight=0.5 * weight)
        yield (age, sex, muscle, weight), person.values() - average


def _table(people: np.ndarray, build: np.ndarray, who) -> np.ndarray:
    return np.array([mixed(people, build, person) for person in who])


def _spread(
    rest: np.ndarray, adults: np.ndarray, apart: np.ndarray, steps: np.ndarray, readout: np.ndarray
) -> np.ndarray:
    """(S, K + 1) what varies among people of one age, sex and ancestry, rows at one standard deviation: half of what
    MakeHuman's features make, half of ICT-FaceKit's people, and between the two."""
    rows = [
        (rest - rest.mean(axis=0)) / np.sqrt(2 * len(rest)),
        (adults - adults.mean(axis=0)) / np.sqrt(2 * len(adults)),
        0.25 * apart[None],
    ]
    rows = np.concatenate(rows)
    kept = slice(0, _ANCESTRY_END)
    rows = rows - rows[:, :-1] @ readout[kept].T @ steps[:, kept].T
    _, sizes, shapes = np.linalg.svd(rows, full_matrices=False)
    return sizes[:_SPREAD_ROWS, None] * shapes[:_SPREAD_ROWS]


def _sizes(found: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """How a head's size follows its shape: size - 1 = size_mean + size_slopes . (size * coefficients), give or take
    size_sigma."""
    sizes = np.exp(found[:, -1])
    rows = np.column_stack([np.ones(len(sizes)), sizes[:, None] * found[:, :-1]])
    system = (rows * weights[:, None]).T @ rows + _SIZE_RIDGE * np.diag(np.append(0.0, np.ones(rows.shape[1] - 1)))
    solved = np.linalg.solve(system, (rows * weights[:, None]).T @ (sizes - 1.0))
    off = sizes - 1.0 - rows @ solved
    sigma = np.sqrt((weights * off**2).sum() / weights.sum())
    return {"size_mean": solved[0], "size_slopes": solved[1:], "size_sigma": sigma}
