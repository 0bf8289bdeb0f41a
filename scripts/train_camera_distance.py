#!/usr/bin/env python3
"""Train the network that tells a camera's distance by points of the face and the ears: two minutes.

python scripts/train_camera_distance.py [-o OUTPUT_FILE] [--steps N]

Points are projected from random heads (MakeHuman's, ICT-FaceKit's, between both, and the open FLAME-topology head's) with
errors as the detector and the ear finder make them; nothing is rendered.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts"), str(ROOT / "scripts" / "bench")]

from ear_finder.people import head_shape
from face_parser.parts import load_bust
from strangers.open_data import open_data_folder

from headbridge.detection.camera_distance import BROWS, CameraDistanceNetwork, relative_points
from headbridge.detection.ears.places import POINT_COUNT, ear_places
from headbridge.fitting.heads import load_head
from headbridge.fitting.posable import Posed
from headbridge.safetensors import encode_safetensors
from headbridge.topologies import load_topology

HEADS, FLAME_HEADS = 600, 200
BATCH, RATE, DECAY, LEAST_SPREAD = 256, 2e-3, 0.05, -3.0
# Standard deviations in mm: of each landmark, of a smooth field over the face, of ears' points, each and together.
OWN, SMOOTH, EAR, EARS = 1.5, 1.0, 2.5, 1.5
# Degrees: of roll, pitch and yaw; the yaw at which an ear turns out of sight, and how sharply.
ANGLES, TURNED, SHARPLY = (3.0, 9.0, 20.0), 14.0, 6.0
COVERED, MOST_LOST = 0.25, 0.6
# Half of the distances are uniform in 1 / distance, half in its logarithm, mm.
NEAREST, FARTHEST = 370.0, 2500.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = ROOT / "backend" / "headbridge" / "assets" / CameraDistanceNetwork.asset
    parser.add_argument("-o", "--output", type=Path, default=default)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--data", type=Path, help="folder of the open input data")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    heads = random_heads(open_data_folder(options.data), rng)
    network = CameraDistanceNetwork()
    usual, _ = examples(heads, rng, 4000)
    network.usual.copy_(usual.mean(dim=0))
    network.varied.copy_(usual.std(dim=0) + 1e-3)
    optimiser = torch.optim.AdamW(network.layers.parameters(), RATE, weight_decay=DECAY)
    for step in range(options.steps):
        optimiser.param_groups[0]["lr"] = RATE * (1.0 - step / options.steps)
        given, truth = examples(heads, rng, BATCH)
        mean, spread = network(given).T
        spread = spread.clamp(min=LEAST_SPREAD)
        loss = (spread + (mean - truth).abs() * torch.exp(-spread)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 250 == 0:
            print(f"{step}  loss {loss.item():.3f}", flush=True)
    options.output.write_bytes(encode_safetensors(dict(network.state_dict()), {"steps": str(options.steps)}))


def random_heads(data: Path, rng: np.random.Generator) -> np.ndarray:
    """(H, 41 + N, 3) mm, landmarks without brows and ears' points, about the landmarks' middle."""
    bust, flame, table = load_bust(data), load_head("open-flame"), load_topology("flame")
    found = []
    for _ in range(HEADS):
        vertices = head_shape(data, rng)
        found.append(np.concatenate([bust.landmarks.evaluate(vertices)[17:], bust.ear_points.evaluate(vertices)]))
    for _ in range(FLAME_HEADS):
        state = flame.neutral()
        state.coefficients[flame.parts["identity"]] = rng.normal(size=flame.identity_count)
        moved = rng.permutation(flame.expression_count)[:4]
        state.coefficients[flame.parts["expression"]][moved] = rng.uniform(0.0, 0.6, 4)
        vertices = Posed(flame, state).vertices()
        found.append(np.concatenate([table.landmarks_51.evaluate(vertices), ear_places("flame").evaluate(vertices)]))
    heads = np.array(found)
    return (heads - heads[:, :51].mean(axis=1, keepdims=True))[:, BROWS:]


def examples(heads: np.ndarray, rng: np.random.Generator, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(count, F) inputs and (count,) logarithms of metres."""
    # Between two persons is another one.
    share = rng.uniform(0.0, 0.3, (count, 1, 1))
    one, other = heads[rng.integers(len(heads), size=count)], heads[rng.integers(len(heads), size=count)]
    heads = (1.0 - share) * one + share * other
    even = 1.0 / rng.uniform(1.0 / FARTHEST, 1.0 / NEAREST, count)
    distance = np.where(rng.random(count) < 0.5, even, np.exp(rng.uniform(np.log(400.0), np.log(2000.0), count)))
    angles = rng.normal(0.0, ANGLES, (count, 3))
    turned = np.einsum("nij,nkj->nki", Rotation.from_euler("zxy", angles, degrees=True).as_matrix(), heads)
    seen_at = turned[..., :2] * (1.0, -1.0) / (1.0 - turned[..., 2:] / distance[:, None, None])
    landmarks, ears = np.split(seen_at, [51 - BROWS], axis=1)
    x, y = landmarks[..., :1] / 50.0, landmarks[..., 1:] / 50.0
    bends = np.concatenate([np.ones_like(x), x, y, x**2, y**2, x * y], axis=2)
    landmarks = landmarks + np.einsum("nkb,nbd->nkd", bends, rng.normal(0.0, SMOOTH, (count, 6, 2)))
    landmarks = landmarks + rng.normal(0.0, OWN, landmarks.shape)
    half = POINT_COUNT // 2
    together = rng.normal(0.0, EARS, (count, 2, 2)).repeat(half, axis=1)
    ears = ears + rng.normal(0.0, EAR, ears.shape) + together
    limit = TURNED + rng.normal(0.0, SHARPLY, (2, count))
    side = np.stack([angles[:, 2] < limit[0], angles[:, 2] > -limit[1]], axis=1)
    side &= rng.random((count, 2)) > COVERED
    seen = side.repeat(half, axis=1) & (rng.random(ears.shape[:2]) > rng.uniform(0.0, MOST_LOST, (count, 1)))
    truth = np.log(distance / 1000.0).astype(np.float32)
    return torch.from_numpy(relative_points(landmarks, ears, seen)), torch.from_numpy(truth)


if __name__ == "__main__":
    main()
