"""What the shell scripts say when they cannot do their work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
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


@pytest.fixture
def with_pythons(tmp_path):
    """`with_pythons("test.sh", "3.13")` runs a script of a copy where these Pythons are on PATH, of which none makes an
    environment."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "cat", "dirname", "uname"):
        (programs / name).symlink_to(shutil.which(name))

    def ended(script: str, *versions: str) -> subprocess.CompletedProcess:
        for version in versions:
            # Debian's python3 has no python3.13 beside it.
            program = programs / (f"python{version}" if len(versions) > 1 else "python3")
            last = '"${@: -1}"'
            program.write_text(
                f'#!/usr/bin/env bash\n[ {last} = {version} ] || {{ echo "cannot do $*" >&2; exit 1; }}\n'
            )
            program.chmod(0o755)
        variables = {"PATH": str(programs), "HEADBRIDGE_BLENDER": ""}
        return run(tmp_path / "scripts" / script, **{f"HEADBRIDGE_PYTHON31{minor}": "" for minor in "123"}, **variables)

    return ended


@pytest.mark.parametrize(
    ("versions", "folder"),
    [
        (("3.11", "3.12", "3.13"), ".venv"),
        (("3.12", "3.13"), ".venv-3.13"),
        (("3.13",), ".venv-3.13"),
        (("3.12",), ".venv-3.12"),
    ],
)
def test_the_python_that_is_there_is_taken(with_pythons, tmp_path, versions, folder):
    ended = with_pythons("test.sh", *versions)
    assert ended.stdout.startswith(f"Creating {tmp_path / folder} with {tmp_path / 'bin'}/python"), ended.stderr


@pytest.mark.parametrize(
    ("script", "versions", "cause"),
    [
        ("test.sh", ("3.10",), "no Python 3.11, 3.12 or 3.13 with venv was found; install one"),
        ("demo.sh", ("3.12",), "no Blender module for Python 3.12: name a Blender program with --blender"),
    ],
)
def test_no_python_that_will_do(with_pythons, tmp_path, script, versions, cause):
    ended = with_pythons(script, *versions)
    assert (ended.returncode, ended.stdout) == (1, "") and cause in ended.stderr
    assert not list(tmp_path.glob(".venv*"))


@pytest.mark.parametrize("script", ["test.sh", "demo.sh"])
def test_a_library_that_blender_lacks_is_named(script, tmp_path):
    """In an environment whose pip installs nothing and whose Blender cannot be loaded."""
    for name in ("scripts", "backend/headbridge", ".venv/bin"):
        (tmp_path / name).mkdir(parents=True)
    for path in (ROOT / "scripts").glob("*.sh"):
        shutil.copy(path, tmp_path / "scripts")
    (tmp_path / "scripts" / "build_extension.sh").write_text('#!/bin/sh\ntouch "$1/headbridge-1.zip"\n')
    for name in ("pyproject.toml", "backend/headbridge/requirements.txt"):
        (tmp_path / name).touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(
        '#!/bin/sh\ncase "$*" in\n"-m pip "*) ;;\n'
        '"-c import bpy") echo "ImportError: libSM.so.6: cannot open shared object file" >&2; exit 1 ;;\n'
        f'*) exec "{sys.executable}" "$@" ;;\nesac\n'
    )
    python.chmod(0o755)
    ended = run(tmp_path / "scripts" / script, HEADBRIDGE_PYTHON311=str(python), HEADBRIDGE_BLENDER="")
    assert ended.returncode == 1 and "libSM.so.6: cannot open" in ended.stderr
    assert "apt install" in ended.stderr and "libsm6" in ended.stderr


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
