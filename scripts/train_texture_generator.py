#!/usr/bin/env python3
"""Train the open texture generator: StyleGAN2 on the open texture space.

python scripts/train_texture_generator.py --state STATE.pt -o GENERATOR.safetensors [--resolution 256] [--minutes 60]

Goes on from STATE.pt where that exists and writes it now and then; the generator is written at the end, in half
precision, with a .json card beside it. One GPU trains the sizes below in hours; a CPU small ones.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend")]

from headbridge.texture.open_space import load_open_space
from headbridge.texture.skin_samples import SkinSamples
from headbridge.texture.stylegan import GeneratorShape, save_generator
from headbridge.texture.stylegan.generator import channel_widths
from headbridge.texture.stylegan.training import Trainer, TrainingSettings

SAVE_EVERY, SHOW_EVERY = 300.0, 30.0


def main() -> None:
    options = parsed_options()
    torch.set_num_threads(options.threads)
    shape = GeneratorShape(
        latent=options.latent,
        style=options.latent,
        mapping_layers=options.mapping_layers,
        channels=channel_widths(options.resolution, options.channel_base, options.most_channels),
    )
    trainer = Trainer(shape, TrainingSettings(batch=options.batch, r1=options.r1), options.device)
    if options.state.exists():
        trainer.load(options.state)
    textures = Textures(options.layout, options.resolution, options.device, sum(trainer.steps))
    train(trainer, textures, options)
    trainer.save(options.state)
    save_generator(options.output, trainer.average, options.layout)
    options.output.with_suffix(".json").write_text(json.dumps(card(trainer, options), indent=1) + "\n")


def parsed_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, required=True, help="file to go on from and to keep")
    parser.add_argument("-o", "--output", type=Path, required=True, help=".safetensors file to write")
    parser.add_argument("--layout", choices=("flame", "hack"), default="flame", help="UV layout of the textures")
    parser.add_argument("--resolution", type=int, default=256)
    parser.add_argument("--channel-base", type=int, default=4096, help="channels times pixels of a block")
    parser.add_argument("--most-channels", type=int, default=128)
    parser.add_argument("--latent", type=int, default=64, help="length of z and w")
    parser.add_argument("--mapping-layers", type=int, default=4)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--r1", type=float, default=1.0)
    parser.add_argument("--start-steps", type=int, default=1000, help="steps of regression before the competition")
    parser.add_argument("--steps", type=int, default=100_000, help="steps of the competition")
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after this long")
    parser.add_argument("--note", default="", help="what the generator can and cannot do, for its card")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


class Textures:
    """What is trained on: mixtures of the open space's skins, in the layout's first tile."""

    def __init__(self, layout: str, resolution: int, device: str, seed: int):
        self._space = load_open_space(layout, resolution)
        self._samples = SkinSamples(self._space, seed=seed)
        self._rng = np.random.default_rng(seed)
        self._device = device

    def real(self, count: int) -> torch.Tensor:
        """(count, 3, R, R) in -1..1."""
        return self._pictures([self._samples.draw()[0] for _ in range(count)])

    def given(self, latent: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """z (count, latent) whose first entries are a space's coefficients, and the pictures of these."""
        used = min(latent, self._space.count)
        z = self._rng.normal(size=(count, latent))
        z[:, :used] = [self._samples.coefficients()[:used] for _ in range(count)]
        # The mapping network sees z on its sphere, so the coefficients are those of the point there.
        z *= np.sqrt(latent / (z**2).sum(axis=1, keepdims=True))
        pictures = [np.clip(self._space.colours(row)[0], 0.0, 1.0) for row in z[:, :used]]
        return torch.from_numpy(z.astype(np.float32)).to(self._device), self._pictures(pictures)

    def _pictures(self, textures: list[np.ndarray]) -> torch.Tensor:
        pictures = torch.from_numpy(2.0 * np.stack(textures).transpose(0, 3, 1, 2) - 1.0).to(self._device)
        return pictures.contiguous(memory_format=torch.channels_last)


def train(trainer: Trainer, textures: Textures, options: argparse.Namespace) -> None:
    end = time.monotonic() + 60.0 * options.minutes
    saved = shown = time.monotonic()
    while time.monotonic() < end and trainer.steps[1] < options.steps:
        if trainer.steps[0] < options.start_steps:
            # Half of the steps at a quarter of the resolution, a quarter at a half.
            done = trainer.steps[0] / options.start_steps
            smaller = 4 if done < 0.5 else 2 if done < 0.75 else 1
            share = 0.02 + 0.49 * (1.0 + math.cos(math.pi * done))
            z, pictures = textures.given(options.latent, options.batch)
            logged = {"error": trainer.regress(z, torch.nn.functional.avg_pool2d(pictures, smaller), share)}
        else:
            logged = trainer.compete(textures.real(options.batch))
        now = time.monotonic()
        if now - shown > SHOW_EVERY:
            values = "  ".join(f"{name} {value:.4f}" for name, value in logged.items())
            print(f"{trainer.steps}  {values}  augmentation {trainer.augmentation.strength:.3f}", flush=True)
            shown = now
        if now - saved > SAVE_EVERY:
            trainer.save(options.state)
            write_samples(trainer, options.output.with_suffix(".png"))
            saved = now


def write_samples(trainer: Trainer, path: Path) -> None:
    """A picture of eight textures of the averaged generator."""
    z = torch.randn(8, trainer.average.shape.latent, generator=torch.Generator().manual_seed(1)).to(trainer.device)
    with torch.no_grad():
        made = trainer.average(z).add(1.0).mul(127.5).clamp(0.0, 255.0).byte().cpu().numpy().transpose(0, 2, 3, 1)
    rows = [np.hstack(list(made[:4])), np.hstack(list(made[4:]))]
    cv2.imwrite(str(path), np.vstack(rows)[..., ::-1])


def card(trainer: Trainer, options: argparse.Namespace) -> dict:
    """What is worth knowing of the generator."""
    shape = trainer.average.shape
    return {
        "architecture": "StyleGAN2, skip connections, plain torch",
        "resolution": shape.resolution,
        "latent": shape.latent,
        "channels": list(shape.channels),
        "layout": options.layout,
        "data": "mixtures of MakeHuman's 14 CC0 skins in this layout and their mirror images, with drawn brows, beards and lips",
        "regression_steps": trainer.steps[0],
        "adversarial_steps": trainer.steps[1],
        "batch": options.batch,
        "device": options.device,
        "note": options.note,
    }


if __name__ == "__main__":
    main()
