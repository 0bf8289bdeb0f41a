"""What the shell scripts say when they cannot do their work."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command, **variables):
    return subprocess.run(
        [*map(str, command)], check=False, env={**os.environ, **variables}, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("name", ["test.sh", "demo.sh"])
def test_python_that_is_not_there(name, tmp_path):
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    ended = run(tmp_path / "scripts" / name, HEADBRIDGE_PYTHON311=str(tmp_path / "none"), HEADBRIDGE_BLENDER="")
    assert ended.returncode == 1
    assert "none is no Python 3.11 with venv; name another" in ended.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "cause"),
    [
        (["--python"], 2, "--python needs a version, such as 3.13"),
        (["--python", "3.10"], 2, "runs on Python 3.11, 3.12 and 3.13, not on '3.10'"),
        (["--python", "3.13"], 1, "HEADBRIDGE_PYTHON313=/none is no Python 3.13 with venv"),
    ],
)
def test_tests_on_another_python(arguments, code, cause, tmp_path):
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    ended = run(tmp_path / "scripts" / "test.sh", *arguments, HEADBRIDGE_PYTHON313="/none")
    assert ended.returncode == code and cause in ended.stderr
    assert not list(tmp_path.glob(".venv*"))


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["--bogus"], "unknown argument '--bogus'"),
        (["--output"], "--output needs a folder"),
        (["--blender", "/none/blender"], "'/none/blender' is no program"),
    ],
)
def test_wrong_arguments_of_the_demo(arguments, cause):
    ended = run(ROOT / "scripts" / "demo.sh", *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert cause in ended.stderr
