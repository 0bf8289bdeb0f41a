"""The built extension, and the rule that tests inside Blender run in processes of their own."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

# bpy can be set up once per process, so these run in subprocesses that test_in_blender.py starts.
if "HEADBRIDGE_TEST_ZIP" not in os.environ:
    collect_ignore = ["in_blender"]


@pytest.fixture(scope="session")
def extension_zip(tmp_path_factory) -> Path:
    """The extension as scripts/build_extension.sh builds it."""
    if shutil.which("blender") is None:
        pytest.importorskip("bpy", reason="building the extension needs Blender or the bpy wheel")
    folder = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [str(ROOT / "scripts" / "build_extension.sh"), str(folder)],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("headbridge-*.zip"))


@pytest.fixture(scope="session")
def plain_addon():
    """`plain_addon("environment.store")` is that module of the add-on, for modules that need no Blender."""
    # A package of the add-on's files whose own __init__, which loads bpy, is not run.
    package = types.ModuleType("headbridge_plain_addon")
    package.__path__ = [str(ROOT / "addon")]
    sys.modules[package.__name__] = package
    yield lambda name: importlib.import_module(f"{package.__name__}.{name}")
    for name in [name for name in sys.modules if name.split(".")[0] == package.__name__]:
        del sys.modules[name]
