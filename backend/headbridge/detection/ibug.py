"""The 68 landmarks of iBUG by the detector's points: 51 with a place on the skin, and the jaw contour.

The detector marks other places, so every landmark is the mean of one or two of its points, chosen by where both lie on
the built-in heads (`surface_points` and the topology tables). Brows are an exception: the detector follows their hair,
the tables a place on the skin, and heads differ in that by a centimetre.
"""

from __future__ import annotations

import numpy as np

from .detector import POINT_COUNT
from .surface_points import surface_points

_BROWS = (
    *((70, 46), (63, 53), (105, 52), (66, 65), (107, 55)),
    *((336, 285), (296, 295), (334, 282), (293, 283), (300, 276)),
)
# Per landmark from 17 on: the detector's points and their weights.
_COMBINATIONS = (
    # Brows, from the subject's right to the left: the middle of their hair, between the detector's upper and lower rows.
    *(((upper, 0.5), (lower, 0.5)) for upper, lower in _BROWS),
    # Nose bridge and tip, then ala to ala.
    ((168, 1.0),),
    ((6, 0.5), (197, 0.5)),
    ((195, 1.0),),
    ((4, 0.75), (5, 0.25)),
    ((97, 0.33), (98, 0.67)),
    ((97, 1.0),),
    ((2, 1.0),),
    ((326, 1.0),),
    ((326, 0.33), (327, 0.67)),
    # Right eye from its outer corner over the upper lid.
    ((33, 1.0),),
    ((246, 0.5), (159, 0.5)),
    ((157, 0.5), (159, 0.5)),
    ((133, 1.0),),
    ((145, 0.5), (154, 0.5)),
    ((163, 0.5), (144, 0.5)),
    # Left eye from its inner corner over the upper lid.
    ((362, 1.0),),
    ((384, 0.5), (386, 0.5)),
    ((466, 0.5), (386, 0.5)),
    ((263, 1.0),),
    ((390, 0.5), (373, 0.5)),
    ((374, 0.5), (381, 0.5)),
    # Outer lips from the right corner over the upper lip.
    ((57, 0.2), (61, 0.8)),
    ((39, 0.25), (40, 0.75)),
    ((37, 0.8), (167, 0.2)),
    ((37, 0.5), (267, 0.5)),
    ((267, 0.8), (393, 0.2)),
    ((269, 0.25), (270, 0.75)),
    ((287, 0.2), (291, 0.8)),
    ((321, 1.0),),
    ((314, 0.4), (405, 0.6)),
    ((17, 1.0),),
    ((84, 0.4), (181, 0.6)),
    ((91, 1.0),),
    # Inner lips from the right corner over the upper lip.
    ((61, 0.5), (78, 0.5)),
    ((81, 1.0),),
    ((13, 1.0),),
    ((311, 1.0),),
    ((291, 0.5), (308, 0.5)),
    ((402, 1.0),),
    ((14, 1.0),),
    ((178, 1.0),),
)

# The contour from the subject's right ear to the chin, at equal distances on the detector's outline of frontal faces; it
# lies where the face ends in the picture, on no place of the skin. The left side mirrors it.
_RIGHT_CONTOUR = (
    ((127, 1.0),),
    ((234, 0.77), (93, 0.23)),
    ((93, 0.56), (132, 0.44)),
    ((132, 0.47), (58, 0.53)),
    ((58, 0.35), (172, 0.65)),
    ((136, 0.92), (150, 0.08)),
    ((150, 0.28), (149, 0.72)),
    ((176, 0.47), (148, 0.53)),
    ((152, 1.0),),
)


def ibug_weights() -> np.ndarray:
    """(51, 478) weights of the detector's points; rows sum to 1."""
    return _weights(_COMBINATIONS)


def contour_weights() -> np.ndarray:
    """(17, 478) weights of the detector's points for the jaw contour, the subject's right ear first; rows sum to 1."""
    right = _weights(_RIGHT_CONTOUR)
    return np.concatenate([right, right[-2::-1, surface_points("hack").mirror]])


def _weights(combinations: tuple[tuple[tuple[int, float], ...], ...]) -> np.ndarray:
    weights = np.zeros((len(combinations), POINT_COUNT))
    for row, combination in zip(weights, combinations, strict=True):
        for point, weight in combination:
            row[point] = weight
    return weights


def ibug_51(points: np.ndarray) -> np.ndarray:
    """(51, D) landmarks from the detector's (478, D) points, in a picture or in space."""
    return ibug_weights() @ points


def ibug_68(points: np.ndarray) -> np.ndarray:
    """(68, D) landmarks from the detector's (478, D) points in a picture: the jaw contour, then the 51."""
    return np.concatenate([contour_weights() @ points, ibug_51(points)])
