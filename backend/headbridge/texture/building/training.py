"""The inpainting network, trained on the parts of textures that photos show."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ...progress import Progress
from ..inpainting.hidden import SIZE, at_network_size, is_shipped, network_inputs, shipped_network
from ..inpainting.masks import HidingMasks, texel_places
from ..inpainting.network import InpaintingNetwork
from ..inpainting.training import training_step
from ..load import load_texture_space

ReadTexture = Callable[[int], tuple[np.ndarray, np.ndarray]]
"""Pictures (T, S, S, 3) uint8 and known (T, S, S) bool of the texture of a number."""

_CROP, _BATCH = 128, 2
# A network that is trained already changes less.
_FIRST_RATE, _LATER_RATE = 1e-3, 2e-4
# A crop in which less than this is hidden that is known teaches nothing.
_LEAST_HIDDEN = 0.02
_MOST_DRAWS = 10
# Colours of photos vary more than those of a few people.
_TONE = (0.9, 1.1)


class VisibleParts:
    """What the network learns from: textures of which a part of what is known is hidden.

    read : gives textures by number, `count` of them, in `layout`. seed : of what is hidden, and where."""

    def __init__(self, read: ReadTexture, count: int, layout: str, seed: int):
        self._read, self._count = read, count
        self._space = load_texture_space("open", layout, SIZE)
        self._masks = HidingMasks(*texel_places(layout, SIZE), seed)
        self._rng = np.random.default_rng(seed)

    def draw(self) -> tuple[torch.Tensor, ...]:
        """The network's inputs, the texture, and where it is known and hidden; (1, C, CROP, CROP) of the first tile."""
        pictures, known = self._read(int(self._rng.integers(self._count)))
        reduced = (at_network_size(picture / np.float32(255.0), part) for picture, part in zip(pictures, known))
        texture, known = map(np.stack, zip(*reduced, strict=True))
        texture = np.clip(texture * self._rng.uniform(*_TONE, 3), 0.0, 1.0).astype(np.float32)
        for _ in range(_MOST_DRAWS):
            shown = known * self._masks.draw()
            hidden = known - shown
            row, column = self._rng.integers(0, SIZE - _CROP + 1, 2)
            crop = np.s_[:1, row : row + _CROP, column : column + _CROP]
            if hidden[crop].mean() > _LEAST_HIDDEN:
                break
        parts = (*network_inputs(self._space, texture, shown), texture, hidden[..., None])
        return tuple(
            torch.from_numpy(np.ascontiguousarray(part[crop].transpose(0, 3, 1, 2), np.float32)) for part in parts
        )


def start_network(seed: int) -> tuple[InpaintingNetwork, bool]:
    """A copy of the network that ships, or one that knows nothing where this installation has none; and whether it is
    trained."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = InpaintingNetwork()
    if not is_shipped():
        return network, False
    network.load_state_dict(shipped_network().state_dict())
    return network, True


def train_on_visible(
    read: ReadTexture, count: int, layout: str, steps: int, seed: int, device: str, progress: Progress
) -> tuple[InpaintingNetwork, dict[str, float]]:
    """The network that ships, trained on `count` textures; and metrics: mean squared errors of what was hidden, over the
    last half of the steps, of the network (error) and of the space's guess it starts from (guess_error)."""
    network, trained = start_network(seed)
    network.to(device).train()
    rate = _LATER_RATE if trained else _FIRST_RATE
    optimiser = torch.optim.Adam(network.parameters(), rate)
    parts = VisibleParts(read, count, layout, seed)
    errors = []
    for step in range(steps):
        examples = []
        for number in range(_BATCH):
            progress.report((step + number / _BATCH) / steps, "Training the inpainting network")
            examples.append(parts.draw())
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, 2.0 * (1.0 - step / steps))
        *inputs, texture, hidden = (torch.cat(part).to(device) for part in zip(*examples, strict=True))
        errors.append(training_step(network, optimiser, inputs, texture, hidden))
    network = network.to("cpu").eval().requires_grad_(False)
    if not errors:
        return network, {}
    error, guess_error = np.mean(errors[steps // 2 :], axis=0).tolist()
    return network, {"error": error, "guess_error": guess_error}
