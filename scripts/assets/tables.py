"""The tables of one topology on their way into an asset file."""

from __future__ import annotations

import numpy as np

from headbridge.topologies import Landmarks, Topology

_SUBJECT = ("right", "left")
BROWS = [f"{side} brow {k}" for side in _SUBJECT for k in range(1, 6)]
NOSE = [f"nose bridge {k}" for k in range(1, 4)] + ["nose tip"]
NOSE_BASE = ["right ala", "right nostril base", "subnasale", "left nostril base", "left ala"]
EYES = [
    "right eye outer corner", "right upper lid outer", "right upper lid inner", "right eye inner corner",
    "right lower lid inner", "right lower lid outer", "left eye inner corner", "left upper lid inner",
    "left upper lid outer", "left eye outer corner", "left lower lid outer", "left lower lid inner",
]  # fmt: skip
LIPS = [
    "right lip corner", "right upper lip", "right lip peak", "upper lip middle", "left lip peak", "left upper lip",
    "left lip corner", "left lower lip", "left lower lip border", "lower lip middle", "right lower lip border",
    "right lower lip", "right inner lip corner", "right upper lip inside", "upper lip inside", "left upper lip inside",
    "left inner lip corner", "left lower lip inside", "lower lip inside", "right lower lip inside",
]  # fmt: skip
NAMES_51 = tuple(BROWS + NOSE + NOSE_BASE + EYES + LIPS)
NAMES_68 = tuple(f"jaw {k}" for k in range(1, 18)) + NAMES_51


def vertex_landmarks(vertices, names) -> Landmarks:
    """Landmarks that sit on vertices."""
    vertices = np.repeat(np.asarray(vertices, np.int32)[:, None], 3, axis=1)
    return Landmarks(vertices, np.tile([1.0, 0.0, 0.0], (len(vertices), 1)), tuple(names))


def topology_arrays(table: Topology) -> dict[str, np.ndarray]:
    """A topology as stored under assets/."""
    arrays = {
        "label": np.array(table.label),
        "vertex_count": np.int32(len(table.skin)),
        "region_names": np.array(list(table.regions) or ["face"])[: len(table.regions)],
        "regions": np.packbits(np.array(list(table.regions.values()), bool).reshape(-1, len(table.skin)), axis=1),
        "no_match_and_skin": np.packbits(np.stack([table.no_match, table.skin]), axis=1),
        "rim_names": np.array(list(table.rims) or ["lips_outer"])[: len(table.rims)],
        "rim_sizes": np.array([len(rim) for rim in table.rims.values()], np.int32),
        "rim_vertices": np.concatenate([np.zeros(0, np.int32), *table.rims.values()]).astype(np.int32),
    }
    if table.mirror is not None:
        arrays["mirror"] = table.mirror.astype(np.int32)
    for size, landmarks in ((68, table.landmarks_68), (51, table.landmarks_51)):
        if landmarks is not None:
            arrays[f"landmarks_{size}_vertices"] = landmarks.vertices.astype(np.int32)
            arrays[f"landmarks_{size}_weights"] = landmarks.weights
            arrays[f"landmarks_{size}_names"] = np.array(landmarks.names)
    return arrays
