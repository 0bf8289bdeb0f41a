"""What a head model explains of a registered head, and what it does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.mesh.similarity import Similarity
from headbridge.registration.evidence import explanation
from headbridge.topologies import load_topology

from .heads import modelled_head

HACK = load_topology("hack")
PLACED = Similarity(0.012, Rotation.from_rotvec([0.4, -2.0, 0.3]).as_matrix(), np.array([3.0, -1.0, 0.5]))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_heads_of_the_model_are_explained_wherever_they_lie(seed):
    head = modelled_head(seed)
    found = explanation(HACK, PLACED.apply(head))
    assert found.residual < 0.6 and found.worst < 0.9 and found.unnatural < 1.3
    assert found.residual == pytest.approx(explanation(HACK, head).residual, abs=0.02)


def test_lips_that_slid_along_the_face_are_not_explained():
    """The surface is the same; only the vertices of the lips lie a centimetre to the side."""
    head = modelled_head(3)
    whole = explanation(HACK, head)
    head[HACK.regions["lips"]] += [10.0, 0.0, 0.0]
    slid = explanation(HACK, head)
    assert slid.region == "lips" and slid.worst > 2.5 and slid.worst > 4.0 * whole.worst


def test_a_flattened_head_is_not_explained():
    head = modelled_head(4) * [1.0, 1.0, 0.3]
    assert explanation(HACK, head).residual > 3.0
