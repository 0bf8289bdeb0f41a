"""Head models by name: the user's file where there is one, else the open model, and what a found file holds."""

from __future__ import annotations

import os

import torch

from ..errors import InputError
from ..model_files import (
    FLAME_FILES,
    TEXTURE_FILES,
    FoundModel,
    find_flame_file,
    find_hack_folder,
    find_model,
    model_file,
)
from ..texture.published import examine
from .flame import FlameModel, read_flame_file
from .flame.eyelids import FILE_NAMES as EYELID_FILES
from .flame.eyelids import read_eyelids
from .flame.landmarks import read_landmark_embedding, read_masks
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


def describe_model(found: FoundModel) -> str:
    """What a found file holds, in a few words, after reading all of it; empty for kinds that are not read here.

    Raises `InputError` when it is not what its name says."""
    key, path = found.model.key, found.path
    if key in FLAME_FILES:
        data = read_flame_file(path)
        return f"valid, {data.label}, {len(data.identity)} identities and {len(data.expression)} expressions"
    if key == "flame_masks":
        return f"valid, {len(read_masks(path))} regions"
    if key in ("flame_landmarks", "flame_mediapipe"):
        embedding = read_landmark_embedding(path)
        kinds = {"static": "51", "full": "68", "dynamic": "contour", "mediapipe": "MediaPipe"}
        return f"valid, {', '.join(text for name, text in kinds.items() if getattr(embedding, name) is not None)}"
    if key == "flame_eyelids":
        read_eyelids(path.parent)
        return f"valid, {' and '.join(EYELID_FILES)}"
    if key == "hack":
        data = read_hack_folder(path.parent)
        return f"valid, {len(data.identity)} identities and {len(data.expression)} expressions"
    if key in TEXTURE_FILES:
        space = examine(path)
        return f"valid, {space.form.label}, {space.size} x {space.size}, {space.count} components"
    return ""
