"""The pages say what is so: links lead somewhere, recipes name what exists, the floor plan is the tests'."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import headbridge
from headbridge.cli.commands import COMMANDS

from .test_floors import ADDON, BACKEND

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The names that links give to a page's headings."""
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code_blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text_of(page)):
        name, _, anchor = target.partition("#")
        linked = (page.parent / name) if name else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_recipes_name_what_exists(page):
    for block in code_blocks(page, "python"):
        used = {
            node.attr
            for node in ast.walk(ast.parse(block))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "hb"
        }
        assert used <= set(headbridge.__all__)
    for block in code_blocks(page, ""):
        assert set(re.findall(r"^headbridge ([\w-]+)", block, re.MULTILINE)) <= set(COMMANDS)


def test_the_readme_is_short():
    assert len(text_of(ROOT / "README.md").splitlines()) <= 150


def test_the_floor_plan_is_the_one_that_is_tested():
    plan = text_of(ROOT / "docs" / "architecture.md").split("## Floors")[1].split("\n## ")[0]
    backend, addon = re.split(r"^\| addon \|.*$", plan, flags=re.MULTILINE)
    named = re.findall(r"`(\w+)`(?=[^|]*\|[^|]*\|$)", backend, re.MULTILINE)
    assert [*named, "__main__"] == BACKEND
    named = re.findall(r"`(\w+)`(?=[^|]*\|[^|]*\|$)", addon, re.MULTILINE)
    assert named == [floor for floor in ADDON if floor in named]


def test_the_page_of_settings_is_up_to_date(backend_environment):
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "build_job_settings.py", "--check"],
        env=backend_environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_job_takes_the_seven_files_of_the_walk_through():
    section = text_of(ROOT / "CONTRIBUTING.md").split("## Add a job")[1].split("\n## ")[0]
    listed = re.findall(r"^\| \d+ \| `([\w/.]+)`", section, re.MULTILINE)
    shipped = [*(ROOT / "backend" / "headbridge").rglob("*.py"), *(ROOT / "addon").rglob("*.py")]
    knowing = {path for path in shipped if re.search("complete[_-]texture|CompleteTexture", text_of(path))}
    # Another job that shares its masks, and a second button.
    using = ("jobs/fit_texture.py", "cli/fit_texture.py", "addon/panels.py")
    known = {path for path in knowing if not str(path.as_posix()).endswith(using)}
    assert len(listed) == len(known) == 7
    assert all(any(path.as_posix().endswith(name) for path in known) for name in listed)
