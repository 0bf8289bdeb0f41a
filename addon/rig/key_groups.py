# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of the face a shape key moves, told by its kind and its name."""

from __future__ import annotations

import re

GROUPS = [
    ("ALL", "All Keys", "Every shape key"),
    ("EXPRESSION", "Expression", "What the face does: named keys first, numbered ones after them"),
    ("BROWS", "Brows", "Named keys of the brows"),
    ("EYES", "Eyes", "Named keys of the eyes and lids"),
    ("MOUTH", "Mouth", "Named keys of mouth and lips"),
    ("JAW", "Jaw", "Named keys of jaw and tongue"),
    ("CHEEKS", "Cheeks, Nose", "Named keys of cheeks and nose"),
    ("IDENTITY", "Face", "Whose face it is"),
    ("OTHER", "Others", "Pose correctives, which the bones drive, the scan's detail, and keys of your own"),
]
_EXPRESSIONS = {"expression", "arkit"}
_WORDS = (
    ("BROWS", "brow"),
    ("EYES", "eye"),
    ("JAW", "jaw"),
    ("JAW", "tongue"),
    ("MOUTH", "mouth"),
    ("MOUTH", "lip"),
    ("CHEEKS", "cheek"),
    ("CHEEKS", "nose"),
)
_NUMBERED = re.compile(r"\d+$")


def groups_of(name: str, kind: str) -> set[str]:
    """The groups that a key belongs to. kind : what its head counts it to, empty for keys of the user's own."""
    if kind in {"identity", "larynx"}:
        return {"ALL", "IDENTITY"}
    if kind not in _EXPRESSIONS:
        return {"ALL", "OTHER"}
    part = next((group for group, word in _WORDS if word in name.lower()), None)
    return {"ALL", "EXPRESSION"} | ({part} if part is not None else set())


def order(names: list[str]) -> list[int]:
    """The place of each name in a list that has those which say what they do before those that are only numbered."""
    ranked = sorted(range(len(names)), key=lambda number: _NUMBERED.search(names[number]) is not None)
    places = [0] * len(names)
    for place, number in enumerate(ranked):
        places[number] = place
    return places
