"""Download the wheels of the backend's packages for this system and Python, and zip them; called by build_bundle.sh."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import sysconfig
import tempfile
import types
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "backend" / "headbridge" / "requirements.txt"


def addon_module(name: str):
    """A module of the add-on that needs no Blender, without the add-on's own `__init__`, which does."""
    package = types.ModuleType("headbridge_addon")
    package.__path__ = [str(ROOT / "addon")]
    sys.modules.setdefault(package.__name__, package)
    return importlib.import_module(f"headbridge_addon.{name}")


def build(output: Path, build: str, requirements: Path = REQUIREMENTS) -> Path:
    """The written zip; raises `CalledProcessError` when pip fails, which has said why."""
    pip_settings, bundle = addon_module("environment.pip_settings"), addon_module("environment.bundle")
    system = sysconfig.get_platform()
    path = output / f"headbridge-packages-{system}-python{sys.version_info[0]}.{sys.version_info[1]}-{build}.zip"
    with tempfile.TemporaryDirectory(dir=output) as folder:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--only-binary",
                ":all:",
            ]
            + pip_settings.from_network(build, str(requirements))
            + ["--dest", folder, "--requirement", str(requirements)],
            check=True,
        )
        with zipfile.ZipFile(path, "w") as archive:
            # Wheels are compressed already.
            for wheel in sorted(Path(folder).glob("*.whl")):
                archive.write(wheel, wheel.name)
    found = bundle.read_bundle(str(path))
    if found.python != sys.version_info[:2]:
        sys.exit(f"{path} is for Python {found.python}, not for {sys.version_info[:2]}.")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(prog="build_bundle.sh", description=__doc__)
    parser.add_argument("--nvidia", action="store_true", help="PyTorch with CUDA")
    parser.add_argument("output", nargs="?", type=Path, default=ROOT / "dist")
    parsed = parser.parse_args()
    parsed.output.mkdir(parents=True, exist_ok=True)
    try:
        print(build(parsed.output, "nvidia" if parsed.nvidia else "cpu"))
    except subprocess.CalledProcessError as problem:
        sys.exit(problem.returncode)


if __name__ == "__main__":
    main()
