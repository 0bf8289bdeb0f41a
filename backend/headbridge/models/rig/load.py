"""The rig of a head model by its name."""

from __future__ import annotations

import os

from ...errors import InputError
from ...model_files import find_flame_file, find_hack_folder
from ...model_terms import note_flame, note_use
from ..flame import read_flame_file
from ..open_flame import load_open_flame
from ..people.identity import check_identities
from .flame import flame_rig
from .ict import ict_rig
from .model import RigModel

RIGS = ("flame", "open-flame", "ict", "hack")


def load_rig(
    key: str,
    identity_count: int,
    expression_count: int,
    correctives: bool = True,
    path: str | os.PathLike | None = None,
    identities: str = "ict",
    larynx: tuple[float, float] = (1.0, 0.0),
) -> RigModel:
    """The rig of a head model, with at most so many coefficients of each kind.

    "flame" is the FLAME file `path`, else the user's in the model folders, else the open head in FLAME's topology,
    which "open-flame" is in any case; "hack" the HACK folder `path`, else the user's, else ICT-FaceKit's part in HACK's
    topology; "ict" all of ICT-FaceKit. identities "people" are those of all people, on the open heads in any case,
    without the smooth modes, which only fits know of.
    `RigModel.label` says which it became. Without `correctives` the head bends by
    skinning alone. larynx : as `hack_rig` has it.

    Raises `InputError` for another key, for a path with a model that takes none, and for a file that is no such
    model."""
    if key not in RIGS:
        raise InputError(f"There is no head model '{key}' to rig; choose one of {', '.join(RIGS)}.")
    if path is not None and key not in ("flame", "hack"):
        raise InputError(f"A model file serves the models flame and hack, not {key}; leave one of them out.")
    check_identities(identities, path)
    counts = (identity_count, expression_count, correctives)
    if identities == "people":
        return open_rig(key, counts, identities)
    if key == "flame" and (path := path or find_flame_file()) is not None:
        data = read_flame_file(path)
        note_flame(data.version)
        return flame_rig(data, *counts)
    if key == "hack" and (path := path or find_hack_folder()) is not None:
        # Its files take libraries that the other models do without.
        from ..hack import read_hack_folder
        from .hack import hack_rig

        note_use("hack")
        return hack_rig(read_hack_folder(path), *counts, larynx)
    return open_rig(key, counts, identities)


def open_rig(key: str, counts: tuple[int, int, bool], identities: str, smooth: bool = False) -> RigModel:
    """The rig of an open head with the identities "ict" or "people", these with their smooth modes or without; counts : as
    many identities and expressions at most, and whether with correctives."""
    if key in ("hack", "ict"):
        return ict_rig(key, *counts, identities, smooth)
    return flame_rig(load_open_flame(identities, smooth), *counts)
