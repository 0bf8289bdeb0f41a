"""Which files a user means by a file, a folder or a pattern."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...errors import InputError
from ...mesh.io.files import read_file
from ..file import FILE_NAME
from .content import KNOWN, MESH_SUFFIXES

CODE_FILES = ("shape", "exp", "pose")
"""The stems of the .npy files of one image in a folder that EMOCA writes."""

PARAMETERS_LINK = "flame_param_path"
"""The key under which a frame of transforms.json names its file of parameters."""

_DEEPEST = 5
_TRANSFORMS = re.compile(r"transforms.*\.json")
_EPOCH = re.compile(r"tracked_flame_params(?:_(\d+))?\.npz")
# What trackers and we write beside their results, and readers look for by themselves.
_COMPANIONS = re.compile(
    r"(canonical_flame_param|sequence|head|meshes|landmarks?.*|bbox|kpt.*|.*_embedding.*|canonical)\.(npz|npy|ply|obj|pt)"
    r"|transforms.*\.json|sequence\.json|fit\.json|config.*\.json|.*_detail\.obj"
)


def collect(paths: Iterable[str | os.PathLike]) -> list[Path]:
    """The files of results, in the order of their names with numbers by value; a folder stands for all in it of the one
    kind that says most (codes before meshes). A folder of EMOCA's arrays is one entry; a folder that an import wrote is its
    sequence.npz.

    Raises `InputError` where there is none."""
    found: list[Path] = []
    for given in paths:
        path = Path(given)
        if (path / FILE_NAME).is_file():
            found.append(path / FILE_NAME)
        elif path.is_dir():
            found += _of_folder(path)
        elif path.exists() and _TRANSFORMS.fullmatch(path.name):
            # The cameras of an export stand for all of it.
            found += _of_folder(path.parent)
        elif path.exists():
            found.append(path)
        else:
            matches = [Path(match) for match in glob.glob(str(given), recursive=True)]
            if not matches:
                raise InputError(f"{given}: there is no such file or folder; check the path.")
            found += collect(matches)
    # A shell sorts frame 10 before frame 9.
    return sorted(set(found), key=natural_order)


def mesh_files(folder: Path) -> list[Path]:
    """The mesh files in a folder and its subfolders, in order."""
    return sorted(_meshes([path for path in _walk(folder, _DEEPEST) if path.is_file()]), key=natural_order)


def natural_order(path: Path) -> list:
    """A key that puts frame 9 before frame 10, whatever the zeros."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", str(path))]


def _of_folder(folder: Path) -> list[Path]:
    files = [path for path in _walk(folder, _DEEPEST) if path.is_file()]
    for choose in _KINDS:
        chosen = choose(files)
        if chosen:
            return chosen
    raise InputError(f"{folder}: there are no results of a tracker in this folder; {KNOWN}.")


def _walk(folder: Path, depth: int) -> Iterable[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as problem:
        raise InputError(f"{folder}: cannot be read ({problem.strerror or problem}).") from problem
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir() and depth > 0:
            yield from _walk(entry, depth - 1)
        else:
            yield entry


def _with_suffix(files: Sequence[Path], *suffixes: str) -> list[Path]:
    return [file for file in files if file.suffix.lower() in suffixes and not _COMPANIONS.fullmatch(file.name)]


def _frames(files):
    return _with_suffix(files, ".frame")


def _vhap(files):
    """The last epoch of VHAP's parameters in each folder."""
    last: dict[Path, tuple[int, Path]] = {}
    for file in files:
        match = _EPOCH.fullmatch(file.name)
        if match is not None:
            found = (int(match[1] or 0), file)
            last[file.parent] = max(last.get(file.parent, found), found)
    return [file for _, file in last.values()]


def _exported(files):
    return [file for file in _with_suffix(files, ".npz") if file.parent.name == "flame_param"]


def _linked(files):
    """The cameras of an export whose parameters lie elsewhere, in the folder that was named and no deeper."""
    found = [file for file in files if _TRANSFORMS.fullmatch(file.name) and "backup" not in file.name]
    top = min((len(file.parts) for file in found), default=0)
    return [file for file in found if len(file.parts) == top and PARAMETERS_LINK.encode() in read_file(file)]


def _code_folders(files):
    known = set(files)
    folders = {file.parent for file in files if file.name == "exp.npy"}
    return [folder for folder in folders if all(folder / f"{stem}.npy" in known for stem in CODE_FILES)]


def _arrays(files):
    return _with_suffix(files, ".npz")


def _matlab(files):
    return _with_suffix(files, ".mat")


def _identities(files):
    return [file for file in files if file.name == "identity.npy"]


def _dictionaries(files):
    return _with_suffix(files, ".npy", ".pkl", ".pickle", ".pt", ".pth")


def _curves(files):
    return _with_suffix(files, ".csv", ".json")


def _meshes(files):
    return _with_suffix(files, *MESH_SUFFIXES)


# What says most comes first.
_KINDS = (
    _frames,
    _vhap,
    _exported,
    _linked,
    _code_folders,
    _arrays,
    _matlab,
    _identities,
    _dictionaries,
    _curves,
    _meshes,
)
