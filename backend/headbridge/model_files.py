"""The model files users own: which ones HeadBridge knows, where it looks for them, and where they come from."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ModelFile:
    """A model that may not be shipped.

    key, label : its short and its full name.
    file_names : the names its publisher gives it; the first one found counts.
    folder : subfolder of the model folders it may also lie in.
    source : where to get it. terms : what its publishers allow, one sentence, empty where nothing uncertain or unusual is
        asked; credit : whom to name.
    """

    key: str
    label: str
    file_names: tuple[str, ...]
    folder: str
    source: str
    terms: str = ""
    credit: str = ""


@dataclass(frozen=True)
class FoundModel:
    """Where a model file lies (`path`, None when it is missing) and its size in bytes."""

    model: ModelFile
    path: Path | None
    size: int = 0


_FLAME_TERMS = (
    "FLAME's model licence allows research, education and art that are not commercial; flame2023_Open.pkl is CC BY 4.0. "
    "Read what you agreed to, before you publish or sell what was made with it."
)
_FLAME_CREDIT = (
    "Max-Planck-Gesellschaft; Li, Bolkart, Black, Li, Romero: Learning a model of facial shape and expression "
    "from 4D scans, 2017"
)
_BASEL_TERMS = "The Basel Face Model's licence agreement allows research that is not commercial; ask its owners about anything else."
_BASEL_CREDIT = (
    "University of Basel; Paysan, Knothe, Amberg, Romdhani, Vetter: A 3D face model for pose and illumination "
    "invariant face recognition, 2009"
)
_FFHQ_TERMS = (
    "FFHQ-UV and the photos it was made of (FFHQ, CC BY-NC-SA 4.0) are for uses that are not commercial; results that are "
    "passed on name it."
)
_FFHQ_CREDIT = (
    "Bai, Kang, Zhang, Pan, Bao: FFHQ-UV, normalized facial UV-texture dataset for 3D face reconstruction, 2023"
)
_HACK_TERMS = (
    "HACK's files come without a licence, so that all rights are its authors'; ask them before you publish what was made "
    "with it."
)
_HACK_CREDIT = "Zhang and others: HACK, learning a parametric head and neck model for high-fidelity animation, 2023"
_ALBEDO_TERMS = "AlbedoMM is published for research; read its repository before other uses."
_ALBEDO_CREDIT = "Smith, Seck, Dee, Tiddeman, Tenenbaum, Egger: A morphable face albedo model, 2020"

_FLAME = "https://flame.is.tue.mpg.de (sign up, Downloads, "

MODEL_FILES = (
    ModelFile(
        "flame2023",
        "FLAME 2023",
        ("flame2023.pkl", "flame2023_Open.pkl", "flame2023_no_jaw.pkl"),
        "flame",
        f"{_FLAME}FLAME 2023)",
        terms=_FLAME_TERMS,
        credit=_FLAME_CREDIT,
    ),
    ModelFile(
        "flame2020",
        "FLAME 2020, 2019 or 2017",
        ("generic_model.pkl", "female_model.pkl", "male_model.pkl"),
        "flame",
        f"{_FLAME}FLAME 2020)",
        terms=_FLAME_TERMS,
        credit=_FLAME_CREDIT,
    ),
    ModelFile(
        "flame_masks",
        "FLAME vertex masks",
        ("FLAME_masks.pkl",),
        "flame",
        f"{_FLAME}FLAME Vertex Masks)",
    ),
    ModelFile(
        "flame_landmarks",
        "FLAME landmarks of detectors",
        ("landmark_embedding.npy",),
        "flame",
        "https://github.com/yfeng95/DECA (data folder)",
    ),
    ModelFile(
        "flame_mediapipe",
        "FLAME landmarks of MediaPipe",
        ("mediapipe_landmark_embedding.npz",),
        "flame",
        f"{_FLAME}FLAME Mediapipe Landmark Embedding)",
    ),
    ModelFile(
        "flame_eyelids",
        "FLAME eyelid shapes",
        ("l_eyelid.npy",),
        "flame",
        "https://github.com/Zielon/metrical-tracker (flame/blendshapes; r_eyelid.npy belongs beside it)",
    ),
    ModelFile(
        "hack",
        "HACK head and neck model",
        ("000_generic_neutral_mesh.obj",),
        "hack",
        "https://github.com/ZoneLikeWonderland/HACK-Model",
        terms=_HACK_TERMS,
        credit=_HACK_CREDIT,
    ),
    ModelFile(
        "flame_texture",
        "FLAME texture space",
        ("FLAME_texture.npz",),
        "flame",
        f"{_FLAME}FLAME texture space)",
        terms=_FLAME_TERMS,
        credit=_FLAME_CREDIT,
    ),
    ModelFile(
        "albedo_mm",
        "AlbedoMM in FLAME's layout",
        ("albedoModel2020_FLAME_albedoPart.npz",),
        "flame",
        "https://github.com/waps101/AlbedoMM/releases",
        terms=_ALBEDO_TERMS,
        credit=_ALBEDO_CREDIT,
    ),
    ModelFile(
        "flame_albedo_from_bfm",
        "FLAME albedo from BFM",
        ("FLAME_albedo_from_BFM.npz",),
        "flame",
        "https://github.com/TimoBolkart/BFM_to_FLAME (made from your BFM file)",
        terms=_BASEL_TERMS,
        credit=_BASEL_CREDIT,
    ),
    ModelFile(
        "ffhq_uv",
        "FFHQ-UV texture generator",
        ("texgan_ffhq_uv.pth",),
        "ffhq_uv",
        "https://github.com/csbhr/FFHQ-UV (checkpoints)",
        terms=_FFHQ_TERMS,
        credit=_FFHQ_CREDIT,
    ),
    ModelFile(
        "hifi3d_layout",
        "FLAME head with FFHQ-UV's layout",
        ("FLAME_w_HIFI3D_UV.obj",),
        "ffhq_uv",
        "https://github.com/csbhr/FFHQ-UV (topology assets)",
    ),
)

FLAME_FILES = ("flame2023", "flame2020")
"""Keys of MODEL_FILES, the preferred first."""

TEXTURE_FILES = ("flame_texture", "albedo_mm", "flame_albedo_from_bfm")
"""Keys of MODEL_FILES: texture spaces in FLAME's layout."""


def model_file(key: str) -> ModelFile:
    """The entry of MODEL_FILES of that key; `KeyError` for any other."""
    return {model.key: model for model in MODEL_FILES}[key]


def model_folders() -> list[Path]:
    """Where model files are looked for: $HEADBRIDGE_MODELS (one or more folders), then ~/.headbridge/models."""
    named = os.environ.get("HEADBRIDGE_MODELS", "").split(os.pathsep)
    return [Path(name).expanduser() for name in named if name] + [Path.home() / ".headbridge" / "models"]


def find_model(model: ModelFile) -> FoundModel:
    """The first file of a model that `find_all` finds. Content is not looked at."""
    found = find_all(model)
    return found[0] if found else FoundModel(model, None)


def find_all(model: ModelFile) -> list[FoundModel]:
    """Every file of a model in the model folders: in the model's subfolder of each, in the folders directly inside that
    (as archives unpack), in the folder itself, and in the folders directly inside it (FLAME2020 and the like). The first
    counts; content is not looked at."""
    found = {}
    for folder in model_folders():
        own = folder / model.folder
        for place in (own, *_subfolders(own), folder, *_subfolders(folder)):
            for name in model.file_names:
                path = place / name
                if path.is_file() and path not in found:
                    found[path] = FoundModel(model, path, path.stat().st_size)
    return list(found.values())


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []


def find_flame_file() -> Path | None:
    """The user's FLAME model file in the model folders, 2023 before older ones; None where there is none."""
    found = (find_model(model_file(key)).path for key in FLAME_FILES)
    return next((path for path in found if path is not None), None)


def find_hack_folder() -> Path | None:
    """The folder of the user's HACK files in the model folders; None where there is none."""
    path = find_model(model_file("hack")).path
    return None if path is None else path.parent


def config_folder() -> Path:
    """Where this user's choices are kept."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "HeadBridge"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "headbridge"
