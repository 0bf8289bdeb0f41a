"""What is known about one head topology."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Points fixed to a surface: weighted means of three vertices each, so that they follow any shape of the topology.

    vertices : (N, 3) int32; weights : (N, 3) float64 with rows that sum to 1; names : N names in the same order.
    """

    vertices: np.ndarray
    weights: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.vertices)

    def evaluate(self, positions: np.ndarray) -> np.ndarray:
        """(N, 3) landmark positions on a head whose vertices are at (V, 3) `positions`, in their unit and frame."""
        return np.einsum("nk,nkd->nd", self.weights, np.asarray(positions, dtype=np.float64)[self.vertices])

    def subset(self, indices) -> Landmarks:
        """The landmarks at `indices`, in that order."""
        indices = np.arange(len(self))[indices]
        return Landmarks(self.vertices[indices], self.weights[indices], tuple(self.names[i] for i in indices))


@dataclass(frozen=True, eq=False)
class Topology:
    """Landmarks, regions, symmetry and curves of one head topology; all arrays index its V vertices.

    key, label : "flame", ... and how to call it in messages.
    landmarks_68 : the iBUG/Multi-PIE 68, or None; the jaw contour 0..16 is not homologous between topologies.
    landmarks_51 : its last 51 (brows, nose, eyes, lips), which are, or None.
    regions : name to (V,) bool. `face` is the front of the face without ears, scalp, neck and interiors;
        `narrow_face`, `nose`, `lips`, `forehead` and the eye regions lie inside it; `face`, the ears, `scalp`, `neck`
        and `boundary` share the outer skin among them.
    mirror : (V,) int32, the partner of every vertex across the midline, itself on it, -1 without partner; or None.
    no_match : (V,) bool, vertices whose surface other heads lack or hide (eyeballs, sockets and the lids' lining,
        mouth, nostril interiors, teeth, lashes, the last rings above the lower boundary): they follow smoothly.
    skin : (V,) bool, the outer skin, without sockets, mouth, eyeballs and other inner parts.
    rims : name to (K,) int32, closed curves along edges (left_nostril, right_nostril, lips_outer, lips_inner,
        left_lids, right_lids), starting near the face's midline (lids: at the inner corner; lips: top centre) and
        running counter-clockwise as seen from the front (nostrils: from below), the same physical curve on every head.
    """

    key: str
    label: str
    landmarks_68: Landmarks | None
    landmarks_51: Landmarks | None
    regions: dict[str, np.ndarray]
    mirror: np.ndarray | None
    no_match: np.ndarray
    skin: np.ndarray
    rims: dict[str, np.ndarray] = field(default_factory=dict)
