"""Runs the files of in_blender/ in `bpy` processes with a clean profile and the built extension.

HEADBRIDGE_TEST_BLENDER names a Python that has another `bpy`, with pytest and SciPy; the backend keeps this one."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "in_blender"
BLENDER = os.environ.get("HEADBRIDGE_TEST_BLENDER")
# What starts anew costs more than most files: Blender, the extension, a worker with its libraries. Files share them, so
# many at a time, except for those that change the installation itself.
_TOGETHER = 6
_ALONE = {"test_backend_setup.py", "test_extension.py", "test_file_upgrade.py", "test_user_settings.py"}


def groups_of_files(together: int) -> list[tuple[str, ...]]:
    """Every file once, those with long jobs (end to end) first and apart from each other."""
    names = sorted(path.name for path in FOLDER.glob("test_*.py"))
    names.sort(key=lambda name: "end_to_end" not in name)
    shared = [name for name in names if name not in _ALONE]
    count = -(-len(shared) // together)
    return [tuple(shared[start::count]) for start in range(count)] + [(name,) for name in names if name in _ALONE]


def pytest_generate_tests(metafunc):
    if "names" not in metafunc.fixturenames:
        return
    # Who chooses some by name means those alone.
    groups = groups_of_files(1 if metafunc.config.option.keyword else _TOGETHER)
    metafunc.parametrize("names", groups, ids=["+".join(group) for group in groups])


def test_every_file_is_in_one_group():
    for together in (1, _TOGETHER):
        names = [name for group in groups_of_files(together) for name in group]
        assert sorted(names) == sorted(path.name for path in FOLDER.glob("test_*.py"))


@pytest.mark.skipif(BLENDER is None and find_spec("bpy") is None, reason="needs the bpy wheel")
def test_in_blender(names, extension_zip, tmp_path):
    environment = {
        **os.environ,
        "BLENDER_USER_RESOURCES": str(tmp_path / "profile"),
        "HEADBRIDGE_TEST_ZIP": str(extension_zip),
        "HEADBRIDGE_PYTHON": os.environ.get("HEADBRIDGE_PYTHON", sys.executable),
    }
    files = [str(FOLDER / name) for name in names]
    ran = subprocess.run(
        [BLENDER or sys.executable, "-m", "pytest", "--import-mode=importlib", "-p", "no:cacheprovider", *files],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300 + 60 * len(files),
    )
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
