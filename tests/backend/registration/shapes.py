"""Small meshes whose geometry is known, for the registration tests."""

import numpy as np


def sphere(subdivisions: int, radius: float = 1.0):
    """An icosphere: (V, 3) vertices and (T, 3) triangles, counter-clockwise from outside."""
    t = (1 + 5**0.5) / 2
    vertices = np.array(
        [[-1, t, 0], [1, t, 0], [-1, -t, 0], [1, -t, 0], [0, -1, t], [0, 1, t], [0, -1, -t], [0, 1, -t]]
        + [[t, 0, -1], [t, 0, 1], [-t, 0, -1], [-t, 0, 1]],
        float,
    )
    triangles = np.array(
        [[0, 11, 5], [0, 5, 1], [0, 1, 7], [0, 7, 10], [0, 10, 11], [1, 5, 9], [5, 11, 4], [11, 10, 2], [10, 7, 6]]
        + [[7, 1, 8], [3, 9, 4], [3, 4, 2], [3, 2, 6], [3, 6, 8], [3, 8, 9], [4, 9, 5], [2, 4, 11], [6, 2, 10]]
        + [[8, 6, 7], [9, 8, 1]]
    )
    for _ in range(subdivisions):
        edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
        unique, place = np.unique(edges, axis=0, return_inverse=True)
        ab, bc, ca = len(vertices) + place.reshape(3, -1)
        vertices = np.concatenate([vertices, vertices[unique].mean(axis=1)])
        a, b, c = triangles.T
        triangles = np.concatenate([np.stack(f, axis=1) for f in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return radius * vertices / np.linalg.norm(vertices, axis=1, keepdims=True), triangles.astype(np.int32)


def sheet(columns: int, rows: int, step: float = 1.0):
    """A flat grid in the xy plane facing +Z: (V, 3) vertices and (T, 3) triangles."""
    y, x = np.mgrid[0:rows, 0:columns] * step
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    a, b, c, d = corner, corner + 1, corner + columns + 1, corner + columns
    return vertices, np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]).astype(np.int32)


def joined(*surfaces):
    """Several (vertices, triangles) as one."""
    starts = np.cumsum([0] + [len(vertices) for vertices, _ in surfaces])
    triangles = [part + start for (_, part), start in zip(surfaces, starts)]
    return np.concatenate([vertices for vertices, _ in surfaces]), np.concatenate(triangles).astype(np.int32)


def blob(subdivisions: int, bump: float = 0.0):
    """A lopsided head of some 90 mm radius with a nose at +Z, chin and nape, so that only one pose fits: (V, 3)
    vertices and (T, 3) triangles. `bump` is the height in mm of a swelling on its left temple (+X)."""
    unit, triangles = sphere(subdivisions)

    def swelling(direction, width):
        away = unit - np.array(direction) / np.linalg.norm(direction)
        return np.exp(-(away**2).sum(axis=1) / width)

    radius = 85.0 + 22.0 * swelling([0, -0.1, 1], 0.06) + 14.0 * swelling([0.1, -1, 0.6], 0.15)
    radius += 10.0 * swelling([-0.2, 0.3, -1], 0.4) + bump * swelling([1, 0.2, 0.2], 0.06)
    return radius[:, None] * unit * [0.85, 1.15, 1.0], triangles
