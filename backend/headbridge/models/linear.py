"""Linear head models: identity and expression shapes about a topology's mean head.

"people" is the open model of all people: babies to old people of every ancestry, from ICT-FaceKit's identities and
MakeHuman's targets (`scripts/build_head_model.py`). Its identity coefficients mean the same head in every topology. Beside
ICT-FaceKit's expressions it has MakeHuman's own, as far as ICT-FaceKit's do not make them.
"ict" is ICT-FaceKit as published, 100 identities of adults, in HACK's, ICT's and (transferred) FLAME's topologies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..errors import InputError
from ..topologies import load_builtin, load_deltas, load_expressions, load_topology
from ..topologies.builtin import asset_path
from ..topologies.packed_shapes import shapes_of

# Identity coefficients are whitened; expressions are blendshapes in 0..1, mostly near 0.
_IDENTITY_BOUND = 4.0
_EXPRESSION_SIGMA = 0.5

SPACES = ("ict", "people")
"""That of adults first: it is smaller, and most heads are theirs."""
_TOPOLOGIES = {"people": ("hack", "ict", "flame", "makehuman"), "ict": ("hack", "ict", "flame")}


@dataclass(frozen=True, eq=False)
class LinearHeadModel:
    """shape = mean + sum of coefficient m * basis[m], mm, lying where the topology's template lies.

    names : M coefficient names, identities first, then expressions. mean : (V, 3) float64, mm. basis : (M, V, 3) float32, mm.
    is_expression : (M,) bool. sigma : (M,) standard deviations of the prior (mean 0). lower, upper : (M,) bounds of the
    coefficients. mouth : (K,) vertices of the closed curve where the lips meet.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    basis: np.ndarray
    is_expression: np.ndarray
    sigma: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    mouth: np.ndarray


@cache
def head_model(key: str, space: str = "people") -> LinearHeadModel | None:
    """The head model of a topology, or None where the space has none. The arrays are shared and read-only.

    In the space "people" the same identity coefficients give the same surface in every topology, up to a rigid motion;
    all heads have the size of adults (lay them on others by a similarity). Expressions are each topology's own.

    Raises InputError for a key that is no topology or an unknown space."""
    load_topology(key)
    if space not in SPACES:
        raise InputError(f"There is no space of heads {space!r}; choose one of {', '.join(SPACES)}.")
    if key not in _TOPOLOGIES[space]:
        return None
    mean, identity = _all_people(key) if space == "people" else _ict_people(key)
    expression, names = _expressions(key)
    if space == "people":
        expression = np.concatenate([expression, _shapes(key, "unit")])
        names += _names(key, "unit")
    basis = np.concatenate([identity, expression])
    is_expression = np.arange(len(basis)) >= len(identity)
    model = LinearHeadModel(
        names=(*(f"identity_{k:03d}" for k in range(len(identity))), *names),
        mean=mean,
        basis=basis,
        is_expression=is_expression,
        sigma=np.where(is_expression, _EXPRESSION_SIGMA, 1.0),
        lower=np.where(is_expression, 0.0, -_IDENTITY_BOUND),
        upper=np.where(is_expression, 1.0, _IDENTITY_BOUND),
        mouth=np.array(load_topology(key).rims["lips_inner"]),
    )
    for array in (model.mean, model.basis, model.is_expression, model.sigma, model.lower, model.upper, model.mouth):
        array.setflags(write=False)
    return model


def _ict_people(key: str) -> tuple[np.ndarray, np.ndarray]:
    mean = load_builtin(key).vertices.astype(np.float64)
    if key == "flame":
        with np.load(asset_path("flame_open.npz"), allow_pickle=False) as stored:
            return mean, shapes_of(stored, "identity", len(mean))
    return mean, load_deltas(key).identity


def _all_people(key: str) -> tuple[np.ndarray, np.ndarray]:
    means = []
    for name in _files(key):
        with np.load(asset_path(name), allow_pickle=False) as stored:
            means.append(stored["mean"].astype(np.float64))
    return np.concatenate(means), _shapes(key, "identity")


def _files(key: str) -> tuple[str, ...]:
    # ICT's first vertices are HACK's.
    return tuple(f"people_{name}.npz" for name in (("hack", "ict_parts") if key == "ict" else (key,)))


def _shapes(key: str, what: str) -> np.ndarray:
    parts = []
    for name in _files(key):
        with np.load(asset_path(name), allow_pickle=False) as stored:
            parts.append(shapes_of(stored, what, len(stored["mean"])))
    return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]


def _expressions(key: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """ICT-FaceKit's; on FLAME as the open FLAME-topology head has them, on MakeHuman transferred."""
    if key in ("hack", "ict"):
        return load_expressions(key)
    if key == "flame":
        with np.load(asset_path("flame_open.npz"), allow_pickle=False) as stored:
            expression = shapes_of(stored, "expression", len(load_topology(key).skin))
            return expression, tuple(stored["expression_names"].tolist())
    return _shapes(key, "expression"), _names(key, "expression")


def _names(key: str, what: str) -> tuple[str, ...]:
    with np.load(asset_path(_files(key)[0]), allow_pickle=False) as stored:
        return tuple(stored[f"{what}_names"].tolist())
