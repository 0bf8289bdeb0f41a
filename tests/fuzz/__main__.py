"""The long run: `python -m tests.fuzz [--mutations 2000] [--seed 0] [reader ...]`, and `--keep N` to see one file."""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from pathlib import Path

from .harness import fuzz
from .mutations import mutated
from .readers import READERS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Damaged files for every reader.")
    parser.add_argument("readers", nargs="*", help=f"of {', '.join(READERS)}; all by default")
    parser.add_argument("--mutations", type=int, default=2000, help="files for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=int, metavar="N", help="write the file of this number and read nothing")
    parsed = parser.parse_args()
    names = parsed.readers or list(READERS)
    if parsed.keep is not None:
        for name in names:
            path = Path(f"damaged{parsed.keep}{READERS[name].suffix}")
            chance = random.Random(f"{name} {parsed.seed} {parsed.keep}")
            path.write_bytes(mutated(READERS[name].samples(), chance))
            print(path)
        return 0
    found = fuzz(names, parsed.mutations, parsed.seed, lambda text: print(text, flush=True))
    texts = Counter()
    first = {}
    for name, number, kind, text in found.faults:
        key = (name, kind, text[:90])
        texts[key] += 1
        first.setdefault(key, number)
    for (name, kind, text), count in sorted(texts.items()):
        print(f"{count:5} {name}, {kind}, first {first[name, kind, text]}: {text}")
    print(f"{sum(found.tried.values())} files, {dict(Counter(kind for _, _, kind, _ in found.faults))}")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
