"""Poses heads with the backend's own models: run by the backend's interpreter, `rig_reference.py flame|ict|hack IN.npz OUT.npz`.

IN : identity, expression (coefficients, the first ones), root, neck, jaw, left_eye, right_eye (axis-angle) and
translation (mm), one head per row. OUT : vertices (B, V, 3) and joints (B, J, 3), mm, computed in float64.
"""

from __future__ import annotations

import sys

import numpy as np
import torch

from headbridge.models.flame import FlameParameters
from headbridge.models.registry import load_head_model


def main(key: str, source: str, result: str) -> None:
    model = load_head_model(key, dtype=torch.float64)
    with np.load(source, allow_pickle=False) as given:
        parameters = FlameParameters(**{name: torch.as_tensor(given[name], dtype=torch.float64) for name in given})
    shape = model.forward(parameters)
    np.savez(result, vertices=shape.vertices.numpy(), joints=shape.joints.numpy())


if __name__ == "__main__":
    main(*sys.argv[1:])
