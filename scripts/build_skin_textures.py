#!/usr/bin/env python3
"""Build backend/headbridge/assets/texture_*.npz, the open texture space (see scripts/assets/skin_textures.py).

    python scripts/build_skin_textures.py [INPUT_FOLDER]        (default: ../shared/data beside the repository)

Some two minutes. The heads of build_assets.py come first: they are what the skins are transferred to.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts")]

from assets import skin_textures
from assets.files import write_npz


def main() -> None:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    for layout in skin_textures.LAYOUTS:
        path = ROOT / "backend" / "headbridge" / "assets" / f"texture_{layout}.npz"
        write_npz(path, skin_textures.build(source / "makehuman", layout))
        print(f"{path.stat().st_size / 1e6:8.2f} MB  {path.name}")


if __name__ == "__main__":
    main()
