"""Which landmark each point of a list is: by names, by the known orders, and where these fit badly by another one."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..mesh.similarity import fit_similarity
from ..topologies import Landmarks
from .landmarks_in_common import COUNTS_IN_COMMON, orders_in_common

CONTOUR = 17
TOTAL = 68
LEAST_POINTS = 4
"""Fewer points place no head."""
EXCHANGED = "left and right exchanged"
"""Stands in the label of orders by the viewer's sides instead of the subject's."""

_BROW = 5
# Root mean square distances of the mean head's landmarks from a person's are 3 to 6 mm; in a wrong order, far more.
_LARGEST_MISFIT = 12.0
# Another order is believed when it fits this much better than the likeliest one.
_CLEARLY_BETTER = 0.6


@dataclass(frozen=True, eq=False)
class LandmarkOrder:
    """label : what to call the order. indices : (K,) which of the 68 landmarks its points are. weights : (K, N), the
    points among N given ones, rows summing to 1; None where every given point is one of the 68, in the same place."""

    label: str
    indices: np.ndarray
    weights: np.ndarray | None = None

    def points(self, given: np.ndarray) -> np.ndarray:
        """(K, D) the landmarks' places of (N, D) given points."""
        if self.weights is None:
            return given
        there = np.isfinite(given).all(axis=1)
        # Zero times NaN is NaN, also for landmarks that do without the point.
        places = self.weights @ np.where(there[:, None], given, 0.0)
        return np.where(self.all_of(there)[:, None], places, np.nan)

    def all_of(self, given: np.ndarray) -> np.ndarray:
        """(K,) bool, landmarks all of whose given points are true in (N,) bool."""
        return given if self.weights is None else ~((self.weights > 0.0) @ ~given)

    def note(self, count: int) -> str:
        """A sentence about a list of `count` points that are not the 68 themselves."""
        return f"Of {count} points ({self.label}) the {len(self.indices)} were used that are among the 68."


def possible_orders(count: int, names: tuple[str, ...], known: Landmarks, source: str) -> list[LandmarkOrder]:
    """The orders a list of `count` points may have, the likeliest first. known : the 68 landmarks.

    Names of landmarks decide; numbers as names (1..68, 0..67, and of the last 51 likewise) may mean several orders.
    Without either there must be 68 or 51 points. Raises `InputError` for other counts, unknown or repeated names."""
    if names and not all(_number(name) is not None for name in names):
        named = _by_name(count, names, known, source)
        if named is not None:
            return named
    elif names and count in COUNTS_IN_COMMON and _counts_on(names):
        return _by_count(count, known, source)
    elif names and (count not in (TOTAL, TOTAL - CONTOUR) or not _ascending(names)):
        return _by_number(names, source)
    return _by_count(count, known, source)


def _by_name(count: int, names: tuple[str, ...], known: Landmarks, source: str) -> list[LandmarkOrder] | None:
    index = {_plain(name): position for position, name in enumerate(known.names)}
    unknown = [name for name in names if _plain(name) not in index]
    if len(unknown) == len(names) and count in (TOTAL, TOTAL - CONTOUR):
        return None
    if unknown:
        raise InputError(
            f"{source}: there is no landmark '{unknown[0]}'; names are those of the 68 landmarks, such as 'nose tip' "
            "or 'left lip corner', or their numbers 1 to 68."
        )
    found = np.array([index[_plain(name)] for name in names])
    _check_distinct(found, names, source)
    return [LandmarkOrder("by name", found), LandmarkOrder(f"by name, {EXCHANGED}", mirrored(found, known))]


def _by_number(names: tuple[str, ...], source: str) -> list[LandmarkOrder]:
    numbers = np.array([_number(name) for name in names])
    _check_distinct(numbers, names, source)
    orders = []
    for first, offset, label in (
        (1, 0, "numbers 1 to 68"),
        (0, 0, "numbers 0 to 67"),
        (1, CONTOUR, "numbers 1 to 51"),
        (0, CONTOUR, "numbers 0 to 50"),
    ):
        found = numbers - first + offset
        if found.min() >= offset and found.max() < TOTAL:
            orders.append(LandmarkOrder(label, found))
    if not orders:
        raise InputError(f"{source}: landmark numbers go from 1 to 68, not {numbers.min()} to {numbers.max()}.")
    return orders


def _by_count(count: int, known: Landmarks, source: str) -> list[LandmarkOrder]:
    inner, contour = np.arange(CONTOUR, TOTAL), np.arange(CONTOUR)
    if count == TOTAL:
        orders = [("68 points, iBUG order", np.arange(TOTAL)), ("the 17 of the contour last", np.r_[inner, contour])]
    elif count == TOTAL - CONTOUR:
        orders = [("51 points, iBUG order without the contour", inner)]
    elif count in COUNTS_IN_COMMON:
        found = [LandmarkOrder(label, indices, weights) for label, indices, weights in orders_in_common(count)]
        exchanged = [(f"{o.label}, {EXCHANGED}", mirrored(o.indices, known), o.weights) for o in found]
        return found + [LandmarkOrder(*order) for order in exchanged]
    else:
        raise InputError(
            f"{source}: there are {count} points; give all 68 or the 51 without the jaw contour in iBUG's order, "
            f"another list that is known ({', '.join(map(str, COUNTS_IN_COMMON))} points), or name every point (such "
            "as 'nose tip', or the numbers 1 to 68)."
        )
    found = [LandmarkOrder(label, indices) for label, indices in orders]
    found += [LandmarkOrder(f"{o.label}, {EXCHANGED}", mirrored(o.indices, known)) for o in found]
    return found + [LandmarkOrder(f"{label}, backwards", indices[::-1]) for label, indices in orders]


def likeliest_order(
    points: np.ndarray, used: np.ndarray, orders: list[LandmarkOrder], reference: np.ndarray, source: str
) -> tuple[LandmarkOrder, list[str]]:
    """The first order, unless another fits clearly better, and sentences about it.

    points : (N, 3) in any frame and unit; used : (N,) bool; reference : (68, 3) mm, of a mean head. Raises
    `InputError`, naming `source`, when none fits."""
    misfits = np.array([_misfit(order, points, used, reference) for order in orders])
    if not np.isfinite(misfits).any():
        raise InputError(f"{source}: there are too few points to use; give at least {LEAST_POINTS}, better 51.")
    best = int(np.argmin(misfits))
    if misfits[best] > _CLEARLY_BETTER * misfits[0]:
        best = 0
    order = orders[best]
    if not misfits[best] <= _LARGEST_MISFIT:
        raise InputError(
            f"{source}: the points fit no known order: at best ({order.label}) they lie {misfits[best]:.0f} mm "
            "off the mean head's (root mean square); give them in iBUG's order, 51 or 68, or name them."
        )
    notes = []
    if order.weights is not None:
        notes.append(order.note(len(points)))
    elif best:
        notes.append(
            f"The points are not in the expected order ({orders[0].label}: {misfits[0]:.1f} mm off) but fit another "
            f"({order.label}: {misfits[best]:.1f} mm); that was used."
        )
    if EXCHANGED in order.label:
        notes.append(
            "Left and right were exchanged, or the head is its mirror image (left-handed coordinates), which the points "
            "alone do not tell; if it is, mirror it (scale -1 along one axis) and its landmarks first."
        )
    return order, notes


def _misfit(order: LandmarkOrder, points: np.ndarray, active: np.ndarray, reference: np.ndarray) -> float:
    """Root mean square distance in mm of the points from the mean head's landmarks, best similarity; infinite where
    the order has too few of them."""
    points, active = order.points(points), order.all_of(active)
    used = active & (order.indices >= CONTOUR)
    if np.count_nonzero(used) < LEAST_POINTS:
        used = active
    if np.count_nonzero(used) < LEAST_POINTS:
        return float("inf")
    there = reference[order.indices[used]]
    onto = fit_similarity(points[used], there)
    return float(np.sqrt(((onto.apply(points[used]) - there) ** 2).sum(axis=1).mean()))


def mirrored(indices: np.ndarray, known: Landmarks) -> np.ndarray:
    """(N,) the landmarks on the other side of the face."""
    return mirror_of_68(known)[indices]


def mirror_of_68(known: Landmarks) -> np.ndarray:
    """(68,) the partner of every landmark across the midline, by the names; itself on it."""
    index = {name: position for position, name in enumerate(known.names)}
    swap = {"left": "right", "right": "left"}
    partners = []
    for name in known.names:
        side, _, rest = name.partition(" ")
        other = f"{swap[side]} {rest}" if side in swap else name
        # Jaw and brows are numbered from the subject's right to the left, across the midline.
        numbered = re.fullmatch(r"(jaw|right brow|left brow) (\d+)", name)
        if numbered:
            last = CONTOUR if numbered[1] == "jaw" else _BROW
            other = f"{other[: -len(numbered[2])]}{last + 1 - int(numbered[2])}"
        partners.append(index[other])
    return np.array(partners)


def _check_distinct(found: np.ndarray, names: tuple[str, ...], source: str) -> None:
    values, first = np.unique(found, return_index=True)
    if len(values) < len(found):
        twice = next(k for k in range(len(found)) if k not in first)
        raise InputError(f"{source}: the landmark '{names[twice]}' is there twice; name every point once.")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", name.lower()).strip()


def _ascending(names: tuple[str, ...]) -> bool:
    numbers = [_number(name) for name in names]
    return all(one < other for one, other in zip(numbers, numbers[1:]))


def _counts_on(names: tuple[str, ...]) -> bool:
    """Whether names are the numbers from 0 or 1 on."""
    numbers = [_number(name) for name in names]
    return numbers in ([*range(len(names))], [*range(1, len(names) + 1)])


def _number(name: str) -> int | None:
    return int(name) if re.fullmatch(r"\s*\d{1,3}\s*", name) else None
