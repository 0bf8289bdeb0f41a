"""What the built extension holds and what it leaves out."""

from __future__ import annotations

import re
import tomllib
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def names(extension_zip) -> set[str]:
    with zipfile.ZipFile(extension_zip) as archive:
        assert archive.testzip() is None
        return set(archive.namelist())


def test_versions_agree(extension_zip):
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    from headbridge import __version__

    assert manifest["version"] == __version__
    assert extension_zip.name == f"headbridge-{__version__}.zip"


def test_it_is_no_more_than_45_megabytes(extension_zip):
    assert extension_zip.stat().st_size <= 45e6


def test_code_backend_and_licence_travel(names):
    wanted = {"__init__.py", "blender_manifest.toml", "pyproject.toml", "LICENSE", "addon/job_settings.json"}
    wanted |= {"addon/__init__.py", "backend/headbridge/requirements.txt", "backend/headbridge/worker/__main__.py"}
    assert wanted <= names


def test_every_source_file_and_asset_travels(names):
    files = [p for folder in ("addon", "backend/headbridge") for p in (ROOT / folder).rglob("*") if p.is_file()]
    expected = {str(p.relative_to(ROOT)) for p in files if "__pycache__" not in p.parts}
    assert expected <= names


def test_the_manual_travels_with_the_pictures_of_its_pages(names):
    pages = list((ROOT / "docs").rglob("*.md"))
    shown = {
        str((page.parent / picture).resolve().relative_to(ROOT))
        for page in pages
        for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    }
    expected = shown | {str(page.relative_to(ROOT)) for page in pages}
    assert expected == {name for name in names if name.startswith("docs/") and not name.endswith("/")}


def test_only_the_product_travels(names):
    top = {name.split("/")[0] for name in names if "/" in name}
    assert top == {"addon", "backend", "docs"}
    assert not [
        name for name in names if "__pycache__" in name or name.endswith((".pyc", ".zip")) or "/." in f"/{name}"
    ]
