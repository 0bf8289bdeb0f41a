"""UV transfer between built-in heads by both methods, and a texture transferred there and back.

    python scripts/bench/uv_bench.py [--pairs flame-hack,...] [--methods surface,neural] [--folds N] [--no-round-trip]

One table row per pair and method with what `headbridge.metrics.uv` measures. Seconds are without the registration; a
first transfer is not counted, so that kernel compilation is not in them, and networks are trained anew. Landmarks are
held out for the surface method only: a network would be trained for every part of them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(Path(__file__).resolve().parent)]

from table import print_table

from headbridge.baking.bake_texture import bake_texture
from headbridge.baking.job import BakeInput, BakeSettings
from headbridge.images import Image, read_image, write_image
from headbridge.jobs.landmark_file import read_landmark_pairs
from headbridge.mesh import Mesh
from headbridge.metrics import peak_memory_bytes
from headbridge.progress import Progress
from headbridge.registration import LandmarkPairs, RegisterInput, RegisterSettings
from headbridge.registration.register import register
from headbridge.spatial.rasterise import rasterise_uv
from headbridge.topologies import demo_pairs_file, load_builtin, load_topology
from headbridge.topologies.builtin import asset_path
from headbridge.uv.job import UvInput, UvSettings
from headbridge.uv.transfer import transfer_uvs

PAIRS = (
    ("flame", "hack"),
    ("hack", "flame"),
    ("makehuman", "hack"),
    ("makehuman", "flame"),
    ("flame", "lee-perry-smith"),
)
METHODS = ("surface", "neural")


def registered_mesh(source: Mesh, target: Mesh, landmarks: LandmarkPairs | None = None) -> Mesh:
    """The source lying on the target."""
    return source.with_vertices(register(RegisterInput(source, target, landmarks), RegisterSettings()).registered)


def pair_row(source_key: str, target_key: str, method: str, folds: int) -> dict[str, Any]:
    """All numbers of one transfer; both meshes are built-in."""
    result = transfer_uvs(
        UvInput(load_builtin(source_key), load_builtin(target_key)),
        UvSettings(method=method, hold_out_folds=folds),
        Progress(),
    )
    numbers, stages = result.metrics, result.metrics["seconds_by_stage"]
    energy, mirror = numbers["symmetric_dirichlet"], numbers["mirror_asymmetry_px"] or {}
    landmarks = numbers["landmarks_px"] or {}
    return {
        "layout": source_key,
        "worn by": target_key,
        "method": method,
        "seconds": sum(seconds for stage, seconds in stages.items() if stage != "registration"),
        "flipped": numbers["flipped"]["count"],
        "on skin": numbers["flipped"]["skin_count"],
        "problems": numbers["problem_triangles"],
        "twice %": 100.0 * numbers["covered_twice"]["all"],
        "skin %": 100.0 * numbers["covered_twice"]["skin"],
        "smeared": numbers["smear"]["count"],
        "SD median": energy["skin"]["median"],
        "SD mean": energy["skin"]["area_mean"],
        "all median": energy["all"]["median"],
        "all mean": energy["all"]["area_mean"],
        "mirror median": mirror.get("median"),
        "mirror p95": mirror.get("p95"),
        "landmarks": landmarks.get("used", {}).get("mean"),
        "held out": (landmarks.get("held_out") or {}).get("mean"),
        "longest": numbers["longest_edge"]["all"],
    }


def photographic_texture(flame_on_hack: Mesh, size: int) -> Image:
    """The demo scan's photograph in FLAME's layout, by way of HACK, which has landmark pairs with the scan."""
    flame, hack, scan = load_builtin("flame"), load_builtin("hack"), load_builtin("lee-perry-smith")
    layout = transfer_uvs(UvInput(flame, hack, flame_on_hack), UvSettings(), Progress())
    on_scan = registered_mesh(hack, scan, read_landmark_pairs(demo_pairs_file(), hack, scan))
    photograph = read_image(asset_path("lee_perry_smith_color.jpg"))
    inputs = BakeInput(scan, {(0, 0): photograph}, replace(hack, uvs=layout.corner_uvs), on_scan)
    return bake_texture(inputs, BakeSettings(size=size), Progress()).images[0, 0]


def round_trip(flame_on_hack: Mesh, size: int, between: int, folder: Path | None) -> dict[str, Any]:
    """A photographic texture from FLAME's layout to HACK's at `between` pixels and back, compared on FLAME's face."""
    flame, hack = load_builtin("flame"), load_builtin("hack")
    before = photographic_texture(flame_on_hack, size)
    started = time.perf_counter()
    there = bake_texture(
        BakeInput(flame, {(0, 0): before}, hack, flame_on_hack), BakeSettings(size=between), Progress()
    )
    back = bake_texture(BakeInput(hack, there.images, flame, flame_on_hack), BakeSettings(size=size), Progress())
    seconds = time.perf_counter() - started
    after = back.images[0, 0]
    in_face = load_topology("flame").regions["face"][flame.triangles].all(axis=1)
    triangle = rasterise_uv(flame.uvs[flame.triangle_corners], size).triangle
    face = (triangle >= 0) & in_face[triangle]
    difference = before.pixels[face][:, :3].astype(np.float64) - after.pixels[face][:, :3]
    if folder:
        for name, image in (("flame", before), ("hack", there.images[0, 0]), ("flame-again", after)):
            write_image(folder / f"round-trip-{name}-{between}.png", image)
    return {
        "size": size,
        "between": between,
        "seconds": seconds,
        "face texels": int(face.sum()),
        "PSNR dB": float(-10.0 * np.log10((difference**2).mean())),
        "largest": float(np.abs(difference).max()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = ["-".join(pair) for pair in PAIRS]
    parser.add_argument("--pairs", default=",".join(names), help="which of: %(default)s")
    parser.add_argument("--methods", default=",".join(METHODS), help="which of: %(default)s")
    parser.add_argument("--folds", type=int, default=5, help="parts of the landmarks held out; 0: none (default 5)")
    parser.add_argument("--no-round-trip", action="store_true", help="leave out the texture there and back")
    parser.add_argument("--size", type=int, default=1024, help="size of the texture (default 1024)")
    parser.add_argument("--pictures", type=Path, help="folder to write the round trip's textures to")
    arguments = parser.parse_args()
    chosen, methods = arguments.pairs.split(","), arguments.methods.split(",")
    if not set(chosen) <= set(names) or not set(methods) <= set(METHODS):
        parser.error(f"choose pairs of {', '.join(names)} and methods of {', '.join(METHODS)}")
    # Nothing that an earlier run left may be in the seconds.
    os.environ["HEADBRIDGE_CACHE"] = "off"
    rows = []
    for pair, name in zip(PAIRS, names):
        if name in chosen:
            if not rows:
                pair_row(*pair, "surface", 0)
            rows += [pair_row(*pair, method, arguments.folds if method == "surface" else 0) for method in methods]
    if rows:
        print_table("UV transfer; pixels at 1024, symmetric Dirichlet / 4 of the skin and of all triangles", rows)
    if not arguments.no_round_trip:
        flame_on_hack = registered_mesh(load_builtin("flame"), load_builtin("hack"))
        sizes = (arguments.size, 2 * arguments.size)
        trips = [round_trip(flame_on_hack, arguments.size, between, arguments.pictures) for between in sizes]
        print_table("Texture FLAME -> HACK -> FLAME, in the face region", trips)
    print(f"\npeak memory {peak_memory_bytes() / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
