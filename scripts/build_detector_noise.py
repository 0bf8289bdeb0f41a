#!/usr/bin/env python3
"""Build backend/headbridge/assets/detector_noise.npz (see scripts/assets/detector_noise.py): a quarter of an hour.

python scripts/build_detector_noise.py [OUTPUT_FILE]

The open skins (build_skin_textures.py) and the places of the points (build_detected_points.py) come first.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts")]

from assets import detector_noise
from assets.files import write_npz


def main() -> None:
    default = ROOT / "backend" / "headbridge" / "assets" / "detector_noise.npz"
    write_npz(Path(sys.argv[1]) if len(sys.argv) > 1 else default, detector_noise.build())


if __name__ == "__main__":
    main()
