"""Half-edges of a polygon mesh: how its corners follow each other within faces and across edges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .mesh import Mesh


@dataclass(frozen=True, eq=False)
class HalfEdges:
    """Half-edge c starts at face corner c and runs to the next corner of its face.

    tails, heads : (C,) vertices; after : (C,) the half-edge that follows in the face; across : (C,) the one that runs
    the other way along the edge, -1 on a border and where faces crowd or disagree; sizes : (C,) corners of the face;
    vertex_count : of the mesh."""

    tails: np.ndarray
    heads: np.ndarray
    after: np.ndarray
    across: np.ndarray
    sizes: np.ndarray
    vertex_count: int

    @classmethod
    def of(cls, mesh: Mesh) -> HalfEdges:
        tails = mesh.corners.astype(np.int64)
        after = np.arange(1, len(tails) + 1)
        after[mesh.face_starts + mesh.face_sizes - 1] = mesh.face_starts
        heads = tails[after]
        count = len(mesh.vertices)
        keys = np.minimum(tails, heads) * count + np.maximum(tails, heads)
        order = np.argsort(keys, kind="stable")
        new = np.ones(len(order), bool)
        new[1:] = np.diff(keys[order]) != 0
        starts = np.flatnonzero(new)
        starts = starts[np.diff(starts, append=len(order)) == 2]
        one, other = order[starts], order[starts + 1]
        opposed = tails[one] == heads[other]
        across = np.full(len(tails), -1)
        across[one[opposed]], across[other[opposed]] = other[opposed], one[opposed]
        return cls(tails, heads, after, across, np.repeat(mesh.face_sizes, mesh.face_sizes), count)

    @cached_property
    def signatures(self) -> np.ndarray:
        """(C,) uint64, equal for half-edges whose surroundings within some rings are connected alike.

        Vertices are coloured by what their neighbours' colours were, round after round (Weisfeiler and Leman 1968); a
        half-edge has the colours of its ends and of the corner after them in this order, which tells a side of a
        symmetric mesh from the other."""
        order = np.argsort(self.tails, kind="stable")
        starts = np.flatnonzero(np.diff(self.tails[order], prepend=-1))
        vertex = self.tails[order][starts]
        colours = np.zeros(self.vertex_count, np.uint64)
        around = _mixed(self.sizes.astype(np.uint64))
        for _ in range(_RINGS):
            colours[vertex] = _mixed(_FACTOR * colours[vertex] + np.add.reduceat(around[order], starts))
            around = _mixed(colours[self.heads] + self.sizes.astype(np.uint64))
        parts = (colours[self.tails], colours[self.heads], colours[self.heads[self.after]])
        found = _mixed(self.sizes.astype(np.uint64))
        for part in parts:
            found = _mixed(_FACTOR * found + part)
        return found

    @cached_property
    def single(self) -> tuple[np.ndarray, np.ndarray]:
        """(N,) the signatures that only one half-edge has, ascending, and (N,) these half-edges."""
        order = np.argsort(self.signatures, kind="stable")
        values = self.signatures[order]
        new = np.ones(len(values) + 1, bool)
        new[1:-1] = values[1:] != values[:-1]
        alone = new[:-1] & new[1:]
        return values[alone], order[alone]


# Far enough to find places that no other is like, near enough to find them in pieces too.
_RINGS = 5
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def _mixed(words: np.ndarray) -> np.ndarray:
    """The bits of every uint64 spread over all of it (the end of the SplitMix64 generator)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
