"""MakeHuman persons with expressions lie in the model of all people."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import lsq_linear
from strangers import people
from strangers.makehuman_mesh import head

from headbridge.mesh.similarity import fit_similarity
from headbridge.models import head_model
from headbridge.topologies import load_topology

# A head counts as so many independent points, each off by a millimetre, against the prior.
SAMPLES = 300.0
OWN = ("mouth-", "eye-", "eyebrows-", "nose-", "neck-")


def explained(truth: np.ndarray, own: bool) -> dict[str, float]:
    """Mean distances, mm, of a MakeHuman head (5124, 3) from the model's most probable head; own : with MakeHuman's own
    expressions."""
    model, topology = head_model("makehuman"), load_topology("makehuman")
    chosen = np.array([own or not name.startswith(OWN) for name in model.names])
    face = np.flatnonzero(topology.regions["narrow_face"] & topology.skin & ~topology.no_match)
    basis, sigma = model.basis[chosen].astype(float), model.sigma[chosen]
    rows = basis[:, face].reshape(len(basis), -1).T * np.sqrt(SAMPLES / len(face))
    system = np.concatenate([rows, np.diag(1.0 / sigma)])
    shape = model.mean
    for _ in range(5):
        motion = fit_similarity(truth[face], shape[face])
        wanted = (motion.apply(truth) - model.mean)[face].reshape(-1) * np.sqrt(SAMPLES / len(face))
        right = np.concatenate([wanted, np.zeros(len(basis))])
        found = lsq_linear(system, right, bounds=(model.lower[chosen], model.upper[chosen])).x
        shape = model.mean + np.tensordot(found, basis, 1)
    off = np.linalg.norm(motion.inverse().apply(shape) - truth, axis=1)
    return {"face": off[face].mean(), "lips": off[topology.regions["lips"]].mean()}


@pytest.mark.parametrize(("kind", "region"), [("open_mouth", "lips"), ("laughing", "lips"), ("shut_eyes", "face")])
def test_expressions_made_from_makehumans_targets_are_explained(open_data, kind, region):
    truth = head(open_data, people.person(open_data, kind, 31)).vertices
    with_own, without = explained(truth, True), explained(truth, False)
    assert with_own["face"] < 0.9 and with_own["lips"] < 0.8
    assert with_own[region] < 0.75 * without[region]
