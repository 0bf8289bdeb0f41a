#!/usr/bin/env python3
"""Train the open texture generator: StyleGAN2 on the open texture space.

python scripts/train_texture_generator.py --state STATE.pt -o GENERATOR.safetensors [--start-steps N] [--steps N]

Starts by regression towards the textures that z is to give, at growing resolutions, which on one CPU core takes half an
hour; goes on against the discriminator, still held to these textures, for `--steps`, for which a GPU is better. Goes on
from STATE.pt where that exists and writes it now and then; the generator is written at the end, in half precision, with
a .json card and a .png of samples beside it.
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
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts")]

from texture_training.distillation_targets import DistillationTargets
from texture_training.training import Trainer, TrainingSettings

from headbridge.texture.stylegan import GeneratorShape, save_generator

SAVE_EVERY, SHOW_EVERY = 300.0, 30.0
# Shares of the start's steps at a quarter of the resolution, and up to the end of those at a half.
COARSE, MIDDLE = 0.25, 0.4
# The learning rate rises over so many steps at every resolution, and falls to so much of itself.
RISE, LEAST_RATE = 100, 0.01
# The discriminator learns alone for so many of the competition's steps.
JUDGE_STEPS = 100
HELD_OUT = 24


def main() -> None:
    options = parsed_options()
    torch.set_num_threads(options.threads)
    shape = GeneratorShape(options.latent, 3 * options.latent, 1, tuple(map(int, options.channels.split(","))))
    trainer = Trainer(shape, TrainingSettings(batch=options.batch, r1=options.r1), options.device)
    textures = DistillationTargets(options.layout, shape.resolution, options.latent, options.device)
    if options.state.exists():
        trainer.load(options.state)
    else:
        trainer.start(textures.lengths())
    train(trainer, textures, options)
    trainer.save(options.state)
    save_generator(options.output, trainer.average, options.layout)
    options.output.with_suffix(".json").write_text(json.dumps(card(trainer, textures, options), indent=1) + "\n")
    write_samples(trainer, textures, options.output.with_suffix(".png"))


def parsed_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, required=True, help="file to go on from and to keep")
    parser.add_argument("-o", "--output", type=Path, required=True, help=".safetensors file to write")
    parser.add_argument("--layout", choices=("flame", "hack"), default="flame", help="UV layout of the textures")
    parser.add_argument("--channels", default="256,256,256,256,192,96,48", help="of 4, 8, 16 ... pixels")
    parser.add_argument("--latent", type=int, default=64, help="length of z; w is three times as long")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--r1", type=float, default=1.0)
    parser.add_argument("--start-steps", type=int, default=4000, help="steps of regression before the competition")
    parser.add_argument("--steps", type=int, default=0, help="steps of the competition")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop after this long")
    parser.add_argument("--note", default="", help="what the generator can and cannot do, for its card")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def train(trainer: Trainer, textures: DistillationTargets, options: argparse.Namespace) -> None:
    end = time.monotonic() + 60.0 * options.minutes
    saved = shown = time.monotonic()
    shape = trainer.generator.shape
    while time.monotonic() < end and (trainer.steps[0] < options.start_steps or trainer.steps[1] < options.steps):
        z = torch.randn(options.batch, shape.latent, device=trainer.device)
        if trainer.steps[0] < options.start_steps:
            done = trainer.steps[0] / options.start_steps
            began, halvings = (0.0, 2) if done < COARSE else (COARSE, 1) if done < MIDDLE else (MIDDLE, 0)
            sizes = [size for size in shape.resolutions[1:] if size <= shape.resolution >> halvings]
            # What a new resolution gets wrong at first must not carry the coarser ones away.
            share = min(1.0, (trainer.steps[0] - began * options.start_steps + 1.0) / RISE)
            share *= LEAST_RATE + (1.0 - LEAST_RATE) * 0.5 * (1.0 + math.cos(math.pi * done))
            wanted = {size: textures.pictures(z, size) for size in sizes}
            logged = {"error": trainer.regress(z, wanted, textures.weights, share)}
        else:
            wanted = textures.pictures(z, shape.resolution)
            real = textures.pictures(torch.randn_like(z), shape.resolution)
            alone = trainer.steps[1] < JUDGE_STEPS
            weights = textures.weights[shape.resolution]
            logged = trainer.judge(real) if alone else trainer.compete(real, z, wanted, weights)
        now = time.monotonic()
        if now - shown > SHOW_EVERY:
            values = "  ".join(f"{name} {value:.5f}" for name, value in logged.items())
            print(f"{trainer.steps}  {values}  augmentation {trainer.augmentation.strength:.3f}", flush=True)
            shown = now
        if now - saved > SAVE_EVERY:
            trainer.save(options.state)
            write_samples(trainer, textures, options.output.with_suffix(".png"))
            print(quality(trainer, textures), flush=True)
            saved = now


def held_out(trainer: Trainer, count: int) -> torch.Tensor:
    """(count, latent) z that are the same every time."""
    return torch.randn(count, trainer.average.shape.latent, generator=torch.Generator().manual_seed(1)).to(
        trainer.device
    )


@torch.no_grad()
def quality(trainer: Trainer, textures: DistillationTargets) -> dict[int, float]:
    """Peak signal-to-noise ratio in dB of the averaged generator's textures, by resolution: how near they are to what
    their z, not seen in training, was to give; texels weighed as in training."""
    result = {}
    for size in trainer.average.shape.resolutions[-4:]:
        squares = []
        for z in held_out(trainer, HELD_OUT).split(8):
            made = trainer.average(z, resolution=size).clamp(-1.0, 1.0)
            squares.append(((made - textures.pictures(z, size)).square() * textures.weights[size]).mean().item())
        result[size] = round(10.0 * math.log10(4.0 / np.mean(squares)), 2)
    return result


@torch.no_grad()
def write_samples(trainer: Trainer, textures: DistillationTargets, path: Path) -> None:
    """A picture: six textures of the averaged generator, and below them the distillation target of the same z, twice."""
    rows = []
    for z in held_out(trainer, 12).split(6):
        for pictures in (trainer.average(z), textures.pictures(z, trainer.average.shape.resolution)):
            pictures = pictures.add(1.0).mul(127.5).clamp(0.0, 255.0).byte().cpu().numpy().transpose(0, 2, 3, 1)
            rows.append(np.hstack(list(pictures)))
    cv2.imwrite(str(path), np.vstack(rows)[..., ::-1])


def card(trainer: Trainer, textures: DistillationTargets, options: argparse.Namespace) -> dict:
    """What is worth knowing of the generator."""
    shape = trainer.average.shape
    return {
        "architecture": "StyleGAN2, skip connections, plain torch",
        "resolution": shape.resolution,
        "latent": shape.latent,
        "style": shape.style,
        "channels": list(shape.channels),
        "parameters": sum(parameter.numel() for parameter in trainer.average.parameters()),
        "layout": options.layout,
        "data": "the open texture space (MakeHuman's 14 CC0 skins in this layout and their mirror images, drawn brows, "
        "beards, lips and eyes) with natural random coefficients, and tones that vary slowly over the face",
        "regression_steps": trainer.steps[0],
        "adversarial_steps": trainer.steps[1],
        "batch": options.batch,
        "device": options.device,
        "held_out_psnr": quality(trainer, textures),
        "note": options.note,
    }


if __name__ == "__main__":
    main()
