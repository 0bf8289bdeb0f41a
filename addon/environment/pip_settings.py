# SPDX-License-Identifier: GPL-3.0-or-later
"""How pip is called: with the user's way to the network and with nothing that would put packages elsewhere."""

from __future__ import annotations

import ast
import os
import re
import sys

from .pins import CPU, NVIDIA, pinned

# PyTorch's own index has the builds that the general one lacks.
PYTORCH_INDEX = "https://download.pytorch.org/whl/"
# The general index has CUDA builds for Linux and CPU builds for Windows.
_BUILD_INDEX = {("linux", CPU): "cpu", ("win32", NVIDIA): "cu130"}

# What a user's configuration may say; lists are separated by spaces.
_KEPT = (
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "trusted-host",
    "cert",
    "client-cert",
    "proxy",
    "timeout",
    "default-timeout",
    "retries",
    "constraint",
    "cache-dir",
    "keyring-provider",
)
# The sections that count for `pip install`, the last one that speaks counts.
_SECTIONS = ("global", "install", ":env:")


def show_configuration(python: str) -> list[str]:
    """Command that prints the user's configuration for `kept_settings`."""
    return [python, "-m", "pip", "config", "list"]


def kept_settings(listing: str) -> dict[str, str]:
    """The settings of `pip config list` that are about mirrors, proxies and certificates."""
    said: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for section, name, value in re.findall(r"^(global|install|:env:)\.([a-z-]+)=(.*)$", listing, re.MULTILINE):
        if name in _KEPT:
            said[section][name] = " ".join(str(ast.literal_eval(value)).split())
    return {name: value for section in _SECTIONS for name, value in said[section].items()}


def pip_variables(variables: dict[str, str], settings: dict[str, str], scratch: str) -> dict[str, str]:
    """Environment variables for pip: the given ones without any of pip's, then the settings.

    scratch : folder for what it downloads, on the disk whose free space is known to be enough."""
    own = {name: value for name, value in variables.items() if not name.upper().startswith("PIP_")}
    own |= {f"PIP_{name.upper().replace('-', '_')}": value for name, value in settings.items()}
    # No configuration file is read: one may ask for a target folder, for the user's site or for a build from source.
    own["PIP_CONFIG_FILE"] = os.devnull
    return own | {"TMPDIR": scratch, "TEMP": scratch, "TMP": scratch}


def install_command(python: str, requirements: str, sources: list[str]) -> list[str]:
    """pip's command; sources : where the packages come from (`from_network`, `from_wheels`)."""
    return [
        *(python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-color"),
        # Python compiles what is used at its first use, the rest would be a tenth of the environment.
        *(
            "--no-compile",
            "--no-warn-script-location",
            "--only-binary",
            ":all:",
            "--progress-bar",
            "off",
        ),
        # pip looks for what is named first at once: a build that cannot be had is told before anything is downloaded.
        *sources,
        *("--requirement", requirements),
    ]


def from_network(build: str, requirements: str, platform: str = sys.platform) -> list[str]:
    """Arguments that let pip find a build of PyTorch, and take no other.

    requirements : the file of pinned packages. Its pin names no build: where PyTorch's own index cannot be reached, pip
    would take the general index's build in its place, which is four times the size, or has no CUDA."""
    index, version = _BUILD_INDEX.get((platform, build)), pinned(requirements, "torch")
    return [f"torch=={version}+{index}", "--extra-index-url", PYTORCH_INDEX + index] if index and version else []


def from_wheels(folder: str) -> list[str]:
    """Arguments that let pip take packages from a folder and from nowhere else."""
    return ["--no-index", "--find-links", folder]
