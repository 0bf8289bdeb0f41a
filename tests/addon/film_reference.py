"""Makes a video of a known head; the backend's interpreter runs it: `film_reference.py FOLDER`.

FOLDER/film.mp4 shows a plain open head that turns. FOLDER/film.npz has pixels (T, 68, 2) of its landmarks, and the rows
(68, 3) and weights (68, 3) of these among the head's vertices; skin (3,) is its sRGB."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


def main(folder: Path) -> None:
    sys.path.insert(0, str(ROOT))
    from tests.backend.fitting.video.scripted import SKIN, Script, ScriptedHead, filmed
    from tests.backend.video.films import write_film

    from headbridge.topologies import load_topology

    pictures, pixels = filmed(ScriptedHead(5), Script.of(6, 24.0, yaw=np.linspace(-20.0, 20.0, 6)))
    write_film(folder / "film.mp4", pictures, 24.0)
    marks = load_topology("flame").landmarks_68
    np.savez(folder / "film.npz", pixels=pixels, rows=marks.vertices, weights=marks.weights, skin=SKIN)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
