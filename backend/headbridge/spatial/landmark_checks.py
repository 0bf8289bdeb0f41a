"""Checks of landmark pairs before two meshes are aligned by them: each names the cause and how to mend it."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..mesh.similarity import fit_similarity
from .surface import Surface

LANDMARK_REACH = 0.05
"""How far from its surface a landmark may lie, as a fraction of the mesh's bounding-box diagonal."""

_LEAST_LANDMARKS = 3
# Landmarks whose spread across their line is below this fraction of the spread along it fix no rotation about the line.
_LEAST_SPREAD = 1e-3
# Pairs of two people's heads lie up to a tenth of the landmarks' extent off; exchanged sides, far more, mirrored as before.
_BADLY, _CLEARLY_BETTER = 0.2, 0.5


def check_landmarks(source_points: np.ndarray, target_points: np.ndarray, source: Mesh, target: Mesh, names=()) -> None:
    """Raise `InputError` unless (N, 3) landmark pairs can align the meshes.

    At least three pairs, as many on either side, finite, not on one line, each within `LANDMARK_REACH` of its surface, and
    not such that only a mirrored head fits them.
    """
    if len(source_points) != len(target_points):
        raise InputError(
            f"There are {len(source_points)} landmarks on the source and {len(target_points)} on the target; "
            "give them in pairs."
        )
    if len(source_points) < _LEAST_LANDMARKS:
        raise InputError(f"There are {len(source_points)} landmark pairs; give at least {_LEAST_LANDMARKS}, or none.")
    for points, mesh, role in ((source_points, source, "source"), (target_points, target, "target")):
        _check_points(np.asarray(points, dtype=np.float64), mesh, role, names)
    given, mirrored = handedness(source_points, target_points)
    if mirrored is not None:
        raise InputError(
            f"The landmark pairs fit '{target.name}' only as its mirror image: they lie {given:.0%} of their extent off, "
            f"mirrored {mirrored:.0%}. Exchange left and right in the landmarks; or, if '{target.name}' comes from a program "
            "with left-handed axes, mirror it and its landmarks first (scale -1 along one axis)."
        )


def check_same_hand(source_points: np.ndarray, target_points: np.ndarray, target: Mesh) -> None:
    """Raise `InputError` where (N, 3) landmarks that two topologies' tables give show that the target is mirrored."""
    given, mirrored = handedness(source_points, target_points)
    if mirrored is not None:
        raise InputError(
            f"'{target.name}' is the mirror image of a head (left-handed axes): its landmarks lie {given:.0%} of their extent "
            f"off, mirrored {mirrored:.0%}. Mirror it first (scale -1 along one axis)."
        )


def handedness(source_points: np.ndarray, target_points: np.ndarray) -> tuple[float, float | None]:
    """How far (N, 3) pairs lie off after the best similarity, as a share of their extent; and the same after the best one
    with a reflection, where only that fits, else None. Pairs alone cannot tell exchanged sides from a mirrored head."""
    source, target = np.asarray(source_points, dtype=np.float64), np.asarray(target_points, dtype=np.float64)
    extent = float(np.sqrt(((target - target.mean(axis=0)) ** 2).sum(axis=1).mean()))
    given, mirrored = (_misfit(points, target) / extent for points in (source, source * (-1.0, 1.0, 1.0)))
    return given, mirrored if given > _BADLY and mirrored < _CLEARLY_BETTER * given else None


def _misfit(source_points: np.ndarray, target_points: np.ndarray) -> float:
    """Root mean square distance after the best similarity."""
    placed = fit_similarity(source_points, target_points).apply(source_points)
    return float(np.sqrt(((placed - target_points) ** 2).sum(axis=1).mean()))


def _check_points(points: np.ndarray, mesh: Mesh, role: str, names) -> None:
    def named(index):
        return f"'{names[index]}'" if index < len(names) and names[index] else f"number {index + 1}"

    if points.shape[1:] != (3,):
        raise InputError(f"The {role}'s landmarks should have shape (N, 3), not {points.shape}.")
    broken = ~np.isfinite(points).all(axis=1)
    if broken.any():
        raise InputError(
            f"The {role}'s landmark {named(int(np.argmax(broken)))} has NaN or infinite coordinates; place it again."
        )
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    if not spread[1] > _LEAST_SPREAD * spread[0]:
        raise InputError(f"The {role}'s landmarks all lie on one line; place at least one off it.")
    distances = Surface(mesh.vertices, mesh.triangles).closest(points).distances
    allowed = LANDMARK_REACH * np.linalg.norm(np.ptp(mesh.vertices[mesh.corners], axis=0))
    if distances.max() > allowed:
        count = int(np.count_nonzero(distances > allowed))
        raise InputError(
            f"{count} {'landmark lies' if count == 1 else 'landmarks lie'} off the {role}'s surface, the farthest "
            f"is {named(int(np.argmax(distances)))} at a distance of {distances.max():.4g} (allowed {allowed:.4g}, "
            f"in the {role}'s units); place it on the surface."
        )
