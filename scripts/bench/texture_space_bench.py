#!/usr/bin/env python3
"""How well a texture space comes back from photos: build one from renders of random heads of known textures.

    python scripts/bench/texture_space_bench.py --work DIR [--count N] [--size N] [--kill] [--picture FILE.png]

Renders N heads (random shapes of the open FLAME head, random mixtures of the open space's skins, random poses and
spherical-harmonics light) and one picture without a face into DIR/renders, then runs `headbridge build-texture-space`
on them. Prints what the first five components explain, and how near the completed textures come to the true ones, in
dB: where the photo shows them, where it does not, and of the true textures' mean in their place. With --kill the command
is killed several times on its way and started again, and a second run without a kill has to give the same file.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "backend"))

from scipy.spatial.transform import Rotation  # noqa: E402

from headbridge.fitting.heads import load_head  # noqa: E402
from headbridge.fitting.photo.light import white_light  # noqa: E402
from headbridge.fitting.photo.posed_photo import PosedPhoto  # noqa: E402
from headbridge.fitting.photo.rendering import PhotoRender  # noqa: E402
from headbridge.fitting.posable import HeadState, Posed  # noqa: E402
from headbridge.fitting.texturing.layout import HeadLayout  # noqa: E402
from headbridge.images import Image, write_image  # noqa: E402
from headbridge.texture import load_texture_space  # noqa: E402
from headbridge.texture.skin_samples import SkinSamples  # noqa: E402
from headbridge.topologies import load_builtin  # noqa: E402

PICTURE, TEXTURE = 512, 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for renders and results")
    parser.add_argument("--count", type=int, default=12, help="how many heads (default 12)")
    parser.add_argument("--size", type=int, default=256, help="texels along a side (default 256)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kill", action="store_true", help="kill and resume, and compare with a run in one go")
    parser.add_argument("--picture", type=Path, help="PNG file for the space's mean and components")
    parser.add_argument("--option", action="append", default=[], help="more for the command, such as --option=--steps=0")
    arguments = parser.parse_args()
    renders = arguments.work / "renders"
    renders.mkdir(parents=True, exist_ok=True)
    truths = render_heads(renders, arguments.count, arguments.seed)


def render_heads(folder: Path, count: int, seed: int) -> np.ndarray:
    """Write head_NN.png of random heads and no_face.png; returns their (N, TEXTURE, TEXTURE, 3) textures."""
    head, template = load_head("open-flame"), load_builtin("flame")
    layout = HeadLayout(template, TEXTURE)
    skins = SkinSamples(load_texture_space("open", "flame", TEXTURE), seed=seed)
    textures = []
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        textures.append(skins.draw()[0])
        pixels = photographed(head, layout, textures[-1], rng)
        write_image(folder / f"head_{number:02d}.png", Image(pixels))
    write_image(folder / "no_face.png", Image(backdrop(np.random.default_rng(seed))))
    return np.stack(textures)


def photographed(head, layout: HeadLayout, texture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(PICTURE, PICTURE, 3) of a random head under random light."""
    coefficients = np.zeros(head.coefficient_count)
    identity = head.parts["identity"]
    coefficients[identity] = 0.8 * head.sigma[identity] * rng.normal(size=head.identity_count)
    rotations = head.neutral().rotations.copy()
    yaw, pitch, roll = rng.uniform((-30.0, -12.0, -8.0), (30.0, 12.0, 8.0))
    rotations[0] = Rotation.from_euler("ZXY", (roll, pitch, yaw), degrees=True).as_matrix()
    vertices = Posed(head, HeadState(coefficients, rotations, np.zeros(3), 0.0)).vertices()
    focal = rng.uniform(1.4, 3.0) * PICTURE
    vertices += np.array([0.0, 20.0, -focal * 430.0 / PICTURE]) - vertices[: len(vertices) // 2].mean(axis=0)
    matrix = np.array([[focal, 0.0, 0.5 * PICTURE], [0.0, focal, 0.5 * PICTURE], [0.0, 0.0, 1.0]])
    ground = backdrop(rng)
    fine = 2
    matrix[:2] *= fine
    large = cv2.resize(ground, (fine * PICTURE, fine * PICTURE), interpolation=cv2.INTER_LINEAR)
    render = PhotoRender(PosedPhoto(large, vertices, matrix, random_light(rng)), layout.laid)
    colours = np.clip(render.colours(torch.from_numpy(np.ascontiguousarray(texture))[None]), 0.0, 1.0)
    picture = np.clip(render.over(colours, large), 0.0, 1.0)
    picture = cv2.resize(picture, (PICTURE, PICTURE), interpolation=cv2.INTER_AREA)
    return np.clip(picture + rng.normal(0.0, 0.008, picture.shape), 0.0, 1.0).astype(np.float32)


def random_light(rng: np.random.Generator) -> np.ndarray:
    """(9, 3) light from before the head, more from one side, slightly tinted."""
    light = white_light() * rng.uniform(0.8, 1.0)
    light[1:4] = (rng.normal(0.0, (0.2, 0.12, 0.08)) + (0.0, 0.08, 0.15))[:, None]
    light[4:] = rng.normal(0.0, 0.04, (5, 1))
    return light * (1.0 + rng.normal(0.0, 0.03, 3))


def backdrop(rng: np.random.Generator) -> np.ndarray:
    coarse = rng.uniform(0.1, 0.8, (4, 4, 3)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (PICTURE, PICTURE), interpolation=cv2.INTER_CUBIC), 0.0, 1.0)
