"""Write the strangers' files: NAME.ply, NAME.npz with what is known of it, and INDEX.md.

    python scripts/bench/strangers_data.py FOLDER [--data FOLDER] [--seeds 0 20] [--hard-seeds 0 2] [--mixed N]

Files that are there already are kept, so that a stopped run goes on. With --mixed the folder holds N strangers of
all kinds in random order instead, from the seeds given.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts"), str(Path(__file__).resolve().parent)]

from strangers.hard_set import file_variants, hard_names, orientations
from strangers.known_set import ROWS
from strangers.make import make
from strangers.open_data import open_data_folder
from strangers.spoil import KINDS as SPOILED
from strangers.stranger import Stranger, load, save

_NOT_HEADS = 12

Recipe = tuple[str, int]


def recipes(seeds: range, hard_seeds: range) -> Iterator[Recipe]:
    """Kind and seed of every stranger, the first seed of all kinds first."""
    for seed in range(min(seeds.start, hard_seeds.start), max(seeds.stop, hard_seeds.stop)):
        if seed in seeds:
            yield from ((row, seed) for row in ROWS)
        if seed in hard_seeds:
            yield from ((kind, seed) for kind in hard_names())
            yield from ((kind, seed) for kind in SPOILED)
    extra = range(hard_seeds.stop, hard_seeds.start + _NOT_HEADS)
    yield from (("not_a_head", seed) for seed in extra)


def write(out: Path, prefix: str, maker: Callable[[], Stranger]) -> None:
    """Make and save a stranger unless a finished one whose name starts with `prefix` is there."""
    finished = [path for path in out.glob(f"{prefix}*.npz") if path.with_suffix(".ply").exists()]
    if not finished:
        save(maker(), out)


def index(out: Path) -> str:
    """INDEX.md: one line a file."""
    lines = ["| file | kind | source | expected | truth | landmarks | mm per unit |", "|---|---|---|---|---|---|---|"]
    for path in sorted(out.glob("*.ply")):
        stranger = load(path)
        source = stranger.source if stranger.registered is not None or stranger.result is not None else "hack or flame"
        truth = "yes" if stranger.registered is not None else "no"
        truth += ", and a wrong result" if stranger.result is not None else ""
        marks = "yes" if stranger.landmarks is not None else "no"
        lines.append(
            f"| {path.name} | {stranger.kind} | {source} | {stranger.expect} | {truth} | {marks} |"
            f" {stranger.mm_per_unit:.6g} |"
        )
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description="Write targets that nobody prepared, with what is known of them.")
    parser.add_argument("out", type=Path, help="folder to write into")
    parser.add_argument("--data", type=Path, help="folder of the open input data")
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, 20), help="first and last + 1, for known truths")
    parser.add_argument("--hard-seeds", nargs=2, type=int, default=(0, 2), help="the same for all other kinds")
    parser.add_argument("--mixed", type=int, default=0, help="write that many of all kinds, chosen at random")
    arguments = parser.parse_args()
    folder, out = open_data_folder(arguments.data), arguments.out
    out.mkdir(parents=True, exist_ok=True)
    wanted = list(recipes(range(*arguments.seeds), range(*arguments.hard_seeds)))
    if arguments.mixed:
        order = np.random.default_rng(arguments.seeds[0]).permutation(len(wanted))
        wanted = [wanted[k] for k in order[: arguments.mixed]]
    for recipe in wanted:
        write(out, f"{recipe[0]}_{recipe[1]:03d}", lambda: make(folder, recipe))
    if not arguments.mixed:
        for stranger in [*orientations(folder, arguments.hard_seeds[0]), *file_variants(folder)]:
            write(out, stranger.name, lambda: stranger)
    (out / "INDEX.md").write_text(index(out), encoding="utf-8")
    print(f"{len(list(out.glob('*.ply')))} strangers in {out}")


if __name__ == "__main__":
    main()
