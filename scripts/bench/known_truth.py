"""Registrations whose answer is known: the ICT neutral head onto another identity with an expression.

The target is triangulated anew, rescaled and rotated, so that neither its vertices nor its unit nor its pose say
anything about the answer; only the truth kept beside it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from retriangulate import retriangulate
from scipy.spatial.transform import Rotation

from headbridge.mesh import Mesh
from headbridge.registration import LandmarkPairs, Similarity
from headbridge.topologies import load_topology

_MM_PER_ICT_UNIT = 10.0


@dataclass(frozen=True)
class KnownTruth:
    """A registration with its answer.

    source : the ICT neutral in HACK's topology, its own unit and frame; skin : (V,) bool, its outer skin.
    target : another person's skin, in an unknown unit and pose; truth : (V, 3), where the source's vertices belong.
    judged : (V,) bool, the vertices of the narrow face.
    landmarks : pairs in both frames; mm_per_target_unit : length of a target unit.
    """

    source: Mesh
    skin: np.ndarray
    target: Mesh
    truth: np.ndarray
    judged: np.ndarray
    landmarks: LandmarkPairs
    mm_per_target_unit: float

    def errors_mm(self, positions: np.ndarray) -> np.ndarray:
        """Distances in millimetres of (V, 3) positions in the target's frame to the truth, for the judged vertices."""
        return np.linalg.norm(positions - self.truth, axis=1)[self.judged] * self.mm_per_target_unit


def known_truth(model_file: Path, seed: int, beyond_mm: float = 0.0) -> KnownTruth:
    """A random identity (100 coefficients) with five random expressions at 0.2 to 0.8, seen in a random unit and pose.

    model_file : `ict_face_model.npz` of the open input data. With `beyond_mm` the person also gets smooth random bumps
    (about 25 mm wide, that high) which no identity of the model has.
    """
    topology = load_topology("hack")
    count = len(topology.skin)
    with np.load(model_file, allow_pickle=False) as model:
        neutral = model["vertices"][:count].astype(np.float64)
        faces = [[v for v in face if v >= 0] for face in model["faces"].tolist() if max(face) < count]
        identity, expression = model["identity"][:, :count], model["expression"][:, :count]
    rng = np.random.default_rng(seed)
    person = neutral + np.tensordot(np.clip(rng.normal(size=len(identity)), -2, 2), identity, 1)
    chosen = rng.choice(len(expression), 5, replace=False)
    person += np.tensordot(rng.uniform(0.2, 0.8, 5), expression[chosen], 1)
    if beyond_mm:
        person += _bumps(neutral, 25.0 / _MM_PER_ICT_UNIT, beyond_mm / _MM_PER_ICT_UNIT, rng)
    pose = Similarity(
        float(10.0 ** rng.uniform(-2, 2)), Rotation.random(random_state=seed).as_matrix(), rng.normal(0, 30, 3)
    )
    truth = pose.apply(person)
    source = Mesh.from_faces(neutral, faces, name="ICT neutral")
    return KnownTruth(
        source,
        topology.skin,
        retriangulate(part_of(source.with_vertices(truth), topology.skin), 2.0, seed),
        truth,
        topology.regions["narrow_face"],
        LandmarkPairs(
            topology.landmarks_51.evaluate(neutral), topology.landmarks_51.evaluate(truth), topology.landmarks_51.names
        ),
        _MM_PER_ICT_UNIT / pose.scale,
    )


def part_of(mesh: Mesh, vertices: np.ndarray) -> Mesh:
    """The (V,) bool chosen vertices of a mesh, in their order, with the faces among them."""
    place = np.cumsum(vertices) - 1
    faces = [place[face] for face in mesh.faces_as_lists() if vertices[face].all()]
    return Mesh.from_faces(mesh.vertices[vertices], faces, name=f"{mesh.name}, skin")


def _bumps(points: np.ndarray, width: float, height: float, rng: np.random.Generator) -> np.ndarray:
    """(N, 3) smooth displacements: Gaussians of `width` about every 30th point or so, `height` their mean length."""
    centres = points[rng.choice(len(points), len(points) // 30, replace=False)]
    squared = ((points[:, None] - centres[None]) ** 2).sum(axis=2)
    field = np.exp(-0.5 * squared / width**2) @ rng.normal(size=(len(centres), 3))
    return field * (height / np.linalg.norm(field, axis=1).mean())
