#!/usr/bin/env python3
"""Measure the shipped model of all people and its handles, and draw sheets of its heads.

    python scripts/bench/people_bench.py [--data FOLDER] [--pictures FOLDER] [--topology flame|hack]

Generalisation is how near coefficients alone come to heads, with the smooth modes that fits use and without. Read-outs
are judged on persons drawn from MakeHuman's targets that no build has seen; the cross-talk of a handle by
read-outs that were made from these persons alone. Compactness and specificity are those of Styner et al. (2003).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts"), str(ROOT / "scripts" / "bench")]

from people.handle_measures import cross_talk, flips, readouts, specificity, variances
from people.handles import Describer, described_people, person_values
from people.measures import all_described, known_heads
from people.pictures import HeadSheets
from people.targets import read_targets
from strangers.open_data import open_data_folder
from strangers.pictures import write_picture

from headbridge.models import head_model
from headbridge.models.people.handles import load_handles
from headbridge.models.people.person import FEATURES
from headbridge.models.people.smooth_modes import smooth_modes_on

PEOPLE, SEED = 500, 900
NAMES = ("age", "male", "african", "asian", "weight", "muscle", *FEATURES)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the model of all people and its handles.")
    parser.add_argument("--data", type=Path, help="folder of the open input data")
    parser.add_argument("--pictures", type=Path, help="folder for sheets of heads")
    parser.add_argument("--topology", default="hack", choices=("hack", "flame"), help="of the sheets' heads")
    arguments = parser.parse_args()
    handles = load_handles()
    if arguments.pictures:
        sheets = HeadSheets(arguments.topology, handles)
        pictures = {"ages": sheets.ages(), "features": sheets.features(), "random": sheets.random(40)}
        for name, picture in (pictures | {"modes": sheets.modes(8)}).items():
            write_picture(arguments.pictures / f"people_{name}.jpg", picture)
    targets = read_targets(open_data_folder(arguments.data) / "makehuman" / "targets" / "all")
    weights, who, found = described_people(Describer("makehuman"), targets, PEOPLE, SEED)
    values = person_values(who, weights)
    print(
        f"Read-outs on {PEOPLE} persons no build has seen: correlation, and the largest share of a step of 1 in others"
    )
    for name, known, crossed in zip(NAMES, readouts(handles, found, values), cross_talk(handles, found, values)):
        print(f"{known:8.3f} {crossed:6.3f}  {name}", flush=True)
    shares = np.cumsum(variances())
    print(
        "Compactness, share of the variance: " + ", ".join(f"{k} {shares[k - 1]:.3f}" for k in (1, 5, 10, 20, 40, 80))
    )
    print("Specificity, mm in the face to the nearest of those persons: " + specificity(handles, found))
    model, heads = head_model("hack"), known_heads()
    shapes = model.basis[~model.is_expression]
    for what, known in (("", shapes), (" and smooth modes", np.concatenate([shapes, smooth_modes_on("hack")]))):
        print(f"Mean error in the face, mm, by components{what} (rms of the coefficients)")
        for name, (error, size) in all_described(model.mean, known, heads).items():
            print(f"{error:8.2f} ({size:.2f})  {name}", flush=True)
    for key in ("hack", "flame"):
        print(f"Flipped triangles of 300 random heads, {key}: {flips(key, handles)}", flush=True)


if __name__ == "__main__":
    main()
