# SPDX-License-Identifier: GPL-3.0-or-later
"""What the backend asks of an environment: its Python versions, its pinned packages and the build of PyTorch."""

from __future__ import annotations

import hashlib
import re
import sys
import tomllib

from ..job_client import BackendError

CPU, NVIDIA = "cpu", "nvidia"

Version = tuple[int, int]


def build_of(choice: str, platform: str = sys.platform) -> str:
    """The build of PyTorch for the preferences' choice "CPU" or "NVIDIA"; there is no CUDA on macOS."""
    return NVIDIA if choice == "NVIDIA" and platform != "darwin" else CPU


def python_range(project_file: str) -> tuple[Version, Version]:
    """(first, limit) of the Python versions the backend runs on, the limit excluded, from `requires-python`."""
    try:
        with open(project_file, "rb") as file:
            text = tomllib.load(file)["project"]["requires-python"]
    except (OSError, KeyError, tomllib.TOMLDecodeError) as problem:
        raise BackendError(
            f"The extension's pyproject.toml cannot be read ({problem}); install the extension again."
        ) from problem
    found = {op: (int(major), int(minor)) for op, major, minor in re.findall(r"(>=|<)\s*(\d+)\.(\d+)", text)}
    return found[">="], found["<"]


def pins_id(requirements: str) -> str:
    """A short name of a file of pinned packages, the same for the same packages whatever is said about them."""
    return _short("\n".join(sorted(_pins(requirements))))


def pinned(requirements: str, package: str) -> str:
    """The version of a package in a file of pinned packages; "" when it is not among them."""
    for pin in _pins(requirements):
        name, _, version = pin.partition(";")[0].partition("==")
        if name.strip() == package:
            return version.strip()
    return ""


def _pins(requirements: str) -> list[str]:
    try:
        with open(requirements, encoding="utf-8") as file:
            return [pin for line in file if (pin := line.split("#")[0].strip())]
    except OSError as problem:
        raise BackendError(
            f"The extension's list of packages cannot be read ({problem}); install the extension again."
        ) from problem


def environment_id(pins: str, python: Version, build: str) -> str:
    """A short name of an environment with these pins, of this Python and build."""
    return _short(f"{pins} {python[0]}.{python[1]} {build}")


def _short(text: str) -> str:
    # Six digits, as every character counts in Windows' paths and a user has a handful of environments.
    return hashlib.sha256(text.encode()).hexdigest()[:6]
