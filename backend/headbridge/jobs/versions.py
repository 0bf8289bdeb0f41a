"""The packages a result depends on, and the versions HeadBridge is made for."""

from __future__ import annotations

import platform
from importlib import metadata, resources

from .. import __version__


def pinned_versions() -> dict[str, str]:
    """Package name to the version `requirements.txt` pins."""
    lines = resources.files("headbridge").joinpath("requirements.txt").read_text("utf-8").splitlines()
    return dict(line.strip().split("==") for line in lines if line.strip() and not line.startswith("#"))


def installed_versions() -> dict[str, str | None]:
    """Package name to installed version, None where it is missing, for every pinned package."""

    def version(name):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            return None

    return {name: version(name) for name in pinned_versions()}


def result_versions() -> dict[str, str | None]:
    """What made a result: HeadBridge, Python and every pinned package."""
    return {"headbridge": __version__, "python": platform.python_version(), **installed_versions()}
