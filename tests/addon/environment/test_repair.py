"""An environment whose Blender has moved."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a program is moved by a link")

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def environment(plain_addon, tmp_path):
    """A real environment with a package, made with the Python of the folder "blender"."""
    base = tmp_path / "blender" / f"python{VERSION}"
    base.parent.mkdir()
    base.symlink_to(os.path.realpath(sys.executable))
    folder = tmp_path / "env" / "abcdef-1"
    subprocess.run([base, "-m", "venv", "--without-pip", folder], check=True)
    (folder / "lib" / f"python{VERSION}" / "site-packages" / "a_package.py").write_text("ANSWER = 42\n")
    return plain_addon("environment.store").Environment(str(folder), "123456", VERSION, "cpu")


def answer(environment) -> str:
    command = [environment.interpreter, "-c", "import a_package, sys; print(a_package.ANSWER, sys.prefix)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_moved_blender(plain_addon, environment, tmp_path):
    repair = plain_addon("environment.repair")
    assert repair.runs(environment) and repair.base_folder(environment) == str(tmp_path / "blender")
    (tmp_path / "blender").rename(tmp_path / "moved")
    assert not repair.runs(environment)
    began = time.monotonic()
    repair.repair(environment, str(tmp_path / "moved" / f"python{VERSION}"), search=lambda _name: None)
    assert time.monotonic() - began < 15.0
    assert repair.runs(environment) and repair.base_folder(environment) == str(tmp_path / "moved")
    assert answer(environment) == f"42 {environment.folder}"


def test_no_python_of_that_version_is_left(plain_addon, environment, tmp_path):
    (tmp_path / "blender").rename(tmp_path / "moved")
    with pytest.raises(
        plain_addon("job_client").BackendError, match=f"{VERSION} in .*blender, which is gone: press Update"
    ):
        plain_addon("environment.repair").repair(environment, "/not/there", search=lambda _name: None)
    assert (Path(environment.folder) / "pyvenv.cfg").exists()
