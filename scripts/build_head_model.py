#!/usr/bin/env python3
"""Build the open head model of all people, backend/headbridge/assets/people_*.npz, from the open input data.

    python scripts/build_head_model.py [INPUT_FOLDER] [--measure | --finish | --prior]   (default: ../shared/data beside it)

Needs the assets that scripts/build_assets.py writes. Registers HACK onto 18 MakeHuman people, draws random people, and
writes the mean, the principal components and MakeHuman's own expressions in the HACK, ICT, FLAME and MakeHuman
topologies; the same on every run.
--measure also prints how well coefficients alone describe people of classes that were left out of a build.
--finish takes the model that is there and does only what comes last: people_handles.npz (what age, sex, ancestry, build
and features are in it), triangles that would turn over, and people_smooth.npz (smooth modes beyond the components), people_kinds.npz (kinds of people, a
prior of fits).
--prior takes the model that is there and makes only the last two.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts")]

from assets.files import write_npz
from people.base_person import base_person
from people.consensus import consensus
from people.handles import handle_arrays
from people.joint_space import joint_space
from people.kinds import kinds_of_people
from people.measures import all_described, known_heads, left_out, same_in_makehuman
from people.model_files import model_files
from people.persons import People
from people.repair import STEP, repaired
from people.smooth_modes import smooth_modes
from people.sources import IctPeople, MakeHumanPeople, laid_on_template
from people.targets import Targets, read_targets

from headbridge.models import head_model
from headbridge.models.people.handles import load_handles
from headbridge.topologies import builtin
from headbridge.topologies.packed_shapes import packed_entries, shapes_of

PEOPLE, COMPONENTS, SMOOTH, SEED = 1200, 120, 179, 11
OTHERS = 10


def build(source: Path, out: Path, measure: bool) -> None:
    targets = read_targets(source / "makehuman" / "targets" / "all")
    base = base_person(consensus(targets))
    base = base.moved(laid_on_template(base.hack))
    draw, rng = People(targets.names), np.random.default_rng(SEED)
    weights, who = zip(*(draw.draw(rng) for _ in range(PEOPLE)))
    ict, makehuman = IctPeople(base), MakeHumanPeople(base)
    hack, own, _ = makehuman.of_makehuman(targets.heads(weights))
    space = joint_space(ict, makehuman, hack, own, COMPONENTS)
    kept = space.variances[:COMPONENTS].sum() / space.variances.sum()
    print(f"{COMPONENTS} components keep {100 * kept:.2f} % of the variance")
    for name, arrays in model_files(base, space, targets).items():
        write_npz(out / name, arrays)
        print(f"{(out / name).stat().st_size / 1e6:8.2f} MB  {name}", flush=True)
    finish(targets, out)
    if not measure:
        return
    print("Mean error in the face, mm, of heads described by coefficients alone (rms of the coefficients)")
    found = all_described(base.hack + space.mean.hack[0], space.components.hack, known_heads())
    others = targets.heads([draw.draw(rng)[0] for _ in range(OTHERS)])
    found["other people, in MakeHuman's topology"] = same_in_makehuman(base, space, *makehuman.of_makehuman(others)[:2])
    for name, (error, size) in (found | left_out(ict, makehuman, base.hack, hack, own, who, COMPONENTS)).items():
        print(f"{error:8.2f} ({size:.2f})  {name}", flush=True)


def finish(targets: Targets, out: Path) -> None:
    """Build the handles of the model as it is stored, and let no triangle of its random heads turn over."""
    builtin.ASSETS = out
    head_model.cache_clear()
    write_npz(out / "people_handles.npz", handle_arrays(targets))
    print(f"{(out / 'people_handles.npz').stat().st_size / 1e6:8.2f} MB  people_handles.npz", flush=True)
    load_handles.cache_clear()
    for key in ("hack", "flame"):
        path = out / f"people_{key}.npz"
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        mean = arrays["mean"].astype(np.float64)
        shapes, changed = repaired(key, mean, shapes_of(arrays, "identity", len(mean)), load_handles())
        write_npz(path, arrays | packed_entries("identity", shapes, STEP))
        print(f"{changed} vertices of {key} follow their surroundings", flush=True)
    head_model.cache_clear()
    add_prior(out)


def add_prior(out: Path) -> None:
    """Make what fits know of people besides the model as it is stored: smooth modes, and kinds of people."""
    builtin.ASSETS = out
    modes = smooth_modes(SMOOTH)
    load_handles.cache_clear()
    for name, arrays in (("people_smooth.npz", vars(modes)), ("people_kinds.npz", vars(kinds_of_people()))):
        write_npz(out / name, {key: _single(array) for key, array in arrays.items()})
        print(f"{(out / name).stat().st_size / 1e6:8.2f} MB  {name}", flush=True)


def _single(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if array.dtype == np.float64 else array


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the open head model of all people from the open input data.")
    parser.add_argument("source", nargs="?", type=Path, default=ROOT.parent / "shared" / "data", help="input folder")
    parser.add_argument("--out", type=Path, default=ROOT / "backend" / "headbridge" / "assets", help="output folder")
    parser.add_argument("--measure", action="store_true", help="print how well the model describes people")
    parser.add_argument("--finish", action="store_true", help="only finish the model that is there: handles, no flips")
    parser.add_argument("--prior", action="store_true", help="only make smooth modes and kinds of the model there is")
    arguments = parser.parse_args()
    if arguments.prior:
        add_prior(arguments.out)
        return
    if not arguments.source.is_dir():
        parser.error(f"there is no folder {arguments.source}; name the folder of the open input data")
    if arguments.finish:
        finish(read_targets(arguments.source / "makehuman" / "targets" / "all"), arguments.out)
        return
    build(arguments.source, arguments.out, arguments.measure)


if __name__ == "__main__":
    main()
