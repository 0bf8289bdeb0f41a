#!/usr/bin/env python3
"""Do the backend's pinned packages, and all that they need, have wheels for every system and Python that is promised?

    scripts/check_pins.py                  all of them; exit code 0 when there are wheels, else 1 and a line for each gap
    scripts/check_pins.py linux-arm64 3.13 the systems and Pythons that are named

Asks the package index that pip is set up for, and downloads and installs nothing but what pip needs to know. That takes
minutes; where all systems and Pythons were asked, the packages are written down in checked_pins.txt, which the tests
compare with the list as it is.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[1] / "backend" / "headbridge" / "requirements.txt"
CHECKED = Path(__file__).with_name("checked_pins.txt")
PYTHONS = ("3.11", "3.12", "3.13")
# The names that pip has for the oldest of each, by the extension's names: Linux with glibc 2.28 as Blender 4.2 needs it; on
# ARM, where there is no Blender but the distributions' own, 2.34 (Debian 12, Ubuntu 22.04), which Warp needs.
SYSTEMS = {
    "linux-x64": tuple(f"manylinux_2_{minor}_x86_64" for minor in range(28, 16, -1)) + ("manylinux2014_x86_64",),
    "linux-arm64": tuple(f"manylinux_2_{minor}_aarch64" for minor in range(34, 16, -1)) + ("manylinux2014_aarch64",),
    "windows-x64": ("win_amd64",),
    "macos-arm64": tuple(f"macosx_{major}_0_arm64" for major in range(14, 10, -1)),
}
# What environment markers say there: platform_machine, platform_system, sys_platform, os_name.
MACHINES = {
    "linux-x64": ("x86_64", "Linux", "linux", "posix"),
    "linux-arm64": ("aarch64", "Linux", "linux", "posix"),
    "windows-x64": ("AMD64", "Windows", "win32", "nt"),
    "macos-arm64": ("arm64", "Darwin", "darwin", "posix"),
}
# pip judges markers by the machine it runs on, also when it is asked for another's wheels.
_PIP_THERE = """
import json, sys
from pip._vendor.packaging import markers
there = json.loads(sys.argv.pop(1))
here = markers.default_environment
markers.default_environment = lambda: {**here(), **there}
from pip._internal.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def pins(requirements: Path = REQUIREMENTS) -> list[str]:
    """The lines of the list without what is said about them."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return [pin for line in lines if (pin := line.partition("#")[0].strip())]


def resolve(system: str, python: str, requirements: Path = REQUIREMENTS) -> tuple[list[str], str]:
    """The packages "name==version" that pip would install there, or none and why not."""
    machine, name, platform, family = MACHINES[system]
    markers = {
        "platform_machine": machine,
        "platform_system": name,
        "sys_platform": platform,
        "os_name": family,
        "python_version": python,
        "python_full_version": f"{python}.0",
    }
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-c", _PIP_THERE, json.dumps(markers), "install", "--quiet", "--dry-run"]
        command += ["--disable-pip-version-check", "--ignore-installed", "--target", folder, "--only-binary", ":all:"]
        command += ["--implementation", "cp", "--python-version", python, "--report", str(report)]
        command += [part for tag in SYSTEMS[system] for part in ("--platform", tag)]
        ended = subprocess.run([*command, "--requirement", str(requirements)], capture_output=True, text=True)
        if ended.returncode != 0:
            said = [line for line in ended.stderr.splitlines() if line.startswith("ERROR")]
            return [], (said or ended.stderr.splitlines() or ["pip ended without a word"])[-1]
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return [f"{each['metadata']['name']}=={each['metadata']['version']}" for each in found], ""


def main(arguments: list[str]) -> int:
    unknown = [argument for argument in arguments if argument not in (*SYSTEMS, *PYTHONS)]
    if unknown:
        print(f"error: unknown {', '.join(unknown)}; name {', '.join((*SYSTEMS, *PYTHONS))}.", file=sys.stderr)
        return 2
    systems = [system for system in SYSTEMS if system in arguments] or [*SYSTEMS]
    pythons = [python for python in PYTHONS if python in arguments] or [*PYTHONS]
    gaps = 0
    for system, python in itertools.product(systems, pythons):
        packages, problem = resolve(system, python)
        gaps += bool(problem)
        print(f"{system}, Python {python}: {problem or f'{len(packages)} packages'}", flush=True)
    if not gaps and not arguments:
        CHECKED.write_text("\n".join(pins()) + "\n", encoding="utf-8")
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
