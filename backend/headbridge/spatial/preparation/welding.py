"""Closing the cuts of triangle soups and seams, and no others."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ...mesh.adjacency import connected_labels
from .faces import Faces
from .sides import Sides, smoothest_pairs

NEAR = 1e-5
"""Vertices closer than this share of the mesh's size are at one place: some micrometres on a head, which rounding
explains and no slit between lips or lids is as narrow as."""


def weld(vertices: np.ndarray, faces: Faces, places: np.ndarray) -> np.ndarray:
    """(V,) the vertex that every vertex of the faces becomes: the lowest of those that it is joined with.

    Open sides whose ends lie at the same places are one edge, and their ends the same vertices. So surfaces that touch
    in vertices stay apart, and so does all that is connected already, such as lips that lie on each other.

    places : (V,), the first vertex at the same position."""
    joined = _joined_where_open(vertices, faces, places)
    if joined is not None:
        faces = faces.with_vertices(joined)
    near = _near_places(vertices, faces, places)
    again = None if near is None else _joined_where_open(vertices, faces, near)
    if joined is None or again is None:
        found = again if joined is None else joined
        return np.arange(len(vertices)) if found is None else found
    return again[joined]


def _joined_where_open(vertices: np.ndarray, faces: Faces, places: np.ndarray) -> np.ndarray | None:
    """(V,) what open sides at the same places make of every vertex; None where there are none."""
    tails, heads, border = faces.sides.tails, faces.sides.heads, faces.sides.border()
    open_sides = border[places[tails[border]] != places[heads[border]]]
    at_places, links, lone = places[faces.triangles], [], _lone(faces)
    while len(open_sides):
        sides = Sides.of(at_places, open_sides)
        rounds = [sides.pairs(), smoothest_pairs(vertices, at_places, sides)]
        one, other = (np.concatenate(found) for found in zip(*rounds))
        if not len(one):
            break
        left = np.ones(len(tails), bool)
        left[one] = left[other] = False
        open_sides = open_sides[left[open_sides]]
        same = places[tails[one]] == places[tails[other]]
        allowed = ~same | lone[one // 3] | lone[other // 3]
        one, other, same = one[allowed], other[allowed], same[allowed]
        links.append(np.stack([tails[one], np.where(same, tails[other], heads[other])], axis=1))
        links.append(np.stack([heads[one], np.where(same, heads[other], tails[other])], axis=1))
    if not links:
        return None
    return _lowest_of_each(connected_labels(len(vertices), np.concatenate(links)))


def _lone(faces: Faces) -> np.ndarray:
    """(N,) bool, triangles and quads that are connected to nothing, as in a soup.

    Their winding may be anything; larger pieces whose windings disagree along an edge are different surfaces."""
    one, other = faces.sides.pairs()
    labels = connected_labels(len(faces.kept), np.stack([one // 3, other // 3], axis=1))
    return np.bincount(labels)[labels] <= 2


def _lowest_of_each(labels: np.ndarray) -> np.ndarray:
    """(V,) the lowest vertex with the same one of (V,) labels."""
    lowest = np.empty(int(labels.max()) + 1, np.int64)
    # The last one written stays.
    lowest[labels[::-1]] = np.arange(len(labels))[::-1]
    return lowest[labels]


def _near_places(vertices: np.ndarray, faces: Faces, places: np.ndarray) -> np.ndarray | None:
    """`places` with those put together that are nearly at one and have open sides; None where there are none."""
    border = faces.sides.border()
    candidates = np.unique(places[np.concatenate([faces.sides.tails[border], faces.sides.heads[border]])])
    if not len(candidates):
        return None
    size = float(np.linalg.norm(np.ptp(vertices[faces.triangles.reshape(-1)], axis=0)))
    tree = cKDTree(vertices[candidates], balanced_tree=False, compact_nodes=False)
    pairs = candidates[tree.query_pairs(NEAR * size, output_type="ndarray")]
    if not len(pairs):
        return None
    at_place = np.stack([np.arange(len(places)), places], axis=1)
    return _lowest_of_each(connected_labels(len(vertices), np.concatenate([pairs, at_place])))
