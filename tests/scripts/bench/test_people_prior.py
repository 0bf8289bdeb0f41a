"""The smooth modes as they are built: beside the components, of the variances that are told."""

import numpy as np
from people.smooth_modes import judged_weights

from headbridge.models import head_model
from headbridge.models.people.smooth_modes import load_smooth_modes, motions, smooth_modes_on


def test_components_and_motions_explain_nothing_of_a_smooth_mode():
    model, weights, modes = head_model("hack"), judged_weights(), smooth_modes_on("hack")
    root = np.sqrt(weights)[:, None]
    known = np.concatenate([model.basis[~model.is_expression], motions(model.mean)]) * root
    basis, _ = np.linalg.qr(known.reshape(len(known), -1).T)
    shapes = (modes * root).reshape(len(modes), -1)
    energies = (shapes**2).sum(axis=1)
    explained = ((shapes @ basis) ** 2).sum(axis=1) / energies
    # The build asks 5000 vertices for all 14,062.
    assert explained.mean() < 0.04 and explained.max() < 0.1
    np.testing.assert_allclose(energies, load_smooth_modes().variances, rtol=0.2)
    likeness = shapes @ shapes.T / np.sqrt(np.outer(energies, energies))
    assert np.abs(likeness - np.eye(len(likeness))).max() < 0.15
