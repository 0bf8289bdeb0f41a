"""From the numbers of many registrations to the lines of the bench's table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from headbridge.topologies import load_topology

from .case import AMBERG, Case, turn_of

Numbers = dict[Case, dict[str, Any]]

_BARS = {
    "ict": (0.5, 0.8),
    "ict_amplified": (0.7, None),
    "ict_bumps": (1.2, None),
    "flame": (1.0, 1.2),
    "makehuman": (None, None),
}
_STABLE = {"noise": 0.02, "float32": 0.1, "seed": 0.1, "two_threads": 0.01, "turn": 0.05}
FOUND_MM = 15.0
"""A face counts as found when the 51 landmarks are off by less than this on average."""
WRONG_MM = 3.0
"""A registration is wrong when the face or the lips are off by more than this on average."""
LANDMARKS_RIGHT_MM, LANDMARKS_WRONG_MM = 4.0, 8.0
"""Without a truth for vertices: right below the one, wrong above the other mean error of the 51 landmarks."""


@dataclass(frozen=True)
class Line:
    """One line of the table; `met` is None where there is no bar."""

    row: str
    measure: str
    bar: str
    value: str
    met: bool | None = None


def known_lines(row: str, numbers: Numbers) -> list[Line]:
    """True errors of a row of known truth: the mean over its targets, and the worst of them."""
    plain = {case: found for case, found in numbers.items() if not case.landmarks}
    lines = [_share(row, "registered", plain, lambda found: "error" not in found, 1.0)]
    for region, bar in zip(("face", "lips"), _BARS[row]):
        values = _values(plain, f"{region}_mean")
        if not len(values):
            continue
        met = None if bar is None else bool(values.mean() <= bar)
        # Of ICT's identities every single one has to be right.
        if row == "ict" and bar is not None:
            met = bool(values.max() <= bar)
        lines.append(
            Line(row, f"{region} mean (worst)", _bar(bar), f"{values.mean():.2f} ({values.max():.2f}) mm", met)
        )
        exact = {
            case: numbers[Case(case.kind, case.seed, case.source, "exact")]
            for case, found in plain.items()
            if f"{region}_mean" in found and Case(case.kind, case.seed, case.source, "exact") in numbers
        }
        given = _values(exact, f"{region}_mean")
        if len(given) == len(values):
            ratio = values.mean() / given.mean()
            text = f"{ratio:.2f} (exact: {given.mean():.2f} mm)"
            lines.append(Line(row, f"{region}: ratio to exact landmarks", "<= 1.25", text, bool(ratio <= 1.25)))
    return [*lines, *_sound(row, plain)]


def unprepared_lines(row: str, numbers: Numbers) -> list[Line]:
    """Depth, flips and self-intersections of other topologies, by source."""
    lines = []
    for source, most, share in (("hack", 0.35, 0.01), ("flame", 0.6, 0.02)):
        ours = {case: found for case, found in numbers.items() if case.source == source}
        if not ours:
            continue
        name = f"{row} {source}"
        lines.append(_share(name, "registered", ours, lambda found: "error" not in found, 1.0))
        for key, bar, what in (
            ("p95", most, "depth p95, median (worst)"),
            ("over_2mm", share, "over 2 mm, median (worst)"),
        ):
            values = np.array([found["depth"][key] for found in ours.values() if "depth" in found])
            if len(values):
                text = f"{np.median(values):.3f} ({values.max():.3f})"
                lines.append(Line(name, what, f"<= {bar} all", text, bool(values.max() <= bar)))
        lines += _sound(name, ours)
    return lines


def found_lines(row: str, numbers: Numbers) -> list[Line]:
    """Faces that were found where there is one: landmarks on the result within 15 mm of the true ones."""
    faces = {case: found for case, found in numbers.items() if found["expect"] == "right"}
    return [_share(row, "found", faces, lambda found: found.get("landmarks_mean", np.inf) < FOUND_MM, 0.95)]


def stability_lines(row: str, numbers: Numbers, positions: Callable[[Case], np.ndarray | None]) -> list[Line]:
    """The largest displacement over the skin between every variation and the plain run."""
    worst: dict[str, list[float]] = {}
    for case in numbers:
        if not case.variation:
            continue
        plain, changed = positions(Case(case.kind, case.seed, case.source)), positions(case)
        moved = np.inf
        if plain is not None and changed is not None:
            skin = load_topology(case.source).skin
            moved = float(np.linalg.norm(plain @ turn_of(case.variation).T - changed, axis=1)[skin].max())
        worst.setdefault(case.variation.split("_")[0] if "turn" in case.variation else case.variation, []).append(moved)
    return [
        Line(
            row,
            f"{name}, largest displacement",
            f"<= {_STABLE[name]} mm",
            f"{max(found):.4f} mm",
            max(found) <= _STABLE[name],
        )
        for name, found in worst.items()
    ]


def amberg_lines(row: str, numbers: Numbers) -> list[Line]:
    """Ours against `nricp_amberg` with the same exact landmarks on every head."""
    lines = []
    for case, theirs in numbers.items():
        if case.variation != AMBERG:
            continue
        ours = numbers.get(Case(case.kind, case.seed, case.source, case.landmarks))
        if ours is None or "error" in ours:
            continue
        if "error" in theirs:
            text = f"face {ours['face_mean']:.2f} mm / {theirs['error']}"
            lines.append(Line(row, f"{case.target}: ours / theirs", "lower", text, True))
            continue
        pairs = [(ours[key], theirs[key]) for key in ("face_mean", "face_p95")] + [(ours["cpu"], theirs["cpu"] / 4.0)]
        text = ", ".join(
            f"{what} {a:.2f} / {b:.2f}" for what, (a, b) in zip(("mean", "p95", "CPU s / a quarter"), pairs)
        )
        lines.append(Line(row, f"{case.target}: ours / theirs", "lower", text, all(a <= b for a, b in pairs)))
    return lines


def verdict_lines(row: str, numbers: Numbers) -> list[Line]:
    """Verdicts against the truth, over all registrations whose truth is known.

    Right: face and lips within 3 mm on average. Wrong: one of them is not, or no good registration exists. What may be
    refused although it is near the truth (stretched, covered) counts as neither.
    """
    table = {truth: dict.fromkeys(("good", "check", "failed", "none"), 0) for truth in ("right", "wrong")}
    for found in numbers.values():
        truth = truth_of(found)
        if truth is not None:
            table[truth][found["verdict"]] += 1
    lines = []
    for truth, counts in table.items():
        total = sum(counts.values())
        if not total:
            continue
        text = ", ".join(f"{name} {count}" for name, count in counts.items() if count) + f" of {total}"
        # A result without a verdict looks fine to whoever gets it.
        good = (counts["good"] + counts["none"]) / total
        met = good <= 0.01 if truth == "wrong" else good >= 0.95
        lines.append(
            Line(row, f"{truth} registrations", "good <= 1 %" if truth == "wrong" else "good >= 95 %", text, met)
        )
    return lines


def truth_of(found: dict[str, Any]) -> str | None:
    """ "right" or "wrong" for a registration's numbers, None where nothing is known or either verdict is in order.

    By the vertices' truth where there is one, else by the landmarks, of which only clear cases count: two tables'
    landmarks differ by 2 to 3 mm on the same face.
    """
    errors = [found[key] for key in ("face_mean", "lips_mean") if key in found]
    if errors:
        if max(errors) > WRONG_MM:
            return "wrong"
        return "right" if found["expect"] == "right" else None
    if "error" in found or found["expect"] == "wrong":
        return None if found["expect"] == "either" else found["expect"]
    landmarks = found.get("landmarks_mean")
    if landmarks is None or LANDMARKS_RIGHT_MM < landmarks <= LANDMARKS_WRONG_MM:
        return None
    return "wrong" if landmarks > LANDMARKS_WRONG_MM else "right" if found["expect"] == "right" else None


def _sound(row: str, numbers: Numbers) -> list[Line]:
    flips = _values(numbers, "flips")
    if not len(flips):
        return []
    extra = _values(numbers, "intersections") - _values(numbers, "template_intersections")
    cpu = np.array([found["cpu"] for found in numbers.values()])
    return [
        Line(row, "flips, mean (worst)", "0 all", f"{flips.mean():.1f} ({flips.max():.0f})", bool(flips.max() == 0)),
        Line(
            row,
            "self-intersections beyond the template's, mean (worst)",
            "<= 0 all",
            f"{extra.mean():.1f} ({extra.max():.0f})",
            bool(extra.max() <= 0),
        ),
        Line(row, "CPU seconds, median (worst)", "-", f"{np.median(cpu):.1f} ({cpu.max():.1f})"),
    ]


def _share(row: str, what: str, numbers: Numbers, holds: Callable[[dict[str, Any]], bool], least: float) -> Line:
    good = [bool(holds(found)) for found in numbers.values()]
    return Line(row, what, f">= {100 * least:.0f} %", f"{sum(good)} of {len(good)}", sum(good) >= least * len(good))


def _values(numbers: Numbers, key: str) -> np.ndarray:
    return np.array([found[key] for found in numbers.values() if key in found])


def _bar(bar: float | None) -> str:
    return "-" if bar is None else f"<= {bar} mm"
