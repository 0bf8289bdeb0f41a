"""Training of a network whose weights' running mean is kept, which is steadier than the last of them (Polyak and Juditsky
1992)."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import torch
from torch import nn

from headbridge.safetensors import encode_safetensors

_RATE, _DECAY, _MOST_GRADIENT = 3e-3, 0.02, 2.0
_WARM_UP, _AVERAGED = 60, 150


class AveragedTraining:
    """AdamW with a warm-up and a cosine's decay, which goes on from the file `state` where that exists.

    network, average : the last weights, and their running mean. step : how many were made."""

    def __init__(self, network: nn.Module, state: Path):
        self.network = network.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network)
        self.step = 0
        self._optimiser = torch.optim.AdamW(self.network.parameters(), _RATE, weight_decay=_DECAY)
        self._file = state
        if state.exists():
            kept = torch.load(state, weights_only=True)
            for name, part in self._parts.items():
                part.load_state_dict(kept[name])
            self.step = kept["step"]
        self.network.train()

    @property
    def _parts(self):
        return {"network": self.network, "average": self.average, "optimiser": self._optimiser}

    def descend(self, loss: torch.Tensor, steps: int) -> None:
        """One step of so many in all."""
        for group in self._optimiser.param_groups:
            falling = 0.505 + 0.495 * math.cos(math.pi * self.step / steps)
            group["lr"] = _RATE * min(1.0, (self.step + 1) / _WARM_UP) * falling
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), _MOST_GRADIENT)
        self._optimiser.step()
        self.step += 1
        _follow(self.average, self.network, 1.0 / min(self.step / 5 + 1, _AVERAGED))

    def save(self, output: Path, shipped: nn.Module, about: dict[str, str]) -> None:
        """Write the state, and the network that ships, in half precision, with what is to be known about it."""
        torch.save({name: part.state_dict() for name, part in self._parts.items()} | {"step": self.step}, self._file)
        tensors = {name: t.half() if t.dtype.is_floating_point else t for name, t in shipped.state_dict().items()}
        output.write_bytes(encode_safetensors(tensors, about))


@torch.no_grad()
def _follow(average: nn.Module, network: nn.Module, share: float) -> None:
    """Move the average by a share of the way to the network."""
    for mean, new in zip(average.state_dict().values(), network.state_dict().values()):
        if mean.dtype.is_floating_point:
            mean.lerp_(new, share)
        else:
            mean.copy_(new)
