"""All readers, and which one reads a file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...errors import InputError
from ...matlab import read_matlab
from ...progress import Progress
from ...reading import naming, reading
from ..sequence import Sequence
from . import (
    arkit_curves,
    basel,
    deca,
    flame_codes,
    flame_head_tracker,
    meshes,
    metrical_tracker,
    mica,
    own,
    pixel3dmm,
    smirk,
    vhap,
)
from .collecting import collect
from .content import KNOWN, Content, is_matlab, read_content
from .reader import Reader, listed

# What is told by more keys comes first.
READERS: tuple[Reader, ...] = (
    own.READER,
    pixel3dmm.READER,
    metrical_tracker.READER,
    vhap.TRACKED,
    vhap.EXPORTED,
    vhap.LINKED,
    flame_head_tracker.READER,
    smirk.READER,
    basel.READER,
    deca.OUTPUTS,
    deca.EMOCA_CODES,
    deca.CODES,
    flame_codes.RINGNET_READER,
    flame_codes.TF_FLAME_READER,
    flame_codes.MICA_DATASET_READER,
    flame_codes.FLAME_PYTORCH_READER,
    mica.READER,
    arkit_curves.LIVE_LINK,
    arkit_curves.BLENDSHAPES,
    meshes.ARRAYS,
    meshes.FILES,
)
FORMATS = ("auto", *(reader.key for reader in READERS))


def read_tracker(paths: Iterable[str], form: str = "auto", progress: Progress | None = None) -> tuple[Sequence, Reader]:
    """The sequence that files, folders or patterns hold, and whose reader read it.

    form : a reader's key, or "auto" to tell by content. Raises `InputError` for files that are no results, damaged, or
    of different projects."""
    progress = progress or Progress()
    files = collect(paths)
    contents = read_contents(files, progress.part(0.0, 0.7))
    reader = chosen_reader(contents, form)
    homes = sorted({str(content.path.parent) for content in contents})
    if reader.one_folder and len(homes) > 1:
        raise InputError(
            f"There are results of {len(homes)} runs of {reader.label} ({homes[0]}, {homes[1]}"
            f"{', ...' if len(homes) > 2 else ''}); import one at a time."
        )
    progress.report(0.7, f"Reading the frames of {reader.label}")
    # What belongs to all frames is told of the whole: it is known by the file, or the folder of the first.
    where = contents[0].path if len(contents) == 1 else contents[0].path.parent
    with reading(where), naming(where):
        return reader.read(contents), reader


def read_contents(files: list[Path], progress: Progress) -> list[Content]:
    """What every file holds; a folder is one of EMOCA's."""
    contents = []
    for number, file in enumerate(files):

        def report(number: int = number, file: Path = file) -> None:
            progress.report(number / len(files), f"Reading {file.name}")

        report()
        if file.is_file() and is_matlab(file):
            contents.append(Content(file, "data", read_matlab(file, waiting=report)))
        elif file.is_dir():
            stems = sorted(path.stem for path in file.glob("*.npy"))
            contents.append(Content(file, "data", {stem: read_content(file / f"{stem}.npy").value for stem in stems}))
        else:
            contents.append(read_content(file))
    return contents


def chosen_reader(contents: list[Content], form: str) -> Reader:
    """The reader of all contents."""
    if form != "auto":
        found = [reader for reader in READERS if reader.key == form]
        if not found:
            raise InputError(f"There is no format '{form}'; choose one of {', '.join(FORMATS)}.")
        for content in contents:
            if not found[0].matches(content):
                have = f" (it has {listed(content.keys)})" if content.keys else ""
                raise InputError(f"{content.path}: this is no file of {found[0].label}{have}; leave --format at auto.")
        return found[0]
    found = []
    for content in contents:
        reader = next((reader for reader in READERS if reader.matches(content)), None)
        if reader is None:
            have = f"it has {listed(content.keys)}" if content.keys else "it has no named arrays"
            raise InputError(f"{content.path}: this is no tracker's file that is known ({have}); {KNOWN}.")
        found.append(reader)
    other = next((number for number, reader in enumerate(found) if reader is not found[0]), None)
    if other is not None:
        raise InputError(
            f"{contents[other].path} is of {found[other].label}, but {contents[0].path} of {found[0].label}; import one "
            "project's files at a time."
        )
    return found[0]
