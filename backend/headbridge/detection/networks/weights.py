"""The networks with the weights that ship with HeadBridge (written by scripts/build_assets.py)."""

from __future__ import annotations

import torch
from torch import nn

from ...safetensors import read_safetensors
from ...topologies.builtin import asset_path


def load_network(kind: type[nn.Module], device: str) -> nn.Module:
    """A network of this package with its weights in single precision, ready to look. device : "cpu" or "cuda".

    Raises `HeadBridgeError` when the file with its weights is missing, cut off, or another network's."""
    path = asset_path(kind.asset)
    network = kind()
    network.load_state_dict(read_safetensors(path.read_bytes(), path))
    return network.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)
