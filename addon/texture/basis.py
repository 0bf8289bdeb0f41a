# SPDX-License-Identifier: GPL-3.0-or-later
"""Mean and components of textures, as the backend gave them, and the pictures that coefficients make of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .. import job_answer

# A basis takes up to some hundred megabytes.
_MOST_KEPT = 2


class BasisKey(NamedTuple):
    """What a basis was asked for."""

    space: str
    layout: str
    size: int
    components: int


@dataclass(frozen=True, eq=False)
class Basis:
    """mean : (T, size, size, 3); components : (K, T, size, size, 3); float32, encoded sRGB 0..1, row 0 at the top.
    tiles : (u, v) of the T tiles."""

    mean: np.ndarray
    components: np.ndarray
    tiles: tuple[tuple[int, int], ...]

    @classmethod
    def read(cls, folder: str, answer: dict) -> Basis:
        """That of an answer to the task "texture_basis", from the job's folder."""
        tiles = tuple(map(tuple, answer["tiles"]))
        shapes = {"mean": (len(tiles), None, None, 3), "components": (None, len(tiles), None, None, 3)}
        arrays = job_answer.read_arrays(folder, answer["result"], shapes)
        mean, components = (arrays[name].astype(np.float32) for name in ("mean", "components"))
        if components.shape[1:] != mean.shape or mean.shape[1] != mean.shape[2]:
            raise job_answer.damaged(f"a mean of {mean.shape} with components of {components.shape}")
        return cls(mean, components, tiles)

    def colours(self, coefficients: np.ndarray) -> np.ndarray:
        """(T, size, size, 3) float32 of (K,) coefficients, not clipped."""
        moved = np.flatnonzero(coefficients)
        if not len(moved):
            return self.mean
        rows = self.components.reshape(len(self.components), -1)
        # All rows at once is one product, a few by themselves less work.
        few = 3 * len(moved) < len(rows)
        added = sum(coefficients[k] * rows[k] for k in moved) if few else coefficients @ rows
        return self.mean + added.reshape(self.mean.shape)


def in_bytes(colours: np.ndarray) -> np.ndarray:
    """Colours 0..1 as uint8."""
    return np.rint(255.0 * np.clip(colours, 0.0, 1.0)).astype(np.uint8)


_kept: dict[BasisKey, Basis] = {}


def keep(key: BasisKey, basis: Basis) -> None:
    """Keep a basis for the sliders, and the one before."""
    _kept.pop(key, None)
    _kept[key] = basis
    while len(_kept) > _MOST_KEPT:
        del _kept[next(iter(_kept))]


def find(key: BasisKey) -> Basis | None:
    """A basis that is kept."""
    return _kept.get(key)


def forget() -> None:
    """Keep none."""
    _kept.clear()
