"""The packages a result depends on, and the versions HeadBridge is made for."""

from __future__ import annotations

import platform
import re
from functools import cache
from importlib import metadata, resources
from typing import Any

from .. import __version__
from ..model_terms import describe_credits

# The one form of a marker in the list: packages that have nothing for a kind of processor.
_NOT_ON = re.compile(r'platform_machine != "(\w+)"')


def pinned_versions() -> dict[str, str]:
    """Package name to the version `requirements.txt` pins for this machine."""
    lines = resources.files("headbridge").joinpath("requirements.txt").read_text("utf-8").splitlines()
    pins = {}
    for line in lines:
        pin, _, marker = (part.strip() for part in line.partition("#")[0].partition(";"))
        if pin and not (marker and _NOT_ON.fullmatch(marker)[1] == platform.machine()):
            name, version = pin.split("==")
            pins[name] = version
    return pins


def has_cholespy() -> bool:
    """Whether cholespy factors on this machine (`linalg.cholesky`), or SciPy in its place."""
    return "cholespy" in pinned_versions()


def installed_versions() -> dict[str, str | None]:
    """Package name to installed version, None where it is missing, for every pinned package."""

    return {name: installed_version(name) for name in pinned_versions()}


# A worker asks for every result; what it has loaded stays as it is.
@cache
def installed_version(name: str) -> str | None:
    """Of a package, None where it is missing."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def result_origin() -> dict[str, Any]:
    """JSON-able: `versions`, and `credits` of the users' model files that the present job has used."""
    return {"versions": result_versions(), "credits": describe_credits()}


def result_versions() -> dict[str, str | None]:
    """What made a result: HeadBridge, Python and every pinned package."""
    return {"headbridge": __version__, "python": platform.python_version(), **installed_versions()}
