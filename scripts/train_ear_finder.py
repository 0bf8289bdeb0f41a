#!/usr/bin/env python3
"""Train the ear finder on portraits made from the open parts; one core does.

python scripts/train_ear_finder.py --state STATE.pt -o backend/headbridge/assets/ear_finder.safetensors [--steps N]

Pictures are made on the way. Goes on from STATE.pt where that exists; the same seed and number of steps give the same
network on the same machine when it was not stopped. --seconds ends a run early, with all that it has learned kept.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path

import cv2
import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts"), str(ROOT / "scripts" / "bench")]

from averaged_training import AveragedTraining
from ear_finder.examples import EarBatch, EarExamples
from ear_finder.people import head_shape
from strangers.open_data import open_data_folder

from headbridge.detection.ears.finding import SIDE
from headbridge.detection.ears.network import EarNetwork

BATCH = 16
# Small pictures teach most of it in half the time.
SMALL_SIDE, SMALL_SHARE = 96, 0.6
FIRST_PORTRAITS, STEPS_PER_PORTRAIT = 250, 3
STORED, STORED_ROOM = 200, 1.5
# A point's map is trained to be a blot this wide, share of the side, so that it has one place from the beginning.
BLOT, BLOT_WEIGHT = 0.02, 0.1
SEEN_WEIGHT = 0.5
# No error is thought smaller than this, share of the side.
LEAST_ERROR = 1e-3
SHOW_EVERY, SAVE_EVERY = 50, 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=3100)
    parser.add_argument("--seconds", type=float, default=math.inf)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", type=Path, help="folder of the open input data")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    torch.manual_seed(options.seed)
    training = AveragedTraining(EarNetwork(), options.state)
    # Whoever goes on sees other portraits.
    first = options.seed * 1_000_000 + 500_000 + training.step
    examples = EarExamples(open_data_folder(options.data), first, STORED, STORED_ROOM, head_shape)
    examples.grow(FIRST_PORTRAITS)
    running, started = None, time.monotonic()
    while training.step < options.steps and time.monotonic() - started < options.seconds:
        done = training.step / options.steps
        if training.step % STEPS_PER_PORTRAIT == 0:
            examples.grow(1)
        batch = examples.ears(BATCH, SMALL_SIDE if done < SMALL_SHARE else SIDE)
        losses = losses_of(training.network, batch)
        training.descend(sum(losses), options.steps)
        now = torch.stack(losses).detach()
        running = now if running is None else 0.97 * running + 0.03 * now
        if training.step % SHOW_EVERY == 0:
            shown = " ".join(f"{value:.3f}" for value in running.tolist())
            print(
                f"{training.step}  losses {shown}  {len(examples)} portraits  {time.process_time():.0f} CPU s",
                flush=True,
            )
        if training.step % SAVE_EVERY == 0:
            save(options, training)
    save(options, training)


def losses_of(network: EarNetwork, batch: EarBatch) -> tuple[torch.Tensor, ...]:
    """Of the points' places, of the maps, and of what is seen."""
    points, spread, seen, maps = network(batch.given.contiguous(memory_format=torch.channels_last))
    there = batch.seen.float()
    count = there.sum().clamp(min=1.0)
    # Errors have a heavy tail: exp(-|error| / spread).
    error = (points - batch.points).norm(dim=2)
    spread = spread.clamp(min=math.log(LEAST_ERROR))
    places = ((2.0 * spread + error * torch.exp(-spread)) * there).sum() / count
    size = maps.shape[-1]
    middles = (torch.arange(size) + 0.5) / size
    across, down = ((batch.points[..., axis, None] - middles) ** 2 for axis in (0, 1))
    blot = (-0.5 * (down[..., :, None] + across[..., None, :]) / BLOT**2).flatten(2).softmax(dim=2)
    blots = (-(blot * maps.flatten(2).log_softmax(dim=2)).sum(dim=2) * there).sum() / count
    found = F.binary_cross_entropy_with_logits(seen, there)
    return places, BLOT_WEIGHT * blots, SEEN_WEIGHT * found


def save(options, training: AveragedTraining) -> None:
    training.save(options.output, training.average, {"steps": str(training.step), "seed": str(options.seed)})


if __name__ == "__main__":
    main()
