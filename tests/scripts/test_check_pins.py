"""The check of pins on packages made here: it judges each system by that system's markers and wheels. And that it was run
on the list as it is."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def wheel(folder: Path, name: str, tag: str, needs: str = "") -> None:
    with zipfile.ZipFile(folder / f"{name}-1.0-{tag}.whl", "w") as archive:
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n" + (
            f"Requires-Dist: {needs}\n" if needs else ""
        )
        archive.writestr(f"{name}-1.0.dist-info/METADATA", metadata)
        archive.writestr(f"{name}-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")


@pytest.fixture
def check(tmp_path, monkeypatch):
    """`check(system, python)` is the line for packages that lack a wheel here and a need there."""
    for name in [name for name in os.environ if name.upper().startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    wheel(tmp_path, "compiled", "cp312-cp312-win_amd64")
    wheel(tmp_path, "compiled", "cp313-cp313-manylinux_2_28_x86_64", 'helper; platform_system == "Linux"')
    wheel(tmp_path, "compiled", "cp313-cp313-win_amd64", 'helper; platform_system == "Linux"')
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "check_pins.py").write_text((ROOT / "scripts" / "check_pins.py").read_text())
    pins = tmp_path / "backend" / "headbridge" / "requirements.txt"
    pins.parent.mkdir(parents=True)
    pins.write_text('compiled==1.0; platform_machine != "aarch64"\n')

    def line(*asked: str) -> tuple[int, str]:
        command = [sys.executable, tmp_path / "scripts" / "check_pins.py", *asked]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return ended.returncode, ended.stdout + ended.stderr

    return line


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        (("windows-x64", "3.12"), 0, "1 packages"),
        (("windows-x64", "3.13"), 0, "1 packages"),
        (("windows-x64", "3.11"), 1, "No matching distribution found for compiled==1.0"),
        (("macos-arm64", "3.13"), 1, "No matching distribution found for compiled==1.0"),
        (("linux-x64", "3.13"), 1, "No matching distribution found for helper"),
        (("linux-arm64", "3.13"), 0, "0 packages"),
        (("solaris",), 2, "unknown solaris"),
    ],
)
def test_gaps_are_named(check, asked, code, text):
    ended, said = check(*asked)
    assert ended == code and text in said


@pytest.fixture
def check_pins(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return importlib.import_module("check_pins")


def test_a_list_without_gaps_is_written_down(check_pins, tmp_path, monkeypatch):
    gaps = {("windows-x64", "3.12")}
    monkeypatch.setattr(check_pins, "CHECKED", tmp_path / "checked.txt")
    monkeypatch.setattr(check_pins, "resolve", lambda *asked: ([], "no wheel" if asked in gaps else ""))
    for arguments, code in (([], 1), (["linux-x64"], 0)):
        assert check_pins.main(arguments) == code and not check_pins.CHECKED.exists()
    gaps.clear()
    assert check_pins.main([]) == 0
    assert check_pins.CHECKED.read_text().splitlines() == check_pins.pins()


def test_pins_are_read_without_what_is_said_about_them(check_pins, tmp_path):
    (tmp_path / "list.txt").write_text('# all\n\na==1.0; platform_system == "Linux"  # there alone\nb==2\n')
    assert check_pins.pins(tmp_path / "list.txt") == ['a==1.0; platform_system == "Linux"', "b==2"]


def test_the_list_was_checked(check_pins):
    assert check_pins.CHECKED.read_text().splitlines() == check_pins.pins(), "run scripts/check_pins.py (some minutes)"
