"""Which side of a surface is the outside: neighbours that agree, and parts that look outward."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix, csgraph

from ...mesh.adjacency import connected_labels
from ...mesh.normals import normalized, triangle_cross
from ..surface import Surface
from .sides import Sides

# Points that look around, in all and at least for a part, and rays from each to either side.
_POINTS = 3000
_LEAST_POINTS = 48
_RAYS = 8
# A part turns when rays escape from its back more often than from its front, by this much and so many standard errors,
# and the part itself bends around the front by this much: a table under a head is seen from both sides.
_CLEARLY = 0.02
_ERRORS = 4.0
_BENT = 0.05
# Rays start this far from the surface, as a share of the mesh's size.
_OFF = 1e-5


def consistent_turns(sides: Sides, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turns that make neighbours agree about the outside.

    sides : of T triangles, at most two at an edge; areas : (T,). Returns (T,) the part every triangle is connected to
    over edges, (T,) bool which to turn (of every part those with less area), and (T,) bool which to leave out because
    no turn makes them agree, as on a Moebius band."""
    one, other = sides.pairs()
    disagree = sides.tails[one] == sides.tails[other]
    pairs = np.stack([one // 3, other // 3], axis=1)
    parts = connected_labels(len(areas), pairs)
    out = np.zeros(len(areas), bool)
    if not disagree.any():
        return parts, out, out
    patches = connected_labels(len(areas), pairs[~disagree])
    turned = _parity(patches, pairs[disagree])[patches]
    turned_area = np.bincount(parts, areas * turned)
    turned ^= (2.0 * turned_area > np.bincount(parts, areas))[parts]
    clash = pairs[(turned[pairs[:, 0]] ^ turned[pairs[:, 1]]) != disagree]
    out[clash.max(axis=1)] = True
    return parts, turned, out


def _parity(patches: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """(P,) bool, which patches are turned against the first of their part: those that (N, 2) `pairs` of triangles join
    disagree. Where that cannot hold all around, the longer borders decide."""
    count = int(patches.max()) + 1
    ends = np.sort(patches[pairs], axis=1).astype(np.int64)
    keys, lengths = np.unique(ends[:, 0] * count + ends[:, 1], return_counts=True)
    low, high = np.divmod(keys, count)
    apart = low != high
    costs = coo_matrix((1.0 / lengths[apart], (low[apart], high[apart])), shape=(count, count))
    tree = csgraph.minimum_spanning_tree(costs).tocoo()
    # Two copies of every patch, one turned: an edge of the tree joins a patch to the other copy of its neighbour.
    sheets = connected_labels(
        2 * count,
        np.concatenate([np.stack([tree.row, tree.col + count], 1), np.stack([tree.row + count, tree.col], 1)]),
    )
    trees = connected_labels(count, np.stack([tree.row, tree.col], axis=1))
    _, first = np.unique(trees, return_index=True)
    return sheets[:count] != sheets[first][trees]


def inward_parts(
    vertices: np.ndarray,
    triangles: np.ndarray,
    areas: np.ndarray,
    parts: np.ndarray,
    sizes: np.ndarray,
    closed: np.ndarray,
) -> np.ndarray:
    """(P,) bool, parts of a surface whose faces look inward.

    A closed part looks outward when its volume is positive. Of an open one the outside is the side that is seen from
    outside, and that the part does not bend around: rays from there escape more often than from the other side, and
    meet the part itself less often. Where nothing tells, a part stays.

    triangles : (T, 3), consistent within every part; areas : (T,); parts : (T,) labels; sizes : (P,) areas, 0 for
    parts that do not matter; closed : (P,) bool."""
    inward = closed & (sizes > 0.0)
    if inward.any():
        inward &= _volumes(vertices, triangles, parts, len(sizes)) < 0.0
    sizes = np.where(closed, 0.0, sizes)
    return inward | _seen_inward(vertices, triangles, areas, parts, sizes) if sizes.any() else inward


def _seen_inward(
    vertices: np.ndarray, triangles: np.ndarray, areas: np.ndarray, parts: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    """(P,) bool, the parts with `sizes` that are seen from their back rather than from their front."""
    chosen, triangle = _points_by_area(areas, parts, sizes)
    random = np.random.default_rng(0)
    points = np.einsum("nk,nkd->nd", random.dirichlet(np.ones(3), len(triangle)), vertices[triangles[triangle]])
    normals = normalized(triangle_cross(vertices, triangles[triangle]))
    surface = Surface(vertices, triangles)
    off = _OFF * float(np.linalg.norm(np.ptp(points, axis=0)))
    # Unit vectors added to the normal are spread with the cosine, as daylight on a plane.
    around = normalized(random.normal(size=(len(points) * _RAYS, 3)))
    number = np.maximum(np.bincount(chosen, minlength=len(sizes)), 1)
    escaped, met_itself = [], []
    for side in (1.0, -1.0):
        directions = side * (np.repeat(normals, _RAYS, axis=0) + around)
        hits = surface.cast(np.repeat(points + side * off * normals, _RAYS, axis=0), directions)
        own = hits.hit & (parts[hits.triangles] == np.repeat(chosen, _RAYS))
        for rates, seen in ((escaped, ~hits.hit), (met_itself, own)):
            rates.append(seen.reshape(-1, _RAYS).mean(axis=1))
    front, back, front_own, back_own = (np.bincount(chosen, r, len(sizes)) / number for r in (*escaped, *met_itself))
    squares = np.bincount(chosen, (escaped[1] - escaped[0]) ** 2, len(sizes)) / number
    error = np.sqrt(np.maximum(squares - (back - front) ** 2, 0.0) / number)
    return (back - front > np.maximum(_CLEARLY, _ERRORS * error)) & (front_own - back_own > _BENT)


def _points_by_area(areas: np.ndarray, parts: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part (N,) and triangle (N,) of points spread by area over the parts that matter."""
    share = sizes / max(sizes.sum(), 1e-300)
    numbers = np.where(sizes > 0.0, np.maximum(_LEAST_POINTS, _POINTS * share), 0).astype(np.int64)
    # Many parts share what there is: strands of hair say little one by one.
    if numbers.sum() > 4 * _POINTS:
        numbers = np.where(sizes > 0.0, np.maximum(4 * _POINTS * numbers // numbers.sum(), 4), 0)
    order = np.argsort(parts, kind="stable")
    reached = np.cumsum(areas[order])
    last = np.cumsum(np.bincount(parts, minlength=len(sizes))) - 1
    before = np.concatenate([[0.0], reached[last[:-1]]])
    chosen = np.repeat(np.arange(len(sizes)), numbers)
    within = np.arange(len(chosen)) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    at = before[chosen] + (within + 0.5) / numbers[chosen] * (reached[last] - before)[chosen]
    first = last + 1 - np.bincount(parts, minlength=len(sizes))
    place = np.clip(np.searchsorted(reached, at), first[chosen], last[chosen])
    return chosen, order[place]


def _volumes(vertices: np.ndarray, triangles: np.ndarray, parts: np.ndarray, count: int) -> np.ndarray:
    """(P,) the volumes of closed parts, negative where their faces look inward."""
    corner = (vertices - vertices[triangles[0, 0]])[triangles]
    volume = np.einsum("td,td->t", corner[:, 0], np.cross(corner[:, 1], corner[:, 2])) / 6.0
    return np.bincount(parts, volume, count)
