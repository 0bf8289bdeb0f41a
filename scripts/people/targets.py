"""MakeHuman's morph targets on the head mesh that ships."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.topologies import load_builtin
from headbridge.topologies.builtin import asset_path

# Targets are in decimetres.
MILLIMETRES = 100.0


@dataclass(frozen=True, eq=False)
class Targets:
    """names : N target names, such as "nose/nose-hump-incr"; deltas : (N, V, 3) float32 on `base` (V, 3), mm."""

    names: tuple[str, ...]
    deltas: np.ndarray
    base: np.ndarray

    def head(self, weights: dict[str, float]) -> np.ndarray:
        """(V, 3) the head with some targets' weights, mm. Raises KeyError for a name that is no target."""
        return self.heads([weights])[0]

    def heads(self, people: list[dict[str, float]]) -> np.ndarray:
        """(P, V, 3) float32 heads, mm."""
        return self.base.astype(np.float32) + np.tensordot(self.rows(people), self.deltas, 1)

    def rows(self, people: list[dict[str, float]]) -> np.ndarray:
        """(P, N) float32 weights of every target."""
        place = {name: k for k, name in enumerate(self.names)}
        rows = np.zeros((len(people), len(self.names)), np.float32)
        for row, weights in zip(rows, people):
            for name, weight in weights.items():
                row[place[name]] = weight
        return rows


def read_targets(folder: Path) -> Targets:
    """All targets under `folder` (`targets/all` of the open input data), in the order of their names."""
    base = load_builtin("makehuman").vertices
    with np.load(asset_path("makehuman.npz"), allow_pickle=False) as stored:
        original = stored["original_vertices"]
    paths = sorted(folder.rglob("*.target.gz"))
    if not paths:
        raise FileNotFoundError(f"there are no MakeHuman targets under {folder}")
    deltas = np.zeros((len(paths), len(base), 3), np.float32)
    for delta, path in zip(deltas, paths):
        lines = (line.split() for line in gzip.open(path, "rt") if not line.startswith("#"))
        table = np.array([[float(word) for word in words] for words in lines if len(words) == 4])
        if len(table):
            moved = np.zeros((max(original.max(), int(table[:, 0].max())) + 1, 3))
            moved[table[:, 0].astype(int)] = table[:, 1:] * MILLIMETRES
            delta[:] = moved[original]
    names = tuple(path.relative_to(folder).as_posix().removesuffix(".target.gz") for path in paths)
    return Targets(names, deltas, base)
