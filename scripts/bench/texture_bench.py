#!/usr/bin/env python3
"""How well the open texture space reproduces a skin it has not seen: leave one skin (and its mirror image) out.

    python scripts/bench/texture_bench.py [--size N] [--picture FILE.png]

Prints, for each layout and skin, the peak signal-to-noise ratio in dB over the texels of the face: of the mean alone
and of the best coefficients. The skins are painted and akin; a real one is harder: the last line of a layout is the demo
scan's, in the whole space with its drawn features. The picture shows skin, reconstruction and three times the
difference, a row per skin.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "backend"))

from headbridge.baking import BakeInput, BakeSettings
from headbridge.baking.bake_texture import bake_texture
from headbridge.images import Image, read_image, write_image
from headbridge.models.catalogue import LAYOUTS
from headbridge.progress import Progress
from headbridge.registration import RegisterInput
from headbridge.registration.register import register
from headbridge.spatial.rasterise import rasterise_uv
from headbridge.texture.load import load_texture_space
from headbridge.texture.open_space import read_skins, with_mirrored
from headbridge.texture.principal_components import principal_components
from headbridge.texture.space import resized
from headbridge.topologies import load_builtin, load_topology
from headbridge.topologies.builtin import asset_path

CELL = 192


def main() -> None:
    parser = argparse.ArgumentParser(description="Leave-one-out reconstruction of the open texture space.")
    parser.add_argument("--size", type=int, default=256, help="texels along a side (default 256)")
    parser.add_argument("--picture", type=Path, help="PNG file for the pictures")
    arguments = parser.parse_args()
    rows = []
    for layout in LAYOUTS:
        rows += bench(layout, arguments.size)
    if arguments.picture:
        write_image(arguments.picture, Image(np.concatenate(rows)))


def bench(layout: str, size: int) -> list[np.ndarray]:
    """Print the table of a layout; returns a (CELL, 3 * CELL, 3) row of pictures for every skin."""
    names, tiles, pictures = read_skins(layout, size)
    samples = with_mirrored(pictures, layout, tiles)
    face = np.zeros((len(tiles), size, size, 3), bool)
    face[0] = face_texels(layout, size)[..., None]
    face = face.ravel()
    values, rows = [], []
    for number, name in enumerate(names):
        others = np.ones(2 * len(names), bool)
        others[[number, number + len(names)]] = False
        mean, components = principal_components(samples[:, others])
        truth, basis = samples[:, number], components[face]
        coefficients = np.linalg.solve(basis.T @ basis, basis.T @ (truth - mean)[face])
        found = mean + components @ coefficients
        values.append([psnr(mean[face], truth[face]), psnr(found[face], truth[face])])
        print(f"{layout:6s} {name:36s} mean {values[-1][0]:5.1f} dB   reconstructed {values[-1][1]:5.1f} dB")
        rows.append(picture_row(truth, found, (len(tiles), size, size, 3)))
    truth = scan_skin(layout, size)
    space = load_texture_space("open", layout, size)
    inside = face_texels(layout, size)
    basis, mean = space.components[0][inside].reshape(-1, space.count), space.mean[0][inside].ravel()
    # Components of the eyes do not change the face's skin.
    coefficients = np.linalg.lstsq(basis, truth[inside].ravel() - mean, rcond=1e-6)[0]
    found = space.colours(coefficients)[0]
    rows.append(picture_row(truth, found, (1, size, size, 3)))
    scan = [psnr(mean, truth[inside].ravel()), psnr(found[inside], truth[inside])]
    least = np.min(values, axis=0)[1]
    print(f"{layout:6s} {'all':36s} mean {np.mean(values, axis=0)[0]:5.1f} dB   "
          f"reconstructed {np.mean(values, axis=0)[1]:5.1f} dB, least {least:5.1f} dB")  # fmt: skip
    print(f"{layout:6s} {'demo scan':36s} mean {scan[0]:5.1f} dB   reconstructed {scan[1]:5.1f} dB")
    return rows


def scan_skin(layout: str, size: int) -> np.ndarray:
    """(size, size, 3) the demo scan's skin in a layout's first tile."""
    scan, head = load_builtin("lee-perry-smith"), load_builtin(layout)
    lying = head.with_vertices(register(RegisterInput(head, scan)).registered)
    image = read_image(asset_path("lee_perry_smith_color.jpg"))
    inputs = BakeInput(scan, {(0, 0): image}, head, registered=lying)
    return bake_texture(inputs, BakeSettings(size=size), Progress()).images[0, 0].pixels


def face_texels(layout: str, size: int) -> np.ndarray:
    """(size, size) bool, the skin of the face in the first tile."""
    mesh, topology = load_builtin(layout), load_topology(layout)
    face = (topology.regions["narrow_face"] & topology.skin & ~topology.no_match)[mesh.triangles].all(axis=1)
    return np.append(face, False)[rasterise_uv(mesh.uvs[mesh.triangle_corners], size).triangle]


def psnr(found: np.ndarray, truth: np.ndarray) -> float:
    return float(-10.0 * np.log10(np.mean((np.clip(found, 0.0, 1.0) - truth) ** 2)))


def picture_row(truth: np.ndarray, found: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    cells = [np.clip(values, 0.0, 1.0).reshape(shape)[0] for values in (truth, found)]
    cells.append(np.clip(3.0 * np.abs(cells[0] - cells[1]), 0.0, 1.0))
    return np.concatenate([resized(np.ascontiguousarray(cell), CELL) for cell in cells], axis=1)


if __name__ == "__main__":
    main()
