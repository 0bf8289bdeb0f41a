"""The rows of the bench: which registrations each one takes."""

from __future__ import annotations

from collections.abc import Sequence

from .case import AMBERG, VARIATIONS, Case
from .hard_set import SOURCES, hard_names
from .known_set import ROWS as KNOWN
from .spoil import KINDS as SPOILED

SOURCE_OF = {"ict": "hack", "ict_amplified": "hack", "ict_bumps": "hack", "flame": "flame", "makehuman": "makehuman"}
UNPREPARED = (
    "person_child",
    "person_baby",
    "person_old",
    "person_caricature",
    "person_open_mouth",
    "person_laughing",
    "person_shut_eyes",
    "person_asymmetric",
    "mask",
    "half",
    "stone_bust",
    "quads",
    "hair",
    "holes",
    "noise",
    "body",
)
STEADY = (("ict", 1), ("person_adult", 0), ("makehuman", 6))
AGAINST_AMBERG = (("ict", 0), ("ict", 4), ("ict_amplified", 2), ("ict_bumps", 1), ("flame", 0), ("flame", 3))
ROWS = (*KNOWN, "unprepared", "spoiled", "found", "stability", "amberg", "speed")


def cases(row: str, seeds: Sequence[int], quick: bool) -> list[Case]:
    """The registrations of a row of `ROWS`.

    seeds : numbers of the strangers; `quick` takes fewer kinds, sources, orientations and heads.
    """
    if row in KNOWN:
        plain = [Case(row, seed, SOURCE_OF[row]) for seed in seeds]
        # MakeHuman's bar is relative to what exact landmarks give.
        return plain + [Case(row, seed, SOURCE_OF[row], "exact") for seed in seeds if row == "makehuman"]
    if row == "unprepared":
        kinds = UNPREPARED[::3] if quick else UNPREPARED
        return [Case(kind, seed, source) for seed in seeds for kind in kinds for source in SOURCES]
    if row == "spoiled":
        return [_spoiled(kind, seed) for seed in seeds for kind in SPOILED]
    if row == "found":
        return [Case(kind, seed, "hack") for seed in seeds for kind in hard_names()]
    if row == "stability":
        heads = STEADY[:1] if quick else STEADY
        kinds = (*VARIATIONS[:4], *VARIATIONS[4::6]) if quick else VARIATIONS
        return [
            Case(kind, seed, SOURCE_OF.get(kind, "hack"), variation=variation)
            for kind, seed in heads
            for variation in ("", *kinds)
        ]
    if row == "amberg":
        heads = AGAINST_AMBERG[:1] if quick else AGAINST_AMBERG
        return [
            Case(kind, seed, SOURCE_OF[kind], "exact", variation) for kind, seed in heads for variation in ("", AMBERG)
        ]
    return []


def _spoiled(kind: str, seed: int) -> Case:
    sources = ("hack", "flame", "makehuman")
    source = "makehuman" if kind in ("hair_over_face", "strands_over_face") else sources[seed % 3]
    return Case(kind, seed, source, "wrong" if kind == "wrong_head" else "")
