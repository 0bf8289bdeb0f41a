"""Registrations onto heads nobody prepared, judged against the truth.

    python scripts/bench/strangers_bench.py --out FOLDER [--rows ROW ...] [--seeds N] [--first N] [--quick]
        [--data FOLDER] [--targets FOLDER] [--no-pictures] [--again]

Every registration runs in a process of its own; its numbers stay in OUT/results, so that a stopped run goes on and a
second run only makes the table (`--again` runs everything anew, after a change of the library). Targets are made
from the open input data in OUT/targets; `--targets` names a folder that already holds them. Writes OUT/bench.md,
OUT/bench.json and OUT/pictures.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts"), str(Path(__file__).resolve().parent)]

from strangers.case import Case
from strangers.rows import ROWS, cases


def main() -> None:
    parser = argparse.ArgumentParser(description="Register onto heads nobody prepared and judge it by the truth.")
    parser.add_argument("--out", type=Path, required=True, help="folder for numbers, table and pictures")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="rows to run (default: all)")
    parser.add_argument("--seeds", type=int, default=20, help="how many targets a row and kind (default 20)")
    parser.add_argument("--first", type=int, default=0, help="number of the first target")
    parser.add_argument("--quick", action="store_true", help="fewer kinds, orientations and heads")
    parser.add_argument("--data", type=Path, help="folder of the open input data")
    parser.add_argument("--targets", type=Path, help="folder with targets (default: OUT/targets)")
    parser.add_argument("--no-pictures", action="store_true", help="make no pictures")
    parser.add_argument("--again", action="store_true", help="run what has been run before, too")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        from strangers.run_case import run_case

        task = json.loads(arguments.one)
        run_case(Case(**task["case"]), Path(task["target"]), arguments.out, task["depth"])
        return
    from strangers.runner import Runner
    from strangers.tables import write_tables

    seeds = range(arguments.first, arguments.first + arguments.seeds)
    runner = Runner(Path(__file__), arguments.out, arguments.targets, arguments.data, not arguments.no_pictures)
    for row in arguments.rows:
        for case in dict.fromkeys(cases(row, seeds, arguments.quick)):
            runner.run(row, case, arguments.again)
        if row == "speed":
            runner.measure_speed(arguments.again)
    write_tables(arguments.out, arguments.rows, seeds, arguments.quick)
    print((arguments.out / "bench.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    # More threads of linear algebra than one only wait for each other here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
