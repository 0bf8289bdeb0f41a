#!/usr/bin/env python3
"""Train the inpainting network on the open texture space, in FLAME's and HACK's layouts.

python scripts/train_inpainting.py --state STATE.pt -o backend/headbridge/assets/inpainting.safetensors [--minutes 30]

Goes on from STATE.pt where that exists. With --without N the N-th skin is left out, so that what the network makes of
it can be judged (scripts/bench/completion_bench.py).
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts")]

from texture_training.skin_samples import SkinSamples

from headbridge.safetensors import encode_safetensors
from headbridge.texture.inpainting.hidden import SIZE, network_inputs
from headbridge.texture.inpainting.masks import HidingMasks, texel_places
from headbridge.texture.inpainting.network import InpaintingNetwork
from headbridge.texture.inpainting.training import training_step
from headbridge.texture.open_space import make_open_space, read_skins, with_mirrored

LAYOUTS = ("flame", "hack")
FOLDS = 4
RATE = 5e-4
# Weights are averaged over so many steps; examples by which the correction is scaled to what it explains.
AVERAGED, JUDGED = 100, 24
# Real skins differ from the space more than its own skins do from each other.
BEYOND = (0.7, 4.0)
# So many textures have drawn brows, beards and lips; the others are as skins are painted.
DRAWN = 0.3
# Of layouts of several tiles the first shows the face.
FIRST_TILE = 0.75
SHOW_EVERY = 30.0


class Examples:
    """Textures of one layout with parts hidden. The space that guesses them is without the skins they are made of, as
    it is without those of users."""

    def __init__(self, layout: str, without: int | None, seed: int):
        names, tiles, pictures = read_skins(layout, SIZE)
        self._skins, self._shape = with_mirrored(pictures, layout, tiles), pictures.shape[:-1]
        skins = [skin for skin in range(len(names)) if skin != without]
        self._folds = []
        for fold in range(FOLDS):
            left_out = frozenset(skins[fold::FOLDS])
            space = make_open_space(layout, SIZE, left_out | ({without} - {None}))
            self._folds.append((space, SkinSamples(space, left_out, seed), sorted(left_out)))
        places, normals = texel_places(layout, SIZE)
        self._charts = np.isfinite(places[..., 0])
        self._masks = HidingMasks(places, normals, seed)
        self._rng = np.random.default_rng(seed)

    def draw(self) -> tuple[torch.Tensor, ...]:
        """The network's inputs, the whole texture and (1, 1, SIZE, SIZE) where it is hidden, of one tile: (1, C, SIZE,
        SIZE) each."""
        space, samples, skins = self._folds[self._rng.integers(FOLDS)]
        drawn = self._rng.random() < DRAWN
        texture = samples.draw(np.exp(self._rng.uniform(*np.log(BEYOND)))) if drawn else self._mixed(skins)
        texture = np.clip(texture * self._rng.uniform(0.85, 1.15, 3), 0.0, 1.0).astype(np.float32)
        known = self._masks.draw()
        parts = [*network_inputs(space, texture, known), texture, (self._charts & ~known)[..., None]]
        tile = 0 if self._rng.random() < FIRST_TILE else self._rng.integers(len(texture))
        return tuple(
            torch.from_numpy(np.ascontiguousarray(part[tile].transpose(2, 0, 1)[None], np.float32)) for part in parts
        )

    def _mixed(self, skins: list[int]) -> np.ndarray:
        """Two skins, or their mirror images, in uneven shares."""
        count = self._skins.shape[1] // 2
        chosen = self._rng.choice(skins, 2) + count * self._rng.integers(0, 2, 2)
        return (self._skins[:, chosen] @ self._rng.dirichlet((0.5, 0.5))).reshape(self._shape)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--without", type=int, help="skin to leave out, from 0")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    network = InpaintingNetwork()
    optimiser = torch.optim.Adam(network.parameters(), RATE)
    step, average = 0, copy.deepcopy(network)
    if options.state.exists():
        state = torch.load(options.state, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        step = state["step"]
        average.load_state_dict(state["average"])
    examples = [Examples(layout, options.without, step + 1) for layout in LAYOUTS]
    started = shown = time.monotonic()
    errors = []
    while (done := (time.monotonic() - started) / (60.0 * options.minutes)) < 1.0:
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, 2.0 * (1.0 - done) + 0.02)
        *inputs, texture, hidden = examples[step % len(examples)].draw()
        errors.append(training_step(network, optimiser, inputs, texture, hidden))
        step += 1
        with torch.no_grad():
            for mean, new in zip(average.parameters(), network.parameters()):
                mean.lerp_(new, 1.0 / min(step, AVERAGED))
        if time.monotonic() - shown > SHOW_EVERY:
            after, guess = np.mean(errors, axis=0)
            print(f"{step}  error {after:.6f}  of the space's guess {guess:.6f}", flush=True)
            errors, shown = [], time.monotonic()
            save(options.state, network, average, optimiser, step)
    save(options.state, network, average, optimiser, step)
    print(f"{scale_correction(average, examples):.0%} of the correction is kept")
    options.output.write_bytes(encode_safetensors({name: t.half() for name, t in average.state_dict().items()}))


def save(path: Path, network: InpaintingNetwork, average: InpaintingNetwork, optimiser, step: int) -> None:
    parts = {"network": network, "average": average, "optimiser": optimiser}
    torch.save({name: part.state_dict() for name, part in parts.items()} | {"step": step}, path)


@torch.no_grad()
def scale_correction(network: InpaintingNetwork, examples: list[Examples]) -> float:
    """Scale what the network changes to the share of it that new examples bear out; returns that."""
    borne_out = made = 0.0
    for number in range(JUDGED):
        *inputs, texture, hidden = examples[number % len(examples)].draw()
        change = (network(*inputs) - inputs[-1]) * hidden
        borne_out += float((change * (texture - inputs[-1])).sum())
        made += float(change.square().sum())
    share = min(max(borne_out / max(made, 1e-12), 0.0), 1.0)
    network.last.weight.mul_(share)
    network.last.bias.mul_(share)
    return share


if __name__ == "__main__":
    main()
