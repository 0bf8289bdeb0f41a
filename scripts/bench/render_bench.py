"""Seconds of the differentiable renderer: forward and backward of a textured head with antialiased edges.

    python scripts/bench/render_bench.py [--heads flame,hack] [--size 512] [--texture 1024] [--device cpu] [--repeats N]

The head covers 70 % of the picture. A loss on all pixels is carried back to vertices and texels. Milliseconds are
medians; CPU milliseconds are those of all threads together, so that a busy machine shows.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(Path(__file__).resolve().parent)]

from table import print_table

from headbridge.render import Faces, antialias, interpolate, rasterise, sample_texture
from headbridge.topologies import load_builtin

COVERED = 0.70


def head_in_picture(key: str, size: int, device: str) -> tuple[torch.Tensor, Faces, torch.Tensor, Faces]:
    """Screen points of a head under a perspective camera, its faces, its UV points and their faces."""
    mesh = load_builtin(key)
    faces = Faces(mesh.triangles, len(mesh.vertices), device)
    uv_points, places = np.unique(mesh.uvs, axis=0, return_inverse=True)
    uv_faces = Faces(places.reshape(-1)[mesh.triangle_corners], len(uv_points), device)
    centred = mesh.vertices - 0.5 * (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0))
    centred = centred / (0.5 * np.ptp(centred[:, 1])) * (1.0, -1.0, -1.0)
    low, high = 0.3, 3.0
    for _ in range(16):
        zoom = 0.5 * (low + high)
        depth = centred[:, 2:] + 8.0
        screen = np.concatenate([0.5 * size * (1.0 + 8.0 * zoom * centred[:, :2] / depth), depth], axis=1)
        points = torch.tensor(screen[None], dtype=torch.float32, device=device)
        covered = float(rasterise(points, faces, size).covered.float().mean())
        low, high = (zoom, high) if covered < COVERED else (low, zoom)
    return points, faces, torch.tensor(uv_points, device=device)[None], uv_faces


def measure(run: Callable[[], None], repeats: int, device: str) -> tuple[float, float, float]:
    """Median and least wall-clock milliseconds, and median CPU milliseconds, of calls."""
    wall, cpu = [], []
    for _ in range(3):
        run()
    for _ in range(repeats):
        start, start_cpu = time.perf_counter(), time.process_time()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        wall.append(1000.0 * (time.perf_counter() - start))
        cpu.append(1000.0 * (time.process_time() - start_cpu))
    return statistics.median(wall), min(wall), statistics.median(cpu)


def rows_of(key: str, size: int, texels: int, device: str, repeats: int) -> list[dict[str, Any]]:
    points, faces, uvs, uv_faces = head_in_picture(key, size, device)
    generator = torch.Generator().manual_seed(0)
    texture = torch.rand((1, texels, texels, 3), generator=generator).to(device)
    target = torch.rand((1, size, size, 3), generator=generator).to(device)

    def picture(points, texture, edges=True):
        raster = rasterise(points, faces, size)
        colours = sample_texture(texture, interpolate(points, raster, uvs, uv_faces), raster)
        return antialias(colours, points, raster) if edges else colours

    def forward():
        with torch.no_grad():
            picture(points, texture)

    def both(with_texture: bool, edges: bool):
        leaf = points.clone().requires_grad_()
        texels = texture.detach().requires_grad_(with_texture)
        picture(leaf, texels, edges).backward(target)

    cases = {
        "visibility": lambda: rasterise(points, faces, size),
        "forward": forward,
        "forward + backward, vertices": lambda: both(False, True),
        "forward + backward, vertices + texture, no edges": lambda: both(True, False),
        "forward + backward, vertices + texture": lambda: both(True, True),
    }
    rows = []
    for case, run in cases.items():
        median, least, cpu = measure(run, repeats, device)
        rows.append({"head": key, "case": case, "ms": median, "least ms": least, "CPU ms": cpu})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--heads", default="flame,hack")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--texture", type=int, default=1024)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repeats", type=int, default=30)
    options = parser.parse_args()
    for key in options.heads.split(","):
        rows = rows_of(key, options.size, options.texture, options.device, options.repeats)
        print_table(f"{key}, {options.size} x {options.size}, {options.device}", rows)


if __name__ == "__main__":
    main()
