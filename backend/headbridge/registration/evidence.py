"""What speaks for a registration besides its distance to the target, which is small for wrong ones too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..detection.on_meshes.landmarks import FEATURES
from ..linalg.bounded_step import bounded_solution
from ..mesh.similarity import fit_similarity
from ..models import SPACES, head_model
from ..topologies import Topology
from .seen import SeenPoints

# Positions of a registered head against the head model that explains them: how far they may be off, mm, and how many of the
# face's vertices are asked.
_EXPLAINING_SIGMA = 1.5
_VERTICES = 1200
_ROUNDS = 6
# The features' landmarks, whose places on the skin are sharp, by words in their names.
_REGIONS = {
    "eyes": ("eye ",),
    "lids": ("lid",),
    "nose": ("nas", "nose", "nostril"),
    "mouth": ("lip",),
}
_EXPLAINED_REGIONS = {"lips": "lips", "nose": "nose", "left_eye_region": "left eye", "right_eye_region": "right eye"}


@dataclass(frozen=True, eq=False)
class Explanation:
    """How well a head model explains a registered head, vertex by vertex: what slid along the surface shows here.

    residual : mm, root mean square over the face; worst : mm, the largest mean of the lips, the nose and the eyes, and `region`
    its name; unnatural : root mean square of the identity coefficients (1 for a random head)."""

    residual: float
    worst: float
    region: str
    unnatural: float


def landmark_misfit(points: SeenPoints, positions: np.ndarray, leave_out: tuple[str, ...] = ()) -> dict[str, float]:
    """Mean distances, mm, by region and "all", between the features seen on the target and on the (V, 3) registered head.

    leave_out : regions whose features are not to be believed."""
    apart = np.linalg.norm(points.source.evaluate(positions) - points.target, axis=1)
    names = {number: name for name, number in FEATURES.items()}
    found: dict[str, list[float]] = {region: [] for region in _REGIONS if region not in leave_out}
    for number, distance in zip(points.numbers, apart):
        for region in found:
            if any(word in names.get(number, "") for word in _REGIONS[region]):
                found[region].append(float(distance))
    misfit = {region: float(np.mean(values)) for region, values in found.items() if values}
    if misfit:
        misfit["all"] = float(np.mean(np.concatenate(list(found.values()))))
    return misfit


def explanation(topology: Topology, positions: np.ndarray) -> Explanation | None:
    """The registered (V, 3) head as its topology's head models explain it, the better one; None without a model."""
    found = []
    for space in SPACES:
        model = head_model(topology.key, space)
        if model is not None:
            found.append(_explained(topology, model, positions))
    return min(found, key=lambda one: one.residual, default=None)


def _explained(topology: Topology, model, positions: np.ndarray) -> Explanation:
    face = topology.regions["narrow_face"] & ~topology.no_match & topology.skin
    inside = np.flatnonzero(face)
    chosen = inside[np.linspace(0, len(inside) - 1, min(_VERTICES, len(inside))).astype(np.int64)]
    basis = model.basis[:, chosen].reshape(len(model.basis), -1).T.astype(np.float64)
    mean, seen = model.mean[chosen], positions[chosen]
    count = basis.shape[1]
    coefficients, weights = np.zeros(count), np.ones(len(chosen))
    room = np.stack([np.r_[model.lower, np.full(7, -np.inf)], np.r_[model.upper, np.full(7, np.inf)]])
    pose = fit_similarity(seen, mean)
    for _ in range(_ROUNDS):
        # The head is brought to the model; its pose and the coefficients are solved for together.
        posed = pose.apply(seen)
        arm = posed - posed.mean(axis=0)
        turns = np.stack([np.cross(axis, arm) for axis in np.eye(3)], axis=2)
        still = np.broadcast_to(np.eye(3), (len(arm), 3, 3))
        moves = np.concatenate([arm[:, :, None], turns, still], axis=2).reshape(-1, 7)
        columns = np.concatenate([basis, -moves], axis=1)
        rows = np.repeat(weights, 3)[:, None] * columns / _EXPLAINING_SIGMA**2
        matrix = columns.T @ rows
        matrix[np.arange(count), np.arange(count)] += 1.0 / model.sigma**2
        wanted = (posed - mean).reshape(-1)
        solved = bounded_solution(matrix, rows.T @ wanted, room)
        coefficients = solved[:count]
        pose = fit_similarity(seen, (posed.reshape(-1) + moves @ solved[count:]).reshape(-1, 3))
        off = np.linalg.norm((pose.apply(seen) - mean) - (basis @ coefficients).reshape(-1, 3), axis=1)
        weights = 1.0 / (1.0 + (off / 4.0) ** 2)
    means = {}
    for name, label in _EXPLAINED_REGIONS.items():
        member = topology.regions[name][chosen] if name in topology.regions else np.zeros(len(chosen), bool)
        if member.any():
            means[label] = float(off[member].mean())
    region = max(means, key=means.__getitem__, default="face")
    identity = coefficients[~model.is_expression]
    return Explanation(
        float(np.sqrt((off**2).mean())), means.get(region, 0.0), region, float(np.sqrt((identity**2).mean()))
    )
