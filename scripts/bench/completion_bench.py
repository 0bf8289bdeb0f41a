#!/usr/bin/env python3
"""How well hidden parts of textures are restored: skins left out of the open texture space, and the demo scan's.

    python scripts/bench/completion_bench.py [--layout flame|hack] [--skins 0,5,9] [--kin] [--weights FILE]
                                             [--size N] [--picture FILE.png]

Hides one half (left, right, upper, lower), half of the face in blobs, what a camera 45 degrees from the left does not
see, and thick strokes, and restores by symmetric filling (what the other half shows, joined by Poisson's equation), by
the space's likeliest texture behind that, by what kriging adds to it, and by the inpainting network. Prints the peak signal-to-noise ratio in dB
over the hidden texels of the face | of the whole layout, and how much colours change on average from texel to texel
where what is hidden begins, as a share of what they change there in the texture itself.
With --kin skins of the same age, tone and sex are left out of the space too. --weights are the network's (.safetensors,
or - for one that is not trained); the network that ships has seen all skins but the demo scan's, so that its numbers
for the others are no test. The picture shows, a row for each texture and mask: texture, hidden, the four results.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(Path(__file__).parent)]

from texture_bench import face_texels, psnr, scan_skin

from headbridge.images import Image, write_image
from headbridge.progress import Progress
from headbridge.safetensors import read_safetensors
from headbridge.texture.atlas.completion import complete, kept_share
from headbridge.texture.atlas.layout import HeadLayout
from headbridge.texture.inpainting.guess import likeliest_texture
from headbridge.texture.inpainting.hidden import SIZE, guess_hidden, shipped_network
from headbridge.texture.inpainting.masks import HidingMasks, texel_places
from headbridge.texture.inpainting.network import InpaintingNetwork
from headbridge.texture.open_space import make_open_space, read_skins
from headbridge.texture.space import TextureSpace, resized
from headbridge.topologies import load_builtin, load_topology

CELL = 320
METHODS = ("symmetric", "space", "kriging", "network")


class Bench:
    """One layout at one size."""

    def __init__(self, layout: str, size: int, network: InpaintingNetwork):
        self.layout, self.size, self.network = layout, size, network
        self.head, self.topology = load_builtin(layout), load_topology(layout)
        self.texels = HeadLayout(self.head, size)
        places, normals = texel_places(layout, size)
        charts = np.isfinite(places[..., 0])
        self.face = np.zeros(charts.shape, bool)
        self.face[0] = face_texels(layout, size)
        middle = np.median(places[self.face, 1])
        camera = np.array([-1.0, 0.0, 1.0]) / np.sqrt(2.0)
        self.masks = {
            "left half": charts & (places[..., 0] > 0.0),
            "right half": charts & (places[..., 0] < 0.0),
            "upper half": charts & (places[..., 1] < middle),
            "lower half": charts & (places[..., 1] > middle),
            "blobs": charts & blobs(self.face, 5),
            "view": charts & (normals @ camera > 0.2),
            "strokes": charts & HidingMasks(places, normals, 3).outside_strokes(),
        }
        self.charts = charts

    def spaces(self, without: frozenset[int]) -> tuple[TextureSpace, TextureSpace]:
        """The open space without some skins, in tiles of the bench's and of the network's size."""
        return tuple(make_open_space(self.layout, size, without) for size in (self.size, SIZE))

    def restore(self, truth: np.ndarray, known: np.ndarray, spaces) -> dict[str, np.ndarray]:
        """(T, S, S, 3) by method, of a texture (T, S, S, 3) where it is known, (T, S, S) bool."""
        packing = self.texels.packing
        seen = np.where(known[..., None], truth, 0.0)
        guess = np.clip(likeliest_texture(spaces[0], seen, known), 0.0, 1.0)
        tiles = (dict(zip(packing.tiles, parts, strict=True)) for parts in (seen, known))
        tiles = tuple(tiles)
        behind = {"symmetric": None, "space": np.concatenate(list(guess), axis=1)}
        for name, network in (("kriging", None), ("network", self.network)):
            behind[name] = packing.joined(guess_hidden(*tiles, self.layout, network, spaces[::-1]))
        return {name: self._complete(seen, known, behind[name]) for name in METHODS}

    def _complete(self, seen: np.ndarray, known: np.ndarray, behind: np.ndarray | None) -> np.ndarray:
        share, trusted = kept_share(np.concatenate(list(known), axis=1), self.texels)
        picture = np.concatenate(list(seen), axis=1).astype(np.float32)
        whole = complete(picture, share, trusted, self.texels, self.topology, self.head.vertices, behind, Progress())
        return np.stack(list(self.texels.packing.split(whole).values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layout", choices=("flame", "hack"), default="flame")
    parser.add_argument("--skins", help="numbers of skins to leave out, from 0 (default all)")
    parser.add_argument("--kin", action="store_true", help="leave out skins of the same age, tone and sex too")
    parser.add_argument("--weights", help="the network's weights, - for none (default those that ship)")
    parser.add_argument("--size", type=int, default=512, help="texels along a side (default 512)")
    parser.add_argument("--picture", type=Path, help="PNG file for the pictures")
    options = parser.parse_args()
    bench = Bench(options.layout, options.size, network_of(options.weights))
    names, _, pictures = read_skins(options.layout, options.size)
    numbers = range(len(names)) if options.skins is None else [int(word) for word in options.skins.split(",")]
    values, rows = {}, []
    for number in numbers:
        kin = [other for other, name in enumerate(names) if name.rpartition("_")[0] == names[number].rpartition("_")[0]]
        without = frozenset(kin if options.kin else [number])
        judge(bench, names[number], pictures[..., number], without, values, rows)
    for mask in bench.masks if values else ():
        print_line(options.layout, "mean", mask, np.mean(values[mask], axis=0))
    if options.layout == "flame":
        judge(bench, "demo scan", scan_skin(options.layout, options.size)[None], frozenset(), {}, rows)
    if options.picture:
        write_image(options.picture, Image(np.concatenate(rows)))


def judge(bench: Bench, name: str, truth: np.ndarray, without: frozenset[int], values: dict, rows: list) -> None:
    """Print the lines of one texture; `values` and `rows` grow by its decibels and its pictures."""
    spaces = bench.spaces(without)
    for mask, known in bench.masks.items():
        found = bench.restore(truth, known, spaces)
        hidden = bench.charts & ~known
        line = [
            [psnr(found[method][part], truth[part]) for part in (hidden & bench.face, hidden)]
            + [border_change(found[method], known, hidden) / border_change(truth, known, hidden)]
            for method in METHODS
        ]
        values.setdefault(mask, []).append(line)
        print_line(bench.layout, name, mask, line)
        cells = [truth[0], truth[0] * known[0][..., None], *(found[method][0] for method in METHODS)]
        rows.append(np.concatenate([resized(np.ascontiguousarray(cell, np.float32), CELL) for cell in cells], axis=1))


def print_line(layout: str, name: str, mask: str, line) -> None:
    cells = "   ".join(
        f"{method} {face:5.1f} | {whole:5.1f} dB, {seam:.2f}" for method, (face, whole, seam) in zip(METHODS, line)
    )
    print(f"{layout:6s} {name:34s} {mask:10s} {cells}", flush=True)


def blobs(face: np.ndarray, seed: int) -> np.ndarray:
    """(T, S, S) bool, smooth random patches that are half of the (T, S, S) face."""
    noise = np.random.default_rng(seed).normal(size=face.shape)
    smooth = np.stack([gaussian_filter(tile, face.shape[1] / 16.0) for tile in noise])
    return smooth > np.median(smooth[face])


def border_change(texture: np.ndarray, known: np.ndarray, hidden: np.ndarray) -> float:
    """Mean change of a (T, S, S, 3) texture between neighbours of which one is known and one hidden."""
    changes = []
    for axis in (1, 2):
        steps = np.abs(np.diff(texture, axis=axis)).mean(axis=-1)
        size = known.shape[axis]
        (one, other), (there, here) = (
            (mask.take(range(1, size), axis), mask.take(range(size - 1), axis)) for mask in (known, hidden)
        )
        changes.append(steps[(one & here) | (other & there)])
    return float(np.concatenate(changes).mean())


def network_of(weights: str | None) -> InpaintingNetwork:
    if weights is None:
        return shipped_network()
    network = InpaintingNetwork().eval().requires_grad_(False)
    if weights != "-":
        tensors = read_safetensors(Path(weights).read_bytes(), weights)
        network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return network


if __name__ == "__main__":
    main()
