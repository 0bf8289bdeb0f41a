#!/usr/bin/env python3
"""Train the face parser on portraits made from the open parts; one core does.

python scripts/train_face_parser.py --state STATE.pt -o backend/headbridge/assets/face_parser.safetensors [--steps N]

Pictures are made on the way. Goes on from STATE.pt where that exists; the same seed and number of steps give the same
network on the same machine when it was not stopped.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from pathlib import Path

import cv2
import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts"), str(ROOT / "scripts" / "bench")]

from averaged_training import AveragedTraining
from face_parser.examples import UNKNOWN, Examples
from strangers.open_data import open_data_folder

from headbridge.detection.parsing.aligned import SIDE
from headbridge.detection.parsing.classes import CLASSES
from headbridge.detection.parsing.network import FaceParserNetwork

BATCH = 16
# Small pictures teach most of it in half the time.
SMALL_SIDE, SMALL_SHARE = 96, 0.6
FIRST_PORTRAITS, STEPS_PER_PORTRAIT, MOST_PORTRAITS = 400, 2, 6000
# Rare classes count more.
WEIGHTS = {"background": 0.6, "brow": 1.2, "eye": 1.2, "hair": 1.3, "glasses": 2.0, "cover": 2.0}
SMOOTHING = 0.02
SHOW_EVERY, SAVE_EVERY = 50, 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=6800)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", type=Path, help="folder of the open input data")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    torch.manual_seed(options.seed)
    training = AveragedTraining(FaceParserNetwork(), options.state)
    # Whoever goes on sees other portraits.
    examples = Examples(open_data_folder(options.data), options.seed * 1_000_000 + training.step)
    examples.grow(FIRST_PORTRAITS)
    weights = class_weights()
    running, started = None, time.process_time()
    while training.step < options.steps:
        done = training.step / options.steps
        if training.step % STEPS_PER_PORTRAIT == 0 and len(examples) < MOST_PORTRAITS:
            examples.grow(1)
        given, truth = examples.batch(BATCH, SMALL_SIDE if done < SMALL_SHARE else SIDE)
        scores = training.network(given.contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(scores, truth, weights, ignore_index=UNKNOWN, label_smoothing=SMOOTHING)
        training.descend(loss, options.steps)
        now = loss.item()
        running = now if running is None else 0.97 * running + 0.03 * now
        if training.step % SHOW_EVERY == 0:
            print(
                f"{training.step}  loss {running:.4f}  {len(examples)} portraits  {time.process_time() - started:.0f} CPU s",
                flush=True,
            )
        if training.step % SAVE_EVERY == 0:
            save(options, training)
    save(options, training)


def class_weights() -> torch.Tensor:
    return torch.tensor([WEIGHTS.get(name, 1.0) for name in CLASSES])


@torch.no_grad()
def unweighted(network: FaceParserNetwork) -> FaceParserNetwork:
    """The network with scores of what is there: weighted classes were learned to be so many times as likely."""
    result = copy.deepcopy(network)
    # Four neighbours of each class lie side by side.
    result.last.bias -= class_weights().log().repeat_interleave(4)
    return result


def save(options, training: AveragedTraining) -> None:
    about = {"classes": ",".join(CLASSES), "steps": str(training.step), "seed": str(options.seed)}
    training.save(options.output, unweighted(training.average), about)


if __name__ == "__main__":
    main()
