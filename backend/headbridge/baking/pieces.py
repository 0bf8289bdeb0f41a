"""Cutting triangles into equal pieces, all alike, so that a texel finds its piece by its barycentrics."""

from __future__ import annotations

import numpy as np
import warp as wp


def cut_triangle(parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut a triangle's sides into `parts`: barycentric weights (P, 3) of the points and the (parts * parts, 3) pieces
    between them, each turned as the triangle."""
    places = [(i, j) for i in range(parts + 1) for j in range(parts + 1 - i)]
    number = {place: k for k, place in enumerate(places)}
    weights = np.array([(parts - i - j, i, j) for i, j in places]) / parts
    pieces = []
    for i, j in places:
        if i + j < parts:
            pieces.append((number[i, j], number[i + 1, j], number[i, j + 1]))
        if i + j < parts - 1:
            pieces.append((number[i + 1, j], number[i + 1, j + 1], number[i, j + 1]))
    return weights, np.array(pieces)


@wp.func
def piece_at(barycentrics: wp.vec3, parts: int):
    """The piece, as `cut_triangle` orders them, in which a point lies, and its weights of the piece's second and third
    corner."""
    a = barycentrics[1] * float(parts)
    b = barycentrics[2] * float(parts)
    i = wp.clamp(int(wp.floor(a)), 0, parts - 1)
    j = wp.clamp(int(wp.floor(b)), 0, parts - 1 - i)
    a -= float(i)
    b -= float(j)
    # Row i begins after the 2 * (parts - k) - 1 pieces of every row k before it.
    piece = i * (2 * parts - i) + 2 * j
    if a + b > 1.0 and i + j < parts - 1:
        return piece + 1, wp.vec2(a + b - 1.0, 1.0 - a)
    return piece, wp.vec2(a, b)
