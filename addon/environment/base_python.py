# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python that environments can be made with: Blender's own, else one on PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from ..job_client import NO_WINDOW, BackendError
from .pins import Version

# Debian's Python has these two modules only with the package python3-venv.
_PROBE = "import sys, venv, ensurepip; print(*sys.version_info[:2], sys.executable)"
_PROBE_SECONDS = 20.0


@dataclass(frozen=True)
class BasePython:
    program: str
    version: Version


def find(first: Version, limit: Version, own: str = sys.executable, search=shutil.which) -> BasePython:
    """A Python from version `first` to below `limit` that can make environments; newer ones come first, after `own`.

    Raises `BackendError` that says what to install."""
    versions = [(first[0], minor) for minor in range(limit[1] - 1, first[1] - 1, -1)]
    for command in _candidates(versions, own, search):
        found = probed(command)
        if found is not None and first <= found.version < limit:
            return found
    newest = f"{versions[0][0]}.{versions[0][1]}"
    asked = f"Python {newest}" if len(versions) == 1 else f"Python {first[0]}.{first[1]} to {newest}"
    raise BackendError(f"{asked} that can make environments was not found: {_advice(newest)}")


def probed(command: list[str]) -> BasePython | None:
    """The Python that a command starts, when it can make environments."""
    variables = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    try:
        asked = subprocess.run(
            [*command, "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            env=variables,
            **NO_WINDOW,
        )
        major, minor, program = asked.stdout.strip().split(" ", 2)
        return BasePython(program, (int(major), int(minor)))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        # Not there, or no Python; a launcher that knows none of the version prints nothing.
        return None


def _candidates(versions: list[Version], own: str, search):
    # Some systems' Blender names no interpreter of its own.
    if own:
        yield [own]
    for major, minor in versions:
        found = search(f"python{major}.{minor}")
        if found:
            yield [found]
    launcher = search("py")
    if launcher:
        yield from ([launcher, f"-{major}.{minor}"] for major, minor in versions)
    found = search("python3")
    if found:
        yield [found]


def _advice(version: str, platform: str = sys.platform) -> str:
    if platform.startswith("linux"):
        return (
            f"install it (Debian, Ubuntu: apt install python3-venv; Fedora: dnf install python{version}), then retry."
        )
    return f"install Python {version} from python.org with its launcher on PATH, start Blender again, then retry."
