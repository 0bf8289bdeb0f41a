#!/usr/bin/env python3
"""Build backend/headbridge/assets/ear_points.npz (see scripts/assets/ear_points.py).

python scripts/build_ear_points.py [OUTPUT_FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts")]

from assets import ear_points
from assets.files import write_npz


def main() -> None:
    default = ROOT / "backend" / "headbridge" / "assets" / "ear_points.npz"
    write_npz(Path(sys.argv[1]) if len(sys.argv) > 1 else default, ear_points.build())


if __name__ == "__main__":
    main()
