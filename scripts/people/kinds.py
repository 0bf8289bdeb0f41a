"""The kinds of people of the prior of fits (see `headbridge.models.people.kinds`)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from headbridge.models import head_model
from headbridge.models.people.handles import load_handles
from headbridge.models.people.kinds import ANYBODY, Kinds
from headbridge.models.people.person import GROUPS, SHARES, random_person
from headbridge.models.people.smooth_modes import motions
from headbridge.topologies import load_builtin, load_deltas

from .sources import vertex_weights

_DRAWN, _SEED = 1500, 31
# What is left of a component's variance in a kind that does not know it: nobody is only of his kind.
_FLOOR = 0.03
# Of the people that fits are made to, so many are like nobody that the model was made from; of adults, half are like
# ICT-FaceKit's, which were scanned, and half like those that the words make.
_UNLIKE, _SCANNED = 0.1, 0.5


def kinds_of_people() -> Kinds:
    """Adults as they were scanned; babies, children, adults and old people as the words make them; anybody."""
    handles, random = load_handles(), np.random.default_rng(_SEED)
    names, shares, means, covariances = ["scanned adult"], [SHARES["adult"] * _SCANNED], *([part] for part in _adults())
    for group, years in GROUPS.items():
        people = (replace(random_person(random), years=float(random.uniform(*years))) for _ in range(_DRAWN))
        drawn = np.array([handles.identity(handles.random_shape(one, random, 1.0, np.inf))[1:] for one in people])
        names.append(group)
        shares.append(SHARES[group] * (1.0 - _SCANNED if group == "adult" else 1.0))
        means.append(drawn.mean(axis=0))
        covariances.append(np.cov(drawn.T))
    count = len(means[0])
    covariances = [covariance + _FLOOR * np.eye(count) for covariance in covariances]
    return Kinds(
        names=np.array([*names, ANYBODY]),
        shares=np.array([*((1.0 - _UNLIKE) * share for share in shares), _UNLIKE]),
        means=np.array([*means, np.zeros(count)]),
        covariances=np.array([*covariances, np.eye(count)]),
    )


def _adults() -> tuple[np.ndarray, np.ndarray]:
    """(K,) mean and (K, K) covariance of ICT-FaceKit's people as the components say them."""
    model = head_model("hack")
    components = model.basis[~model.is_expression].astype(np.float64)
    root = np.repeat(np.sqrt(vertex_weights()), 3)[:, None]
    known = np.concatenate([components, motions(model.mean)])
    template, deltas = load_builtin("hack").vertices, load_deltas("hack").identity
    wanted = np.concatenate([(template - model.mean)[None], deltas])
    system, right = (root * part.reshape(len(part), -1).T for part in (known, wanted))
    found = np.linalg.solve(system.T @ system, system.T @ right)[: len(components)]
    return found[:, 0], found[:, 1:] @ found[:, 1:].T
