#!/usr/bin/env python3
"""Train the inpainting network on the open texture space, in FLAME's and HACK's layouts.

python scripts/train_inpainting.py --state STATE.pt -o backend/headbridge/assets/inpainting.safetensors [--minutes 30]

Goes on from STATE.pt where that exists. With --without N the N-th skin is left out, so that what the network makes of
it can be judged (scripts/bench/completion_bench.py).
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend")]

from headbridge.texture.inpainting.hidden import SIZE, network_inputs
from headbridge.texture.inpainting.masks import HidingMasks, texel_places
from headbridge.texture.inpainting.network import InpaintingNetwork
from headbridge.texture.inpainting.training import training_step
from headbridge.texture.open_space import make_open_space, read_skins
from headbridge.texture.skin_samples import SkinSamples
from headbridge.texture.stylegan.safetensors import encode_safetensors

LAYOUTS = ("flame", "hack")
FOLDS = 4
CROP, BATCH, RATE = 128, 4, 1e-3
# Real skins differ from the space more than its own skins do from each other.
BEYOND = (0.7, 4.0)
# Of layouts of several tiles the first shows the face.
FIRST_TILE = 0.75
SHOW_EVERY = 30.0


class Examples:
    """Textures of one layout with parts hidden. The space that guesses them is without the skins they are made of, as
    it is without those of users."""

    def __init__(self, layout: str, without: int | None, seed: int):
        names, _, _ = read_skins(layout, SIZE)
        skins = [skin for skin in range(len(names)) if skin != without]
        self._folds = []
        for fold in range(FOLDS):
            left_out = frozenset(skins[fold::FOLDS])
            space = make_open_space(layout, SIZE, left_out | ({without} - {None}))
            self._folds.append((space, SkinSamples(space, left_out, seed)))
        places, normals = texel_places(layout, SIZE)
        self._charts = np.isfinite(places[..., 0])
        self._masks = HidingMasks(places, normals, seed)
        self._rng = np.random.default_rng(seed)

    def draw(self) -> tuple[torch.Tensor, ...]:
        """The network's inputs, the whole texture and (1, 1, CROP, CROP) where it is hidden, of one tile: (1, C, CROP,
        CROP) each."""
        space, samples = self._folds[self._rng.integers(FOLDS)]
        texture = samples.draw(np.exp(self._rng.uniform(*np.log(BEYOND))))
        texture = np.clip(texture * self._rng.uniform(0.85, 1.15, 3), 0.0, 1.0).astype(np.float32)
        known = self._masks.draw()
        parts = [*network_inputs(space, texture, known), texture, (self._charts & ~known)[..., None]]
        row, column = self._rng.integers(0, SIZE - CROP + 1, 2)
        tile = 0 if self._rng.random() < FIRST_TILE else self._rng.integers(len(texture))
        return tuple(
            torch.from_numpy(np.ascontiguousarray(part[tile, row : row + CROP, column : column + CROP]))
            .permute(2, 0, 1)[None]
            .float()
            for part in parts
        )


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
    step = 0
    if options.state.exists():
        state = torch.load(options.state, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        step = state["step"]
    examples = [Examples(layout, options.without, step + 1) for layout in LAYOUTS]
    started = shown = time.monotonic()
    errors = []
    while (done := (time.monotonic() - started) / (60.0 * options.minutes)) < 1.0:
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, 2.0 * (1.0 - done) + 0.02)
        parts = [torch.cat(part) for part in zip(*(examples[(step + i) % 2].draw() for i in range(BATCH)))]
        *inputs, texture, hidden = parts
        loss, before = training_step(network, optimiser, inputs, texture, hidden)
        errors.append((loss, before))
        step += 1
        if time.monotonic() - shown > SHOW_EVERY:
            after, guess = np.mean(errors, axis=0)
            print(f"{step}  error {after:.6f}  of the space's guess {guess:.6f}", flush=True)
            errors, shown = [], time.monotonic()
            torch.save(
                {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, options.state
            )
    torch.save({"network": network.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, options.state)
    options.output.write_bytes(encode_safetensors({name: t.half() for name, t in network.state_dict().items()}))


if __name__ == "__main__":
    main()
