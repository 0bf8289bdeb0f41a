#!/usr/bin/env python3
"""Build backend/headbridge/assets/detected_points.npz (see scripts/assets/detected_points.py): some minutes.

python scripts/build_detected_points.py [OUTPUT_FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts")]

from assets import detected_points
from assets.files import write_npz


def main() -> None:
    default = ROOT / "backend" / "headbridge" / "assets" / "detected_points.npz"
    write_npz(Path(sys.argv[1]) if len(sys.argv) > 1 else default, detected_points.build())


if __name__ == "__main__":
    main()
