"""The extension without FLAME's data, the repository, and the file of packages."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

needs_tool = pytest.mark.skipif(
    shutil.which("blender") is None and importlib.util.find_spec("bpy") is None, reason="needs Blender or the bpy wheel"
)


def run(*command, **variables):
    variables = {**os.environ, "PYTHON": sys.executable, **variables}
    return subprocess.run([*map(str, command)], env=variables, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """A repository with the extension without FLAME's data."""
    folder = tmp_path_factory.mktemp("repository")
    built = run(ROOT / "scripts" / "build_repository.sh", "--without", "flame", folder)
    assert built.returncode == 0, built.stdout + built.stderr
    assert built.stdout.splitlines()[-1] == str(folder / "index.json")
    return folder


@needs_tool
@pytest.mark.slow
def test_repository(repository):
    (listed,) = json.loads((repository / "index.json").read_text())["data"]
    assert listed["id"] == "headbridge" and (repository / listed["archive_url"]).is_file()
    assert listed["platforms"] == ["windows-x64", "macos-arm64", "linux-x64", "linux-arm64"]
    assert (repository / "index.html").is_file()


@needs_tool
@pytest.mark.slow
def test_without_flame(repository, tmp_path):
    from headbridge.topologies.builtin import ASSETS, FLAME_ASSETS

    left_out = {*FLAME_ASSETS, "LICENSE.flame.md", "LICENSE.flame_uv.txt"}
    with zipfile.ZipFile(next(repository.glob("*.zip"))) as archive:
        names = {Path(name).name for name in archive.namelist() if "/assets/" in name}
        archive.extractall(tmp_path)
    assert names == {path.name for path in ASSETS.iterdir()} - left_out

    def headbridge(*arguments):
        variables = {"PYTHONPATH": str(tmp_path / "backend"), "HEADBRIDGE_CACHE": str(tmp_path / "cache")}
        return run(sys.executable, "-m", "headbridge", *arguments, **variables)

    # What needs FLAME's data says so in one line; a head of another topology is recognised as ever.
    asked = headbridge("register", "flame", "hack", "--output", tmp_path / "out.obj")
    assert asked.returncode != 0 and asked.stderr.count("\n") == 1, asked.stderr
    assert "This build of HeadBridge has no FLAME data; install the one that has it." in asked.stderr
    checked = headbridge("doctor")
    assert checked.returncode == 0, checked.stdout
    assert "note built-in flame: not part of this build" in checked.stdout
    script = (
        "from headbridge.topologies import load_builtin, recognise, recognise_relative\n"
        "hack = load_builtin('hack')\n"
        "assert recognise(hack).key == recognise_relative(hack.flipped()).topology.key == 'hack'\n"
    )
    known = run(sys.executable, "-c", script, PYTHONPATH=str(tmp_path / "backend"))
    assert known.returncode == 0, known.stderr


@pytest.mark.parametrize(
    ("script", "arguments", "cause"),
    [
        ("build_extension.sh", ["--without", "hack"], "only flame can be left out, not 'hack'"),
        ("build_extension.sh", ["--bogus"], "unknown argument '--bogus'"),
        ("build_repository.sh", ["--bogus"], "unknown argument '--bogus'"),
        ("build_bundle.sh", ["--bogus"], "unrecognized arguments: --bogus"),
    ],
)
def test_wrong_arguments(script, arguments, cause):
    ended = run(ROOT / "scripts" / script, *arguments)
    assert (ended.returncode, ended.stdout) == (2, "") and cause in ended.stderr


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the wheel is one of Linux")
def test_bundle(tmp_path, monkeypatch):
    """Of one package, which lies in a folder: no network."""
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    wheel = tmp_path / f"small-1.0-{tag}-{tag}-linux_{os.uname().machine}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("small-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: small\nVersion: 1.0\n")
        archive.writestr(
            "small-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}-{tag}-linux_{os.uname().machine}\n"
        )
        archive.writestr("small-1.0.dist-info/RECORD", "")
    (tmp_path / "requirements.txt").write_text("small==1.0\n")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    spec = importlib.util.spec_from_file_location("build_bundle", ROOT / "scripts" / "build_bundle.py")
    build_bundle = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build_bundle)
    path = build_bundle.build(tmp_path, "cpu", tmp_path / "requirements.txt")
    assert path.name.endswith(f"python{sys.version_info[0]}.{sys.version_info[1]}-cpu.zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [wheel.name]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([path.name, wheel.name, "requirements.txt"])
