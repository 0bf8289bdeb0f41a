"""Skin textures for the heads of pictures: MakeHuman's, transferred to other layouts, with brows painted on; plain tones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from headbridge.mesh import Mesh
from headbridge.topologies import Topology, load_builtin, load_topology
from headbridge.topologies.builtin import asset_path
from headbridge.verdict import TO_CHECK

# Encoded sRGB of skin, lips and brows.
PLAIN = {
    "plain-light": ((226, 186, 165), (188, 110, 104), (92, 66, 48)),
    "plain-tan": ((186, 136, 104), (150, 84, 76), (46, 34, 28)),
    "plain-dark": ((98, 64, 48), (104, 52, 50), (18, 14, 13)),
}
_SIZE = 1024
_HAIRS = 260


def skin_files(layout: str, skin: str, data: Path, cache_folder: Path) -> dict[tuple[int, int], Path]:
    """The image file of every UV tile of a layout's skin, made where the folder does not have it yet.

    skin : a key of `PLAIN`, "own" for the demo scan's colours, or a file of MakeHuman's skins without its suffix."""
    if layout == "lee-perry-smith":
        return {(0, 0): asset_path("lee_perry_smith_color.jpg")}
    tiles = ((0, 0), (1, 0)) if layout == "hack" else ((0, 0),)
    files = {tile: cache_folder / f"skin-{layout}-{skin}-{1001 + tile[0]}.png" for tile in tiles}
    if not all(file.is_file() for file in files.values()):
        unpainted = _plain(skin, tiles) if skin in PLAIN else _transferred(layout, skin, data, cache_folder, tiles)
        for tile, file in files.items():
            image = unpainted[tile]
            if tile == (0, 0):
                image = _painted(image, layout, skin)
            cv2.imwrite(str(file), image)
    return files


def _plain(skin: str, tiles) -> dict:
    rng = np.random.default_rng(list(PLAIN).index(skin))
    images = {}
    for tile in tiles:
        # Mottled, as skin is.
        noise = sum(
            cv2.resize(rng.normal(size=(size, size)).astype(np.float32), (_SIZE, _SIZE), interpolation=cv2.INTER_CUBIC)
            for size in (16, 64, 256)
        )
        tone = np.array(PLAIN[skin][0][::-1], np.float32)
        images[tile] = np.clip(tone * (1.0 + 0.025 * noise[..., None]), 0, 255).astype(np.uint8)
    return images


def _transferred(layout: str, skin: str, data: Path, cache_folder: Path, tiles) -> dict:
    file = data / "makehuman" / "skins" / f"{skin}.jpg"
    if layout == "makehuman":
        return {(0, 0): cv2.imread(str(file))}
    target = cache_folder / f"transferred-{layout}-{skin}-<UDIM>.png"
    command = ["bake", "--from", "makehuman", str(file), "--to", layout, "-o", str(target)]
    done = subprocess.run([sys.executable, "-m", "headbridge", *command], stdout=subprocess.DEVNULL)
    if done.returncode not in (0, TO_CHECK):
        raise subprocess.CalledProcessError(done.returncode, command)
    return {tile: cv2.imread(str(target).replace("<UDIM>", str(1001 + tile[0]))) for tile in tiles}


def _painted(image: np.ndarray, layout: str, skin: str) -> np.ndarray:
    """The image (H, W, 3) BGR uint8 with hairs along the brows, and lips where the skin is plain."""
    points = _landmark_texels(load_builtin(layout), load_topology(layout), image.shape)
    rng = np.random.default_rng(7)
    out = image.copy()
    if skin in PLAIN:
        out = _lips(out, points, np.array(PLAIN[skin][1][::-1], np.float32))
        hair = PLAIN[skin][2]
    else:
        hair = (26, 20, 18) if "dark" in skin else (74, 54, 40)
    strokes = np.zeros(image.shape[:2], np.uint8)
    for brow in (points[17:22], points[22:27]):
        length = np.linalg.norm(np.diff(brow, axis=0), axis=1).sum()
        along = np.interp(rng.uniform(0, 4, _HAIRS), np.arange(5), np.arange(5))
        base = np.stack([np.interp(along, np.arange(5), brow[:, k]) for k in range(2)], axis=1)
        base += rng.normal(0, 0.03 * length, base.shape)
        lean = brow[-1] - brow[0]
        ends = base + 0.08 * lean + rng.normal(0, 0.025 * length, base.shape)
        thick = max(1, round(length / 160))
        for start, end in zip(np.round(base * 16).astype(int), np.round(ends * 16).astype(int)):
            cv2.line(strokes, tuple(map(int, start)), tuple(map(int, end)), 255, thick, cv2.LINE_AA, 4)
    weight = 0.7 * cv2.GaussianBlur(strokes, (0, 0), 1.0).astype(np.float32)[..., None] / 255.0
    return ((1.0 - weight) * out + weight * np.array(hair[::-1], np.float32)).astype(np.uint8)


def _lips(image: np.ndarray, points: np.ndarray, colour: np.ndarray) -> np.ndarray:
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points[48:60]).astype(np.int32)], 255)
    weight = 0.8 * cv2.GaussianBlur(mask, (0, 0), image.shape[0] / 256).astype(np.float32)[..., None] / 255.0
    return ((1.0 - weight) * image + weight * colour).astype(np.uint8)


def _landmark_texels(mesh: Mesh, table: Topology, shape) -> np.ndarray:
    """(68, 2) pixels of the landmarks in the image of the layout's first tile."""
    of_vertex = np.zeros((len(mesh.vertices), 2))
    of_vertex[mesh.corners[::-1]] = mesh.uvs[::-1]
    marks = table.landmarks_68
    uvs = np.einsum("nk,nkd->nd", marks.weights, of_vertex[marks.vertices])
    return np.column_stack([uvs[:, 0] * shape[1], (1.0 - uvs[:, 1]) * shape[0]])
