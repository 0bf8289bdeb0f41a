#!/usr/bin/env python3
"""How well a texture space comes back from photos: build one from renders of random heads of known textures.

    python scripts/bench/texture_space_bench.py --work DIR [--count N] [--size N] [--kill SECONDS] [--picture FILE.png]

Renders N heads (random shapes of the open FLAME head, random mixtures of the open space's skins, random poses and
spherical-harmonics light) and one picture without a face into DIR/renders, then runs `headbridge build-texture-space`
on them. Prints what the first five components explain, and how near the textures come to the true ones, in dB: where the
photo shows them, where it does not, and of the true textures' mean in their place. With --kill a second run is killed
again and again (SIGKILL) and started anew, and has to give the same file.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts")]

from scipy.spatial.transform import Rotation
from texture_training.skin_samples import SkinSamples

from headbridge.building.collecting import stored_texture
from headbridge.building.completing import TextureCompletion
from headbridge.building.work_folder import WorkFolder
from headbridge.fitting.heads import load_head
from headbridge.fitting.photo.light import white_light
from headbridge.fitting.photo.posed_photo import PosedPhoto
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.fitting.posable import HeadState, Posed
from headbridge.images import Image, write_image
from headbridge.progress import Progress
from headbridge.spatial.rasterise import rasterise_uv
from headbridge.texture import TextureSpace, load_texture_space
from headbridge.texture.atlas.layout import HeadLayout
from headbridge.texture.space import resized
from headbridge.topologies import load_builtin, load_topology

PICTURE, TEXTURE = 512, 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for renders and results")
    parser.add_argument("--count", type=int, default=12, help="how many heads (default 12)")
    parser.add_argument("--size", type=int, default=256, help="texels along a side (default 256)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the heads (default 0)")
    parser.add_argument("--kill", type=float, metavar="SECONDS", help="kill the command every so many seconds")
    parser.add_argument("--picture", type=Path, help="PNG file for the space's mean and components")
    arguments = parser.parse_args()
    renders = arguments.work / "renders"
    renders.mkdir(parents=True, exist_ok=True)
    truths = render_heads(renders, arguments.count, arguments.seed)
    command = [
        *(sys.executable, "-m", "headbridge", "build-texture-space", str(renders)),
        *("--model", "open-flame", "--size", str(arguments.size)),
    ]
    whole = arguments.work / "whole.npz"
    started = time.monotonic()
    run([*command, "-o", str(whole), "--json", str(arguments.work / "whole.json")])
    print(f"in one go: {time.monotonic() - started:.0f} s")
    report = json.loads((arguments.work / "whole.json").read_text())
    print(f"skipped: {', '.join(image['name'] for image in report['skipped'])}")
    shares = np.cumsum(report["explained_variance"])
    print(f"images {len(report['images'])}, the first 5 components explain {shares[min(4, len(shares) - 1)]:.1%}")
    judge(report, whole.with_suffix(".work"), truths, arguments.size)
    if arguments.picture:
        write_image(arguments.picture, picture(load_texture_space(str(whole), "flame", arguments.size)))
    if arguments.kill:
        killed = arguments.work / "killed.npz"
        kills = run_with_kills([*command, "-o", str(killed)], arguments.kill)
        same = killed.read_bytes() == whole.read_bytes()
        print(f"killed {kills} times and started again: {'the same file' if same else 'ANOTHER FILE'}")


def run(command: list[str]) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "backend")}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run_with_kills(command: list[str], seconds: float) -> int:
    """How often it was killed before it came to its end; each time it is left a little longer."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "backend")}
    for kills in itertools.count():
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            if process.wait(seconds * 1.2**kills) != 0:
                raise SystemExit("the command failed")
            return kills
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def judge(report: dict, work: Path, truths: np.ndarray, size: int) -> None:
    """Print how near textures come to the true ones on the head's skin, dB."""
    topology, mesh = load_topology("flame"), load_builtin("flame")
    raster = rasterise_uv(mesh.uvs[mesh.triangle_corners].astype(np.float64), size)
    skin = np.append(topology.skin[mesh.triangles].all(axis=1), False)[raster.triangle]
    folder, complete = WorkFolder(work, "flame"), TextureCompletion("flame", size, None)
    rows = []
    mean = resized(truths.mean(axis=0), size)
    for image in report["images"]:
        truth = resized(truths[int(image["name"][5:7])], size)
        pictures, known = stored_texture(folder, image["key"])
        made = complete(pictures, known, Progress())[0] / 255.0
        shown, hidden = known[0] & skin, skin & ~known[0]
        rows.append([psnr(pictures[0][shown] / 255.0, truth[shown]), psnr(made[hidden], truth[hidden])])
        rows[-1].append(psnr(mean[hidden], truth[hidden]))
        print(f"{image['name']}: photo {image['psnr']:.1f} dB, texture where it is shown {rows[-1][0]:.1f} dB, "
              f"hidden (by the space's guess) {rows[-1][1]:.1f} dB, mean texture there {rows[-1][2]:.1f} dB")  # fmt: skip
    shown, hidden, there = np.mean(rows, axis=0)
    print(f"mean: shown {shown:.1f} dB, hidden {hidden:.1f} dB, mean texture there {there:.1f} dB")


def picture(space: TextureSpace) -> Image:
    """The mean, and two standard deviations along the first components, a row each."""
    rows = []
    for number in range(min(4, space.count)):
        step = np.eye(space.count)[number]
        cells = [space.image(scale * step)[0, 0].pixels for scale in (-2.0, 0.0, 2.0)]
        rows.append(np.concatenate(cells, axis=1))
    return Image(np.concatenate(rows))


def psnr(found: np.ndarray, truth: np.ndarray) -> float:
    return float(-10.0 * np.log10(np.mean((found - truth) ** 2)))


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
    render = PhotoRender(PosedPhoto(large, vertices, matrix, random_light(rng)), layout.packed)
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


if __name__ == "__main__":
    main()
