# SPDX-License-Identifier: GPL-3.0-or-later
"""A file or folder of wheels that an environment is made from without a network (`scripts/build_bundle.sh`)."""

from __future__ import annotations

import os
import re
import sys
import zipfile
from dataclasses import dataclass

from ..job_client import BackendError
from .pins import CPU, NVIDIA, Version

_SYSTEMS = {"linux": "Linux", "win": "Windows", "macosx": "macOS"}
_OWN_SYSTEM = {"win32": "win", "darwin": "macosx"}.get(sys.platform, "linux")


@dataclass(frozen=True)
class Bundle:
    """path : a .zip file or a folder; python : the version its wheels are for; build : of PyTorch."""

    path: str
    python: Version
    build: str


def read_bundle(path: str) -> Bundle:
    """What a bundle is for, by the names of its wheels; raises `BackendError` when it is none, or for another system."""
    names = _wheels(path)
    tags = [name.removesuffix(".whl").rsplit("-", 3)[1:] for name in names]
    versions = {(int(found[1]), int(found[2])) for _, abi, _ in tags if (found := re.fullmatch(r"cp(3)(\d+)", abi))}
    systems = {key for *_, platform in tags for key in _SYSTEMS if re.search(rf"(^|\.)(many)?{key}", platform)}
    if len(versions) != 1 or len(systems) != 1:
        raise BackendError(f"{path} has no wheels of one Python and system; choose a file of scripts/build_bundle.sh.")
    if systems != {_OWN_SYSTEM}:
        raise BackendError(
            f"{path} is for {_SYSTEMS[systems.pop()]}; choose the file made for {_SYSTEMS[_OWN_SYSTEM]}."
        )
    nvidia = any(name.startswith("nvidia_") or re.match(r"torch-[\d.]+\+cu", name) for name in names)
    return Bundle(path, versions.pop(), NVIDIA if nvidia else CPU)


def unpack(bundle: Bundle, folder: str) -> str:
    """The folder of the bundle's wheels: its own, or the given one after the wheels of the zip were put there."""
    if os.path.isdir(bundle.path):
        return bundle.path
    with zipfile.ZipFile(bundle.path) as archive:
        for name in archive.namelist():
            if name.endswith(".whl"):
                # Only the last part of the name: a zip may name places outside.
                with archive.open(name) as source, open(os.path.join(folder, os.path.basename(name)), "wb") as target:
                    while block := source.read(1 << 20):
                        target.write(block)
    return folder


def _wheels(path: str) -> list[str]:
    try:
        if os.path.isdir(path):
            names = os.listdir(path)
        else:
            with zipfile.ZipFile(path) as archive:
                names = [os.path.basename(name) for name in archive.namelist()]
    except (OSError, zipfile.BadZipFile) as problem:
        raise BackendError(f"{path} cannot be read ({problem}); choose a file of scripts/build_bundle.sh.") from problem
    return [name for name in names if name.endswith(".whl")]
