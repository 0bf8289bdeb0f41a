"""Which model file a sequence's codes need, and finding it: codes of one FLAME are another face in any other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..model_files import FLAME_FILES, find_all, find_model, model_file, model_folders
from ..model_terms import note_flame
from ..models.catalogue import ADULTS_ON_FLAME
from ..models.flame.data import UNKNOWN_VERSION, FlameData
from ..models.flame.eyelids import FILE_NAMES, read_eyelids
from ..models.flame.file import read_flame_file
from ..models.open_flame import load_open_flame
from .sequence import Sequence

_FILE_OF_VERSION = {
    "2017": "generic_model.pkl of 2017",
    "2019": "generic_model.pkl of 2019",
    "2020": "generic_model.pkl of 2020",
    "2023": "flame2023.pkl",
    "2023 no-jaw": "flame2023_no_jaw.pkl",
    "2023 Open": "flame2023_Open.pkl",
}
_GENERIC = "flame2020"
# What one project's codes may be of where its files do not say.
_ALTERNATIVES = {"pixel3dmm": ("2020", "2023 no-jaw")}


@dataclass(frozen=True, eq=False)
class RequiredModel:
    """The model of a sequence's codes. eyelids : (2, V, 3) millimetres, or None where there are none."""

    data: FlameData
    eyelids: np.ndarray | None
    path: Path | None


def needed(sequence: Sequence) -> str:
    """Which model a sequence needs to be posed, for people; empty where it needs none."""
    if sequence.model != "flame":
        return {"bfm2009": "Basel Face Model 2009 (poses no head here)"}.get(sequence.model, "")
    if sequence.version == ADULTS_ON_FLAME:
        return "the open head, which ships with HeadBridge"
    if sequence.version == UNKNOWN_VERSION:
        return "FLAME, of the version that the codes were made with (the files do not say)"
    return f"FLAME {sequence.version} ({_FILE_OF_VERSION.get(sequence.version, 'its model file')})"


def find_required(sequence: Sequence, file: str = "") -> tuple[RequiredModel, Sequence]:
    """The model of a sequence's codes, and the sequence with what the model says of its version.

    file : the model file, or empty to look for the one of the right version in the model folders. Raises `InputError`,
    naming the file that is needed, when it is not there, or is of another version."""
    if sequence.model != "flame":
        raise InputError(f"{sequence.source}: these are no codes of FLAME, so that nothing can be posed.")
    if sequence.version == ADULTS_ON_FLAME:
        return RequiredModel(load_open_flame(), None, None), sequence
    if file:
        data, path = read_flame_file(file), Path(file)
        sequence = _with_version(sequence, data, path)
    else:
        data, path = _found(sequence)
        if sequence.version == UNKNOWN_VERSION:
            told = f"The files do not say of which FLAME the codes are; {data.label} is taken, as it was found."
            sequence = replace(sequence, version=data.version, notes=(*sequence.notes, told))
    note_flame(data.version)
    return RequiredModel(data, _eyelids(path), path), sequence


def is_there(sequence: Sequence) -> bool:
    """Whether a model file of the needed version is in the model folders (True where none is needed)."""
    if sequence.model != "flame" or sequence.version == ADULTS_ON_FLAME:
        return True
    try:
        _found(sequence)
    except InputError:
        return False
    return True


def _with_version(sequence: Sequence, data: FlameData, path: Path) -> Sequence:
    allowed = _ALTERNATIVES.get(sequence.source, ()) if sequence.version == "2020" else ()
    if data.version == UNKNOWN_VERSION:
        told = f"{path.name} does not say its version; the codes are of {needed(sequence)}."
        return replace(sequence, notes=(*sequence.notes, told))
    if sequence.version == UNKNOWN_VERSION or data.version in allowed:
        return replace(sequence, version=data.version)
    if data.version != sequence.version:
        raise InputError(
            f"{path}: this is {data.label}, but the codes are of FLAME {sequence.version}, and codes of one are another "
            f"face in the other; name {_FILE_OF_VERSION.get(sequence.version, 'its model file')}."
        )
    return sequence


def _found(sequence: Sequence) -> tuple[FlameData, Path]:
    """The first FLAME file of the right version in the model folders. Projects that do not say theirs load
    generic_model.pkl, so that one is taken."""
    keys = (_GENERIC,) if sequence.version == UNKNOWN_VERSION else FLAME_FILES
    candidates = [found.path for key in keys for found in find_all(model_file(key))]
    if sequence.version == UNKNOWN_VERSION and candidates:
        return read_flame_file(candidates[0]), candidates[0]
    # A file takes a second to read, and its path mostly says which it is.
    candidates.sort(key=lambda path: sequence.version[:4] not in f"{path.parent.name}/{path.name}")
    others = []
    for path in candidates:
        data = read_flame_file(path)
        if data.version == sequence.version:
            return data, path
        others.append(data.label)
    where = model_folders()[0] / "flame"
    have = f" (there is {', '.join(others[:3])})" if others else ""
    source = model_file("flame2023" if sequence.version.startswith("2023") else "flame2020").source
    raise InputError(
        f"{sequence.source}: the codes need {needed(sequence)}{have}: get it from {source}, put it into {where} or name "
        "it with --model-file; --mesh takes vertices where the files have them."
    )


def _eyelids(model: Path) -> np.ndarray | None:
    """Eyelid shapes beside the model file, in "blendshapes" there or one folder up, or in the model folders."""
    home = model.absolute().parent
    for folder in (home, home / "blendshapes", home.parent, home.parent / "blendshapes"):
        if all((folder / name).is_file() for name in FILE_NAMES):
            return read_eyelids(folder)
    path = find_model(model_file("flame_eyelids")).path
    return None if path is None else read_eyelids(path.parent)
