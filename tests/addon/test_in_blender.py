"""Runs every file of in_blender/ in a `bpy` process with a clean profile and the built extension."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "in_blender"


@pytest.mark.skipif(find_spec("bpy") is None, reason="needs the bpy wheel")
@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("test_*.py")))
def test_in_blender(name, extension_zip, tmp_path):
    environment = {
        **os.environ,
        "BLENDER_USER_RESOURCES": str(tmp_path / "profile"),
        "HEADBRIDGE_TEST_ZIP": str(extension_zip),
        "HEADBRIDGE_PYTHON": os.environ.get("HEADBRIDGE_PYTHON", sys.executable),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--import-mode=importlib", "-p", "no:cacheprovider", str(FOLDER / name)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
