"""Registrations whose answer is known: the ICT neutral head onto another identity with an expression.

The target is triangulated anew, rescaled and rotated, so that neither its vertices nor its unit nor its pose say anything
about the answer; only the truth kept beside it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.mesh import Mesh
from headbridge.registration import LandmarkPairs, Similarity

from retriangulate import retriangulate

# ICT-FaceKit's documented vertex ranges and Multi-PIE landmarks (the 51 without the jaw contour).
NARROW_FACE, SKIN, HEAD = 6706, 11248, 14062
LANDMARKS = (
    268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360,
    1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213,
    6346, 6461, 5518, 5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
)  # fmt: skip
_MM_PER_ICT_UNIT = 10.0


@dataclass(frozen=True)
class KnownTruth:
    """A registration with its answer.

    source : the ICT neutral (head with sockets), its own unit and frame; skin is the first `SKIN` vertices.
    target : another person's skin, in an unknown unit and pose; truth : (SKIN, 3), where the skin vertices belong.
    landmarks : pairs in both frames; mm_per_target_unit : length of a target unit.
    """

    source: Mesh
    target: Mesh
    truth: np.ndarray
    landmarks: LandmarkPairs
    mm_per_target_unit: float

    def errors_mm(self, positions: np.ndarray) -> np.ndarray:
        """(NARROW_FACE,) distances in millimetres of (>= SKIN, 3) positions in the target's frame to the truth."""
        apart = positions[:NARROW_FACE] - self.truth[:NARROW_FACE]
        return np.linalg.norm(apart, axis=1) * self.mm_per_target_unit


def known_truth(model_file: Path, seed: int) -> KnownTruth:
    """A random identity (100 coefficients) with five random expressions at 0.2 to 0.8, seen in a random unit and pose.

    model_file : `ict_face_model.npz` of the open input data."""
    with np.load(model_file, allow_pickle=False) as model:
        neutral = model["vertices"][:HEAD].astype(np.float64)
        faces = [[v for v in face if v >= 0] for face in model["faces"].tolist() if max(face) < HEAD]
        identity, expression = model["identity"][:, :SKIN], model["expression"][:, :SKIN]
    rng = np.random.default_rng(seed)
    person = neutral[:SKIN] + np.tensordot(np.clip(rng.normal(size=len(identity)), -2, 2), identity, 1)
    chosen = rng.choice(len(expression), 5, replace=False)
    person += np.tensordot(rng.uniform(0.2, 0.8, 5), expression[chosen], 1)
    pose = Similarity(
        float(10.0 ** rng.uniform(-2, 2)), Rotation.random(random_state=seed).as_matrix(), rng.normal(0, 30, 3)
    )
    truth = pose.apply(person)
    skin = Mesh.from_faces(truth, [face for face in faces if max(face) < SKIN], name=f"identity {seed}")
    marks = np.array(LANDMARKS)
    return KnownTruth(
        Mesh.from_faces(neutral, faces, name="ICT neutral"),
        retriangulate(skin, 2.0, seed),
        truth,
        LandmarkPairs(neutral[marks], truth[marks], tuple(f"multi-pie {k + 18}" for k in range(len(marks)))),
        _MM_PER_ICT_UNIT / pose.scale,
    )
