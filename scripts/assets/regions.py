"""Named regions of the HACK/ICT head, from its documented vertex ranges and from curves, landmarks and shape."""

from __future__ import annotations

import numpy as np

from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import boundary_loops, grow

from .rims import enclosed

# First vertices of the ICT-FaceKit parts (its documentation).
NARROW_FACE_END, FACE_END, SKIN_END = 6706, 9409, 11248
MOUTH_BAG_END, LEFT_SOCKET_END, RIGHT_SOCKET_END = 13294, 13678, 14062
GUMS_AND_TONGUE_END, TEETH_END, LEFT_EYEBALL_END, RIGHT_EYEBALL_END = 17039, 21451, 23021, 24591
LACRIMAL_END, EYE_BLEND_END, EYE_OCCLUSION_END, LASHES_END = 24999, 25047, 25351, 26719

# The ear's outline in the side view (x to the back, y up), millimetres on the HACK template.
_EAR_OUTLINE = np.array(
    [[-9, 34], [2, 40], [16, 38], [22, 20], [20, 4], [14, -6], [4, -16], [-9, -20], [-20, -19]]
    + [[-22, -15], [-16, -6], [-14, 6], [-11, 15], [-10, 25]],
    float,
)


def ranges(count: int, **parts: tuple[int, int]) -> dict[str, np.ndarray]:
    index = np.arange(count)
    return {name: (index >= first) & (index < end) for name, (first, end) in parts.items()}


def inside_polygon(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """(N,) bool for (N, 2) points in a simple polygon (K, 2), by crossing number."""
    x, y = points[:, :1], points[:, 1:]
    x0, y0 = polygon.T
    x1, y1 = np.roll(polygon, -1, axis=0).T
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return crossing.sum(axis=1) % 2 == 1


def interiors(mesh: Mesh, rims: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What each rim encloses: nostril interiors, what lies behind the lids, and behind the lips."""
    return {name: enclosed(mesh, rim) for name, rim in rims.items() if name != "lips_outer"}


def lips_between(mesh: Mesh, rims: dict[str, np.ndarray]) -> np.ndarray:
    """(V,) bool, the vermilion: from the outer border to the line where the lips close, both included."""
    lips = enclosed(mesh, rims["lips_outer"]) & ~enclosed(mesh, rims["lips_inner"])
    lips[rims["lips_outer"]] = True
    lips[rims["lips_inner"]] = True
    return lips


def lowest_boundary(mesh: Mesh, rings: int) -> np.ndarray:
    """(V,) bool, the rings of vertices at the lower end (neck or bust) of an open head."""
    loop = min(boundary_loops(mesh), key=lambda vertices: mesh.vertices[vertices, 1].mean())
    seed = np.zeros(len(mesh.vertices), bool)
    seed[loop] = True
    return grow(mesh, seed, rings - 1)


def hack_regions(mesh: Mesh, landmarks: np.ndarray, rims: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Regions of the HACK head (14,062 vertices, mm); landmarks (68, 3) on it."""
    x, y, z = mesh.vertices.T
    regions = ranges(
        len(x),
        narrow_face=(0, NARROW_FACE_END),
        mouth_bag=(SKIN_END, MOUTH_BAG_END),
        left_eye_socket=(MOUTH_BAG_END, LEFT_SOCKET_END),
        right_eye_socket=(LEFT_SOCKET_END, RIGHT_SOCKET_END),
    )
    inner = interiors(mesh, rims)
    regions["mouth_bag"] |= inner["lips_inner"]
    for side in ("left", "right"):
        regions[f"{side}_eye_socket"] |= inner[f"{side}_lids"]
    hidden = np.any(list(inner.values()), axis=0)
    skin = (np.arange(len(x)) < SKIN_END) & ~hidden
    regions["narrow_face"] &= skin
    wide = (np.arange(len(x)) < FACE_END) & skin

    ear = wide & ~regions["narrow_face"] & (np.abs(x) > 60.0)
    ear &= inside_polygon(np.stack([-z, y], axis=1), _EAR_OUTLINE)
    regions["left_ear"], regions["right_ear"] = ear & (x > 0), ear & (x < 0)

    regions["boundary"] = lowest_boundary(mesh, 3)
    rest = skin & ~regions["narrow_face"] & ~ear & ~regions["boundary"]
    temple = rest & wide & (z > 9.0) & (y > -18.0) & (y < 105.0)
    # From the nape under the lobe the neck begins at the hairline's height; further forward all that is left is neck.
    neck = rest & ~temple & (y < np.interp(z, [-80.0, -20.0, 10.0], [0.0, -10.0, -18.0]))
    regions["face"] = regions["narrow_face"] | temple
    regions["neck"] = neck
    regions["scalp"] = rest & ~temple & ~neck

    regions["lips"] = lips_between(mesh, rims)
    nasion, base, ala = landmarks[27], landmarks[33], landmarks[[31, 35]]
    half = np.interp(y, [base[1], base[1] + 14.0, nasion[1]], [np.ptp(ala[:, 0]) / 2 + 9.0, 20.0, 9.0])
    nose = regions["narrow_face"] & (np.abs(x) < half) & (y < nasion[1] + 4.0) & (y > base[1] - 1.5) & (z > 88.0)
    regions["nose"] = nose
    for side, rows in (("left", slice(42, 48)), ("right", slice(36, 42))):
        centre = landmarks[rows].mean(axis=0)
        round_eye = ((x - centre[0]) / 27.0) ** 2 + ((y - centre[1]) / 20.0) ** 2 < 1.0
        regions[f"{side}_eye_region"] = regions["narrow_face"] & round_eye & ~nose & (x * centre[0] > 0)
    brows = landmarks[22:27]
    brow = np.interp(np.abs(x), brows[:, 0], brows[:, 1])
    eyes = regions["left_eye_region"] | regions["right_eye_region"]
    regions["forehead"] = regions["face"] & (y > brow + 2.0) & ~eyes & ~nose & (z > 45.0)
    return regions
