"""Points on the Lee Perry-Smith scan that belong to HACK vertices, chosen by eye on renders.

The scan's eyes are closed: the margins of both lids lie along the line where the lids meet.
"""

from __future__ import annotations

# Name: HACK vertex, point in the scan's own units.
SCAN_POINTS: dict[str, tuple[int, tuple[float, float, float]]] = {
    "right eye inner corner": (631, (-0.4096, 1.7085, 1.8451)),
    "left eye inner corner": (2872, (0.1906, 1.7183, 1.8393)),
    "right eye outer corner": (567, (-0.9574, 1.6213, 1.7868)),
    "left eye outer corner": (2808, (0.784, 1.6447, 1.7275)),
    "right upper lid middle": (1964, (-0.7234, 1.6245, 1.9308)),
    "right lower lid middle": (578, (-0.7234, 1.5979, 1.882)),
    "left upper lid middle": (4164, (0.5426, 1.6149, 1.9374)),
    "left lower lid middle": (2819, (0.5426, 1.6, 1.8822)),
    "right upper lid inner": (612, (-0.5894, 1.6596, 1.9216)),
    "right lower lid inner": (572, (-0.5894, 1.6394, 1.9038)),
    "left upper lid inner": (2853, (0.3872, 1.666, 1.9366)),
    "left lower lid inner": (2813, (0.3872, 1.6426, 1.9277)),
    "right upper lid outer": (606, (-0.8489, 1.6191, 1.8976)),
    "right lower lid outer": (588, (-0.8489, 1.5979, 1.8392)),
    "left upper lid outer": (2847, (0.6638, 1.617, 1.8773)),
    "left lower lid outer": (2829, (0.6638, 1.6074, 1.8311)),
    "nose tip": (4841, (-0.0879, 1.0987, 2.5933)),
    "subnasale": (1147, (-0.1117, 0.8745, 2.312)),
    "mentolabial sulcus": (7, (-0.1053, 0.0894, 2.1956)),
    "upper lip middle": (5525, (-0.1053, 0.5697, 2.3491)),
    "left lip peak": (6547, (0.0016, 0.5824, 2.3322)),
    "right lip peak": (6043, (-0.2122, 0.5809, 2.3284)),
    "right lip corner": (5708, (-0.5011, 0.3862, 2.094)),
    "left lip corner": (6213, (0.3447, 0.4165, 2.0889)),
    "lower lip middle": (5518, (-0.1021, 0.308, 2.2947)),
    "upper lip inside": (5533, (-0.1053, 0.458, 2.2343)),
    "lower lip inside": (5517, (-0.1053, 0.4404, 2.2246)),
    "left tragus": (7094, (1.3623, 1.2388, 0.3675)),
    "left ear lobe bottom": (7122, (1.3866, 0.6567, 0.3426)),
    "left helix back": (6857, (1.7049, 1.4167, -0.204)),
    "right tragus": (7821, (-1.5388, 1.259, 0.398)),
    "right ear lobe bottom": (7849, (-1.5777, 0.6567, 0.3164)),
    "right helix back": (7584, (-1.8784, 1.4612, -0.2182)),
}
