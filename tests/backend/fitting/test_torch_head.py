"""Heads in torch give what the models' own formulas give (`tests.backend.models.torch_models`), with gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headbridge.errors import InputError
from headbridge.fitting.heads import flame_head, hack_head, ict_head
from headbridge.fitting.posable import HeadState, Posed
from headbridge.fitting.torch_head import TorchHead
from headbridge.models.flame import FlameParameters
from headbridge.models.open_flame import load_open_flame

from ..models.torch_models.flame import JOINTS, FlameModel
from ..models.torch_models.hack import HackModel
from ..models.torch_models.hack_parameters import HackParameters
from ..models.torch_models.ict import IctModel

DOUBLE = torch.float64


def drawn(head, batch=2):
    random = np.random.default_rng(4)
    shapes = ((head.coefficient_count,), (len(head.joint_names), 3), (3,))
    return [torch.tensor(random.normal(0.0, scale, (batch, *s))) for s, scale in zip(shapes, (0.3, 0.3, 20.0))]


def as_flame(head, coefficients, rotations, translation) -> FlameParameters:
    parts = {name: coefficients[:, part] for name, part in head.parts.items()}
    return FlameParameters(**parts, **dict(zip(JOINTS, rotations.unbind(1))), translation=translation)


@pytest.mark.parametrize("key", ["flame", "ict"])
def test_open_heads_are_those_of_their_formulas(key):
    head = flame_head(load_open_flame()) if key == "flame" else ict_head("ict")
    model = FlameModel(load_open_flame(), dtype=DOUBLE) if key == "flame" else IctModel(dtype=DOUBLE)
    given = drawn(head)
    found, wanted = TorchHead(head, dtype=DOUBLE)(*given), model(as_flame(head, *given))
    for name in ("vertices", "joints", "shaped"):
        torch.testing.assert_close(getattr(found, name), getattr(wanted, name), atol=1e-4, rtol=0.0)


def test_hack_turns_about_its_bones_own_axes(hack_data):
    head = hack_head(hack_data)
    coefficients, rotations, translation = drawn(head)
    parts = {name: coefficients[:, part] for name, part in head.parts.items()}
    wanted = HackModel(hack_data, dtype=DOUBLE)(HackParameters(**parts, pose=rotations, translation=translation))
    found = TorchHead(head, dtype=DOUBLE)(coefficients, rotations, translation)
    torch.testing.assert_close(found.vertices, wanted.vertices, atol=1e-4, rtol=0.0)
    torch.testing.assert_close(found.joints, wanted.joints, atol=1e-6, rtol=0.0)


def test_single_precision_what_is_left_out_and_wrong_shapes():
    head = flame_head(load_open_flame())
    coefficients = drawn(head)[0].float()
    found = TorchHead(head)(coefficients)
    for row, vertices in zip(coefficients.double().numpy(), found.vertices.numpy()):
        still = HeadState(row, np.tile(np.eye(3), (5, 1, 1)), np.zeros(3), 0.0)
        np.testing.assert_allclose(vertices, Posed(head, still).vertices(), atol=2e-3)
    with pytest.raises(InputError, match=r"rotations of .* should have the shape \(2, 5, 3\), not \(2, 3\)"):
        TorchHead(head)(coefficients, torch.zeros(2, 3))


def test_gradients_are_those_of_finite_differences(hack_data):
    head = hack_head(hack_data).restricted(np.arange(0, 14062, 2000))
    model = TorchHead(head, dtype=DOUBLE)
    given = [tensor[:1].requires_grad_() for tensor in drawn(head)]
    pull = torch.tensor(np.random.default_rng(1).normal(size=(1, len(head.template), 3)))
    (model(*given).vertices * pull).sum().backward()
    way = [torch.randn(each.shape, generator=torch.Generator().manual_seed(2), dtype=DOUBLE) for each in given]
    with torch.no_grad():
        ends = [(model(*(g + s * w for g, w in zip(given, way))).vertices * pull).sum() for s in (1e-5, -1e-5)]
    slope = sum((each.grad * w).sum() for each, w in zip(given, way))
    assert slope.item() == pytest.approx((ends[0] - ends[1]).item() / 2e-5, rel=1e-6)
