"""The model files users own: which ones HeadBridge knows, where it looks for them, and where they come from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ModelFile:
    """A model that may not be shipped.

    key, label : its short and its full name.
    file_names : the names its publisher gives it; the first one found counts.
    folder : subfolder of the model folders it may also lie in.
    source : where to get it.
    """

    key: str
    label: str
    file_names: tuple[str, ...]
    folder: str
    source: str


@dataclass(frozen=True)
class FoundModel:
    """Where a model file lies (`path`, None when it is missing) and its size in bytes."""

    model: ModelFile
    path: Path | None
    size: int = 0


MODEL_FILES = (
    ModelFile(
        "flame2023",
        "FLAME 2023",
        ("flame2023.pkl", "flame2023_Open.pkl", "flame2023_no_jaw.pkl"),
        "flame",
        "https://flame.is.tue.mpg.de (sign up, Downloads, FLAME 2023)",
    ),
    ModelFile(
        "flame2020",
        "FLAME 2020",
        ("generic_model.pkl", "female_model.pkl", "male_model.pkl"),
        "flame",
        "https://flame.is.tue.mpg.de (sign up, Downloads, FLAME 2020)",
    ),
    ModelFile(
        "flame_masks",
        "FLAME vertex masks",
        ("FLAME_masks.pkl",),
        "flame",
        "https://flame.is.tue.mpg.de (sign up, Downloads, FLAME Vertex Masks)",
    ),
    ModelFile(
        "hack",
        "HACK head and neck model",
        ("000_generic_neutral_mesh.obj",),
        "hack",
        "https://github.com/ZoneLikeWonderland/HACK-Model",
    ),
    ModelFile(
        "ffhq_uv",
        "FFHQ-UV texture generator",
        ("texgan_ffhq_uv.pth",),
        "ffhq_uv",
        "https://github.com/csbhr/FFHQ-UV (checkpoints)",
    ),
)


def model_folders() -> list[Path]:
    """Where model files are looked for: $HEADBRIDGE_MODELS (one or more folders), then ~/.headbridge/models."""
    named = os.environ.get("HEADBRIDGE_MODELS", "").split(os.pathsep)
    return [Path(name).expanduser() for name in named if name] + [Path.home() / ".headbridge" / "models"]


def find_model(model: ModelFile) -> FoundModel:
    """The first file of a model in the model folders and the model's subfolder of each. Content is not looked at."""
    for folder in model_folders():
        for place in (folder / model.folder, folder):
            for name in model.file_names:
                path = place / name
                if path.is_file():
                    return FoundModel(model, path, path.stat().st_size)
    return FoundModel(model, None)
