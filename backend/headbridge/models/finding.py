"""The arrays of a head model by its name: the user's file where there is one, else an open head."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..model_files import find_flame_file, find_hack_folder
from ..model_terms import note_flame, note_use
from .catalogue import OPEN_FLAME, check_model
from .flame import FlameData, read_flame_file
from .hack.data import HackData
from .people.identity import check_identities


@dataclass(frozen=True, eq=False)
class FoundHead:
    """key : "flame", "hack" or "ict", the topology. data : of the user's file, None for the open head. identities : "ict"
    or "people", whose an open head has."""

    key: str
    data: FlameData | HackData | None
    identities: str


def find_head(model: str, model_file: str | os.PathLike | None = None, identities: str = "ict") -> FoundHead:
    """A head model by its name.

    "flame" is `model_file`, else the user's FLAME file in the model folders, else the open head in FLAME's topology;
    "open-flame" the open one in any case; "hack" likewise the user's HACK folder, else ICT-FaceKit in HACK's topology;
    "ict" is ICT-FaceKit. identities "people" are those of all people, on the open heads in any case; "ict" and "auto" are
    ICT-FaceKit's and those of all people where there is no file.
    Raises `InputError` for another name, and for files that are no such model or are of no use to it."""
    check_model(model, model_file)
    check_identities(identities, model_file)
    key = "flame" if model == OPEN_FLAME else model
    if identities != "people" and model == "flame" and (path := model_file or find_flame_file()):
        data = read_flame_file(path)
        note_flame(data.version)
        return FoundHead(key, data, identities)
    if identities != "people" and model == "hack" and (path := model_file or find_hack_folder()):
        # Its files take libraries that the other models do without.
        from .hack import read_hack_folder

        note_use("hack")
        return FoundHead(key, read_hack_folder(path), identities)
    return FoundHead(key, None, "people" if identities == "auto" else identities)
