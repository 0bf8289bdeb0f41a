"""The long run: `python -m tests.faults [--count 1000] [--seed 0] [kind ...]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from .kinds import KINDS, run_fault
from .place import Place


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Faults on purpose.")
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(KINDS)}; all by default")
    parser.add_argument("--count", type=int, default=1000, help="faults in all")
    parser.add_argument("--seed", type=int, default=0)
    parsed = parser.parse_args()
    kinds = parsed.kinds or list(KINDS)
    tried, struck, wrong = Counter(), Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        for number in range(parsed.count):
            kind = kinds[number % len(kinds)]
            hit, problem = run_fault(kind, place, f"{parsed.seed} {number}")
            tried[kind] += 1
            struck[kind] += hit
            if problem:
                wrong.append((number, kind, problem))
                print(f"{number} {kind}: {problem}", flush=True)
    for kind in kinds:
        print(f"{kind}: {tried[kind]} tried, {struck[kind]} struck before the job's end")
    print(f"{sum(tried.values())} faults, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
