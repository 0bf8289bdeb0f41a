"""The rule that keeps the house: what each part of the repository may import."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BLENDER = {"bpy", "bpy_extras", "bmesh", "gpu", "gpu_extras", "mathutils", "blf", "addon_utils", "bl_ui"}
ADDON_MAY = BLENDER | set(sys.stdlib_module_names) | {"numpy"}


def imported(path: Path) -> set[str]:
    """The top-level names a file imports; relative imports are left out."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", [ROOT / "__init__.py", *files("addon")], ids=lambda path: str(path.relative_to(ROOT)))
def test_addon_imports_only_blender_numpy_and_the_standard_library(path):
    assert imported(path) <= ADDON_MAY


@pytest.mark.slow
def test_backend_never_imports_blender():
    offenders = {
        str(path.relative_to(ROOT)): sorted(found) for path in files("backend") if (found := imported(path) & BLENDER)
    }
    assert offenders == {}


def test_job_client_needs_no_blender():
    assert not imported(ROOT / "addon" / "job_client.py") & BLENDER
    assert "from ." not in (ROOT / "addon" / "job_client.py").read_text(encoding="utf-8")


def test_the_rule_sees_an_offender(tmp_path):
    offender = tmp_path / "offender.py"
    offender.write_text(
        "def f():\n    from torch.nn import Module\n    import bpy.types as t\n    from . import scipy\n"
    )
    assert imported(offender) == {"torch", "bpy"}
