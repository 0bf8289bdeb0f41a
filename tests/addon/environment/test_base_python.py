"""Which Python environments are made with."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stubs are shell scripts")


@pytest.fixture
def program(tmp_path):
    """`program(name, version)` is a Python of that version; None: one that cannot make environments."""

    def make(name: str, version: tuple[int, int] | None, asked_for: str = "") -> str:
        path = tmp_path / name
        told = "exit 1" if version is None else f'echo "{version[0]} {version[1]} {path}"'
        path.write_text(f'#!/bin/sh\n[ -z "{asked_for}" ] || [ "$1" = "{asked_for}" ] || exit 1\n{told}\n')
        path.chmod(0o755)
        return str(path)

    return make


def test_blenders_own_comes_first(plain_addon, program):
    own = program("own", (3, 12))
    on_path = {"python3.13": program("python3.13", (3, 13))}
    found = plain_addon("environment.base_python").find((3, 11), (3, 14), own, on_path.get)
    assert (found.program, found.version) == (own, (3, 12))


@pytest.mark.parametrize("own", [None, (3, 14), (3, 10)], ids=["without venv", "too new", "too old"])
def test_else_the_newest_on_path(plain_addon, program, own):
    on_path = {
        "python3.13": program("python3.13", None),
        "python3.12": program("python3.12", (3, 12)),
        "python3.11": program("python3.11", (3, 11)),
    }
    found = plain_addon("environment.base_python").find((3, 11), (3, 14), program("own", own), on_path.get)
    assert (found.program, found.version) == (on_path["python3.12"], (3, 12))


def test_a_blender_that_names_no_python(plain_addon, program):
    on_path = {"python3": program("python3", (3, 13))}
    assert plain_addon("environment.base_python").find((3, 11), (3, 14), "", on_path.get).version == (3, 13)


def test_launcher_of_windows(plain_addon, program):
    on_path = {"py": program("py", (3, 12), asked_for="-3.12")}
    found = plain_addon("environment.base_python").find((3, 11), (3, 14), "/not/there", on_path.get)
    assert found.version == (3, 12)


def test_none_says_what_to_install(plain_addon, program):
    base_python = plain_addon("environment.base_python")
    error = plain_addon("job_client").BackendError
    with pytest.raises(error, match=r"Python 3\.11 to 3\.13 that can make environments was not found: install"):
        base_python.find((3, 11), (3, 14), program("own", (3, 14)), lambda _name: None)
    with pytest.raises(error, match=r"^Python 3\.11 that can make environments was not found"):
        base_python.find((3, 11), (3, 12), "", lambda _name: None)


def test_a_real_python(plain_addon):
    found = plain_addon("environment.base_python").probed([sys.executable])
    assert found.version == sys.version_info[:2] and found.program == sys.executable
