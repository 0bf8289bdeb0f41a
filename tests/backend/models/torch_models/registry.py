"""Head models by name: the user's file where there is one, else the open model."""

from __future__ import annotations

import os

import torch

from headbridge.errors import InputError
from headbridge.model_files import find_flame_file, find_hack_folder, find_model, model_file
from headbridge.models.flame import read_flame_file
from headbridge.models.flame.eyelids import read_eyelids
from headbridge.models.hack import read_hack_folder
from headbridge.models.open_flame import load_open_flame
from headbridge.models.people.identity import check_identities

from .flame import FlameModel
from .hack import HackModel
from .ict import IctModel

HEAD_MODELS = ("flame", "hack", "ict")


def load_head_model(
    key: str,
    path: str | os.PathLike | None = None,
    device="cpu",
    dtype: torch.dtype = torch.float32,
    identities: str = "ict",
) -> FlameModel | HackModel | IctModel:
    """The head model "flame", "hack" or "ict"; its `label` says which one it became.

    path : FLAME's model file or HACK's folder. Without it, what lies in the model folders (`model_files`), and without
    that the open model: FLAME's topology, or ICT-FaceKit's first 14,062 vertices, which are HACK's topology.
    identities : "people" for those of all people, on the open model in any case.

    Raises `InputError` for another key, and where the file that is named or found is no such model: it is never passed
    over in silence."""
    if key not in HEAD_MODELS:
        raise InputError(f"There is no head model '{key}'; choose one of {', '.join(HEAD_MODELS)}.")
    check_identities(identities, path)
    if key == "ict":
        if path is not None:
            raise InputError("The model ict ships with HeadBridge and takes no file; leave the file out.")
        return IctModel(device, dtype, identities=identities)
    if key == "flame":
        path = find_flame_file() if path is None and identities == "ict" else path
        data = load_open_flame(identities) if path is None else read_flame_file(path)
        return FlameModel(data, device, dtype, eyelids=_found_eyelids())
    path = find_hack_folder() if path is None and identities == "ict" else path
    return (
        IctModel(device, dtype, "hack", identities)
        if path is None
        else HackModel(read_hack_folder(path), device, dtype)
    )


def _found_eyelids():
    path = find_model(model_file("flame_eyelids")).path
    return None if path is None else read_eyelids(path.parent)
