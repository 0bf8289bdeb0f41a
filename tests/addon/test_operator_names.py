"""Panels call operators by name: each of these names is one's, which no drawing in a test would find out for all."""

from __future__ import annotations

import re
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "addon"


def test_every_name_of_an_operator_is_one():
    sources = [path.read_text(encoding="utf-8") for path in ADDON.rglob("*.py")]
    defined = {name for source in sources for name in re.findall(r'bl_idname = "headbridge\.(\w+)"', source)}
    called = {
        name
        for source in sources
        for pattern in (
            r'(?:operator\w*|draw_job)\((?:[\w.]+,)?\s*"headbridge\.(\w+)"',
            r"bpy\.ops\.headbridge\.(\w+)\(",
            r'beside="(\w+)"',
        )
        for name in re.findall(pattern, source)
    }
    assert len(called) > 40 and called <= defined
