"""How well handles are read back, how little they move what they do not name, and Styner's measures of the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from headbridge.metrics.flips import FlipTest
from headbridge.models import head_model
from headbridge.models.people.handles import Handles
from headbridge.models.people.person import FEATURES, Person, random_person
from headbridge.topologies import load_builtin, load_deltas, load_topology

from .sources import vertex_weights

_SPREAD, _LIMIT, _SEED = 0.75, 2.5, 17
_DRAWN = 100
_RIDGE = 1e-3
_HEADS = 300


def readouts(handles: Handles, found: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(A,) correlation of what is read off persons, (N, K + 1) coefficients and sizes, with their (N, A) values."""
    read = found[:, :-1] @ handles.readout.T + handles.offset
    return np.array([np.corrcoef(read[:, k], values[:, k])[0, 1] for k in range(values.shape[1])])


def cross_talk(handles: Handles, found: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(A,) the largest share by which a step of 1 of each value moves read-outs of age, sex and ancestry other than its
    own, which were made from these persons alone."""
    shapes = found[:, :-1] - found[:, :-1].mean(axis=0)
    spread = shapes.T @ shapes / len(shapes) + _RIDGE * np.eye(shapes.shape[1])
    own = np.linalg.solve(spread, shapes.T @ (values - values.mean(axis=0)) / len(shapes)).T[:4]
    moved = np.abs(own @ np.array([_step(handles, *ends) for ends in _steps()]).T)
    moved[np.arange(4), np.arange(4)] = 0.0
    return moved.max(axis=0)


def _steps():
    """Pairs of persons that are one step of each value apart, in the order of `Person.values`."""
    middle = Person(25.0, 0.5, (0.2, 0.2, 0.6))
    yield replace(middle, years=1.0), replace(middle, years=90.0)
    yield replace(middle, male=0.0), replace(middle, male=1.0)
    yield replace(middle, ancestry=(0.0, 0.0, 1.0)), replace(middle, ancestry=(1.0, 0.0, 0.0))
    yield replace(middle, ancestry=(0.0, 0.0, 1.0)), replace(middle, ancestry=(0.0, 1.0, 0.0))
    yield replace(middle, weight=0.0), replace(middle, weight=1.0)
    yield replace(middle, muscle=0.0), replace(middle, muscle=1.0)
    for name in FEATURES:
        yield middle, replace(middle, features={name: 1.0})


def _step(handles: Handles, before: Person, after: Person) -> np.ndarray:
    return (handles.shape(after) - handles.shape(before))[:-1]


def variances() -> np.ndarray:
    """(K,) shares of the components in the variance of the weighted head, falling (compactness)."""
    shapes = _shapes("hack")
    energy = np.einsum("kvd,v->k", shapes**2, vertex_weights())
    return np.sort(energy)[::-1] / energy.sum()


def specificity(handles: Handles, found: np.ndarray) -> str:
    """How far random heads are from the nearest known person, and how far ICT-FaceKit's own random heads are apart."""
    face = load_topology("hack").regions["narrow_face"] & ~load_topology("hack").no_match
    shapes = _shapes("hack")[:, face].reshape(found.shape[1] - 1, -1)
    known = found[:, :-1] @ shapes
    random = np.random.default_rng(_SEED)
    drawn = [handles.random_shape(random_person(random), random, _SPREAD, _LIMIT)[:-1] @ shapes for _ in range(_DRAWN)]
    people = _nearest(np.array(drawn), known)
    deltas = load_deltas("hack").identity[:, face].reshape(100, -1).astype(np.float64)
    adults = [random.standard_normal((count, 100)) @ deltas for count in (_DRAWN, len(found))]
    return f"{people:.2f}; ICT-FaceKit's random people {_nearest(*adults):.2f}"


def _nearest(drawn: np.ndarray, known: np.ndarray) -> float:
    count = drawn.shape[1] // 3
    off = [np.linalg.norm((head - known).reshape(len(known), count, 3), axis=2).mean(axis=1).min() for head in drawn]
    return float(np.mean(off))


def flips(key: str, handles: Handles) -> int:
    """How many triangles of the outer skin are turned over in random heads of all ages, together."""
    table, triangles, mean = load_topology(key), load_builtin(key).triangles, head_model(key).mean
    outer = table.skin & ~table.no_match
    test, shapes = FlipTest(mean, triangles[outer[triangles].all(axis=1)]), _shapes(key)
    random = np.random.default_rng(_SEED)
    heads = (handles.random_shape(random_person(random), random, _SPREAD, _LIMIT)[:-1] for _ in range(_HEADS))
    return sum(int(test.flipped(mean + np.tensordot(head, shapes, 1)).sum()) for head in heads)


def _shapes(key: str) -> np.ndarray:
    model = head_model(key)
    return model.basis[~model.is_expression].astype(np.float64)
