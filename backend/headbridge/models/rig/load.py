"""The rig of a head model by its name."""

from __future__ import annotations

from ...errors import InputError
from ...model_files import find_flame_file, find_hack_folder
from ..flame import read_flame_file
from ..open_flame import load_open_flame
from .flame import flame_rig
from .ict import ict_rig
from .model import RigModel

RIGS = ("flame", "open-flame", "ict", "hack")


def load_rig(key: str, identity_count: int, expression_count: int, correctives: bool = True) -> RigModel:
    """The rig of a head model, with at most so many coefficients of each kind.

    "flame" is the user's FLAME file in the model folders, else the open head in FLAME's topology, which "open-flame" is
    in any case; "hack" the user's HACK folder, else ICT-FaceKit's part in HACK's topology; "ict" all of ICT-FaceKit.
    `RigModel.label` says which it became. Without `correctives` the head bends by skinning alone.

    Raises `InputError` for another key, and for a file that is found but no such model."""
    counts = (identity_count, expression_count, correctives)
    if key in ("flame", "open-flame"):
        path = find_flame_file() if key == "flame" else None
        return flame_rig(load_open_flame() if path is None else read_flame_file(path), *counts)
    if key == "hack" and (folder := find_hack_folder()) is not None:
        # Its files take libraries that the other models do without.
        from ..hack import read_hack_folder
        from .hack import hack_rig

        return hack_rig(read_hack_folder(folder), *counts)
    if key in ("hack", "ict"):
        return ict_rig(key, *counts)
    raise InputError(f"There is no head model '{key}' to rig; choose one of {', '.join(RIGS)}.")
