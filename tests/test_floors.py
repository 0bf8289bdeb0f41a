"""The floors of the house: a package or module imports only what stands below it.

Imports inside functions count, and so do those for type checkers: both say that one part knows the other.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# From the ground up; a line reads from left to right. What is new in a package's own folder has its floor with it; a new
# folder, and a new module beside them, gets its place here.
BACKEND = """
    errors threads interrupt memory reading progress on_demand device verdict model_files model_terms settings safetensors
    random_draws linalg mesh apart matlab cache spatial
    topologies units images video metrics render
    models detection
    registration uv baking
    texture fitting sequences building
    jobs worker batch cli
    __main__
""".split()

ADDON = """
    job_client remote_worker job_answer setting_texts settings verdict image_encoding mesh_arrays new_blocks
    random_draws edited_mode borrowed_views render_kept head_collection materials photo_facts picked view_text swipe
    environment paths manual model_terms session_report seen_meshes uv_layers blend_output heat_map
    backend_worker preferences job_files image_files job_session job_runner command
    landmark_pairs head_library uv_display base_colour result_object known_registration
    register_session uv_session bake_session
    panel_parts verdict_panel
    rig fits texture photo motion batch
    viewport_shading comparison comparison_drawing pins
    operators properties job_panels
    uv_panels register_panels panels file_upgrade handlers languages
""".split()

HOUSES = {"headbridge": (ROOT / "backend" / "headbridge", BACKEND), "addon": (ROOT / "addon", ADDON)}


def modules(package: str, folder: Path) -> dict[str, Path]:
    """The files of a package by dotted name; a package's `__init__` has the package's."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [package, *path.relative_to(folder).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(name: str, path: Path, known: dict[str, Path]) -> dict[str, int]:
    """The modules among `known` that a file imports anywhere, with the line. What a package's `__init__` offers counts
    as the package, and so does `__version__` of the whole one, which is below everything."""
    home = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name: node.lineno for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(home[: len(home) - node.level + 1]) if node.level else ""
            base = ".".join(filter(None, [start, node.module]))
            for alias in node.names:
                if "." in base or alias.name != "__version__":
                    found[f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base] = node.lineno
    return {target: line for target, line in found.items() if target in known and target != name}


def upward(package: str, folder: Path, floors: list[str]) -> list[str]:
    """The imports that run up, as "file:line imports module"."""
    known = modules(package, folder)
    height = {floor: number for number, floor in enumerate(floors)}
    found = []
    for name, path in known.items():
        if name == package:
            continue
        here = name.split(".")[1]
        for target, line in imported(name, path, known).items():
            there = target.split(".")[1] if target != package else None
            if there is None or (there != here and height[there] > height[here]):
                found.append(f"{path.relative_to(folder)}:{line} imports {target}")
    return found


@pytest.mark.parametrize("package", HOUSES)
def test_every_part_has_a_floor(package):
    folder, floors = HOUSES[package]
    parts = {name.split(".")[1] for name in modules(package, folder) if name != package}
    assert sorted(parts) == sorted(floors), "name new parts in tests/test_floors.py, as low as their lowest user needs"


@pytest.mark.parametrize("package", HOUSES)
def test_no_import_runs_up(package):
    folder, floors = HOUSES[package]
    assert upward(package, folder, floors) == []


@pytest.mark.parametrize("package", HOUSES)
def test_no_modules_import_each_other_in_a_circle(package):
    known = modules(package, HOUSES[package][0])
    left = {name: set(imported(name, path, known)) for name, path in known.items()}
    # Who imports nothing that is left is no part of a circle, again and again.
    while free := {name for name, targets in left.items() if not targets & left.keys()}:
        left = {name: targets for name, targets in left.items() if name not in free}
    assert sorted(left) == []


def test_the_rule_sees_every_kind_of_import(tmp_path):
    house = tmp_path / "house"
    (house / "low").mkdir(parents=True)
    (house / "high").mkdir()
    for file in ("__init__.py", "low/__init__.py", "high/__init__.py", "high/roof.py"):
        (house / file).write_text("")
    (house / "low" / "cellar.py").write_text(
        "from .. import __version__\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n"
        "    from ..high import roof\n"
        "def late():\n"
        "    from ..high.roof import tiles\n"
        "    import house.high\n"
        "    from .. import anything\n"
    )
    (house / "high" / "attic.py").write_text("from ..low.cellar import late\nfrom . import roof\n")
    assert upward("house", house, ["low", "high"]) == [
        "low/cellar.py:6 imports house.high.roof",
        "low/cellar.py:7 imports house.high",
        "low/cellar.py:8 imports house",
    ]
