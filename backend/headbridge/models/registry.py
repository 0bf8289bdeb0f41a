"""Head models by name: the user's file where there is one, else the open model."""

from __future__ import annotations

import os

import torch

from ..errors import InputError
from ..model_files import find_flame_file, find_hack_folder, find_model, model_file
from .flame import FlameModel, read_flame_file
from .flame.eyelids import read_eyelids
from .hack import HackModel, read_hack_folder
from .ict import IctModel
from .open_flame import load_open_flame

HEAD_MODELS = ("flame", "hack", "ict")


def load_head_model(
    key: str, path: str | os.PathLike | None = None, device="cpu", dtype: torch.dtype = torch.float32
) -> FlameModel | HackModel | IctModel:
    """The head model "flame", "hack" or "ict"; its `label` says which one it became.

    path : FLAME's model file or HACK's folder. Without it, what lies in the model folders (`model_files`), and without
    that the open model: FLAME's topology, or ICT-FaceKit's first 14,062 vertices, which are HACK's topology.

    Raises `InputError` for another key, and where the file that is named or found is no such model: it is never passed
    over in silence."""
    if key not in HEAD_MODELS:
        raise InputError(f"There is no head model '{key}'; choose one of {', '.join(HEAD_MODELS)}.")
    if key == "ict":
        if path is not None:
            raise InputError("The model ict ships with HeadBridge and takes no file; leave the file out.")
        return IctModel(device, dtype)
    if key == "flame":
        path = find_flame_file() if path is None else path
        data = load_open_flame() if path is None else read_flame_file(path)
        return FlameModel(data, device, dtype, eyelids=_found_eyelids())
    path = find_hack_folder() if path is None else path
    return (
        IctModel(device, dtype, topology="hack") if path is None else HackModel(read_hack_folder(path), device, dtype)
    )


def _found_eyelids():
    path = find_model(model_file("flame_eyelids")).path
    return None if path is None else read_eyelids(path.parent)
