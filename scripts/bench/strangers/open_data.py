"""Where the open input data lies, and what of it the strangers are made from."""

from __future__ import annotations

import gzip
import os
from functools import cache
from pathlib import Path

import numpy as np
from assets.sources import ObjFile, read_ict, read_obj

ROOT = Path(__file__).resolve().parents[3]
VARIABLE = "HEADBRIDGE_OPEN_DATA"


def open_data_folder(given: Path | None = None) -> Path:
    """The folder of the open input data: the given one, the environment's, or ../shared/data beside the repository.

    Raises FileNotFoundError when it is not there.
    """
    folder = given or Path(os.environ.get(VARIABLE, ROOT.parent / "shared" / "data"))
    if not (folder / "makehuman" / "base.obj").is_file():
        raise FileNotFoundError(f"there is no open input data in {folder}; name its folder or set {VARIABLE}")
    return folder


@cache
def makehuman_base(folder: Path) -> ObjFile:
    """The whole MakeHuman base mesh with its helper parts, decimetres."""
    return read_obj(folder / "makehuman" / "base.obj")


@cache
def target_names(folder: Path) -> tuple[str, ...]:
    """Names of all MakeHuman morph targets, such as "nose/nose-hump-incr"."""
    root = folder / "makehuman" / "targets" / "all"
    return tuple(sorted(str(path.relative_to(root).as_posix())[:-10] for path in root.rglob("*.target.gz")))


@cache
def target(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """A morph target: indices (K,) of vertices of the base mesh and their displacements (K, 3) in decimetres."""
    path = folder / "makehuman" / "targets" / "all" / f"{name}.target.gz"
    with gzip.open(path, "rt") as stream:
        rows = [line.split() for line in stream if line[0] != "#"]
    table = np.array([row for row in rows if len(row) == 4], np.float64).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1:]


@cache
def ict_arrays(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of the ICT-FaceKit model, centimetres."""
    return read_ict(folder / "ict_facekit" / "ict_face_model.npz")
