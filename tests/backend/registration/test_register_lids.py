"""Eyes that are nearly shut in the target, whose lids a detector of faces draws half open."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.models import head_model
from headbridge.registration.job import RegisterInput, RegisterSettings
from headbridge.registration.register import register
from headbridge.topologies import load_builtin, load_topology

pytestmark = pytest.mark.slow


def test_nearly_shut_lids_come_to_lie_on_the_targets():
    model, source, table = head_model("flame", "ict"), load_builtin("flame"), load_topology("flame")
    coefficients = np.where(model.is_expression, 0.0, 0.5 * np.random.default_rng(5).standard_normal(len(model.sigma)))
    coefficients[[model.names.index(f"eyeBlink_{side}") for side in "LR"]] = 0.85
    truth = model.mean + np.tensordot(coefficients, model.basis, 1)
    skin = table.skin[source.triangles].all(axis=1)
    target = Mesh.from_faces(truth, source.triangles[skin])
    result = register(RegisterInput(source, target), RegisterSettings(table_landmarks=False))
    for side in ("left", "right"):
        rim = table.rims[f"{side}_lids"]
        # Without the edges of the lids one of the two is 1.0 mm off.
        assert np.linalg.norm(result.registered[rim] - truth[rim], axis=1).mean() < 0.4
    assert result.verdict.level == "good"
