"""The inpainting network, trained on the parts of textures that photos show."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from ..progress import Progress
from ..texture.inpainting.hidden import SIZE, network_inputs, scaled_known, shipped_network
from ..texture.inpainting.masks import HidingMasks, texel_places
from ..texture.inpainting.network import InpaintingNetwork
from ..texture.inpainting.training import hidden_error, training_step
from ..texture.load import load_texture_space

ReadTexture = Callable[[int], tuple[np.ndarray, np.ndarray]]
"""Pictures (T, S, S, 3) uint8 and known (T, S, S) bool of the texture of a number."""

_CROP, _BATCH = 128, 2
# The network is trained already.
_RATE = 2e-4
# A crop in which less than this is hidden that is known teaches nothing.
_LEAST_HIDDEN = 0.02
_MOST_DRAWS = 10
# Every so manyth texture is held out to judge by, and so many examples are drawn of them.
_HELD_OUT, _JUDGED = 5, 12
# A trained network is taken when its error is at most this share of what it was: what photos show tells little about
# what they never show, so that changes have to be worth it.
_GAIN = 0.95
_MESSAGE = "Training the inpainting network"
# Colours of photos vary more than those of a few people.
_TONE = (0.9, 1.1)


class VisibleParts:
    """What the network learns from: textures of which a part of what is known is hidden.

    read : gives textures by number, which `numbers` are drawn, in `layout`. seed : of what is hidden, and where."""

    def __init__(self, read: ReadTexture, numbers: Sequence[int], layout: str, seed: int):
        self._read, self._numbers = read, numbers
        self._space = load_texture_space("open", layout, SIZE)
        self._masks = HidingMasks(*texel_places(layout, SIZE), seed)
        self._rng = np.random.default_rng(seed)

    def draw(self) -> tuple[torch.Tensor, ...]:
        """The network's inputs, the texture, and where it is known and hidden; (1, C, CROP, CROP) of the first tile."""
        pictures, known = self._read(self._numbers[self._rng.integers(len(self._numbers))])
        reduced = (scaled_known(picture / np.float32(255.0), part) for picture, part in zip(pictures, known))
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


def start_network() -> InpaintingNetwork:
    """A copy of the network that ships."""
    network = InpaintingNetwork()
    network.load_state_dict(shipped_network().state_dict())
    return network.eval().requires_grad_(False)


def train_on_visible(
    read: ReadTexture, count: int, layout: str, steps: int, seed: int, device: str, progress: Progress
) -> tuple[InpaintingNetwork, dict[str, float | bool]]:
    """A network trained on `count` textures from the one that ships on, or that one where it did no worse.

    A part of the textures is held out where they are not few, to judge by. The metrics are mean squared errors of what
    was hidden of them: of the network before (error_before) and after (error), and of the space's guess (guess_error);
    and whether the trained one was taken.
    Equal arguments give equal networks."""
    network = start_network()
    if not steps:
        return network, {}
    judged = range(0, count, _HELD_OUT) if count >= _HELD_OUT else range(count)
    learned = [number for number in range(count) if count < _HELD_OUT or number not in judged]
    parts = VisibleParts(read, learned, layout, seed)
    judge = _Judge(VisibleParts(read, judged, layout, seed + 1), device, progress.part(0.0, 0.1))
    start = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network.to(device).requires_grad_(True)
    before, guess_error = judge.error(network), judge.guess_error
    optimiser = torch.optim.Adam(network.parameters(), _RATE)
    for step in range(steps):
        examples = []
        for number in range(_BATCH):
            progress.report(0.1 + 0.9 * (step + number / _BATCH) / steps, _MESSAGE)
            examples.append(parts.draw())
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, 2.0 * (1.0 - step / steps))
        *inputs, texture, hidden = (torch.cat(part).to(device) for part in zip(*examples, strict=True))
        training_step(network, optimiser, inputs, texture, hidden)
    after = judge.error(network)
    network.to("cpu")
    taken = after <= _GAIN * before
    if not taken:
        network.load_state_dict(start)
    metrics = {"error_before": before, "error": after, "guess_error": guess_error, "taken": taken}
    return network.requires_grad_(False), metrics


class _Judge:
    """The same examples for every network."""

    def __init__(self, parts: VisibleParts, device: str, progress: Progress):
        self._examples = []
        for number in range(_JUDGED):
            progress.report(number / _JUDGED, _MESSAGE)
            self._examples.append([part.to(device) for part in parts.draw()])
        self.guess_error = self._mean(lambda inputs: inputs[-1])

    def error(self, network: InpaintingNetwork) -> float:
        with torch.no_grad():
            return self._mean(lambda inputs: network(*inputs))

    def _mean(self, made) -> float:
        errors = [float(hidden_error(made(inputs), texture, hidden)) for *inputs, texture, hidden in self._examples]
        return float(np.mean(errors))
