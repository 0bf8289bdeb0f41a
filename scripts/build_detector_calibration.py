#!/usr/bin/env python3
"""Build backend/headbridge/assets/detector_calibration.npz (see scripts/assets/detector_calibration.py): half an hour.

python scripts/build_detector_calibration.py FOLDER [OUTPUT_FILE]

FOLDER keeps what was measured of each seed, so that a build that was ended goes on. The open skins
(build_skin_textures.py) and the places of the points (build_detected_points.py) come first.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts"), str(ROOT / "scripts" / "bench")]

from assets import detector_calibration
from assets.files import write_npz
from strangers.open_data import open_data_folder


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    default = ROOT / "backend" / "headbridge" / "assets" / "detector_calibration.npz"
    parts = []
    for seed in detector_calibration.SEEDS:
        kept = folder / f"heads_{seed}.npz"
        if not kept.is_file():
            write_npz(kept, detector_calibration.measure(seed, detector_calibration.HEADS, open_data_folder()))
        with np.load(kept, allow_pickle=False) as stored:
            parts.append({name: stored[name] for name in stored.files})
    measured = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    write_npz(Path(sys.argv[2]) if len(sys.argv) > 2 else default, detector_calibration.estimate(measured))


if __name__ == "__main__":
    main()
