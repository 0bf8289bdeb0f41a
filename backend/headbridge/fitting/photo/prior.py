"""What is likely before any photo is seen: coefficients and joints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.catalogue import of_all_people
from ...topologies import load_topology
from ..posable import ROOT, PosableHead
from .state import PhotoState, ViewState, photo_layout, step_size

# How people hold jaw and eyes, radians about x, y, z; the head as a whole turns, the neck by itself does not show.
_JOINT_SIGMAS = {"jaw": (0.12, 0.03, 0.03), "left_eye": (0.15, 0.2, 0.01), "right_eye": (0.15, 0.2, 0.01)}
_OTHER_JOINT_SIGMA = 0.05
# Blendshapes are mostly off and seldom full on: an exponential prior of this mean.
_BLENDSHAPE_MEAN = 0.4
# FLAME's numbered expressions: standard deviations of a usual face.
_EXPRESSION_SIGMA = 0.7
_NUMBERED_LIMIT, _IDENTITY_LIMIT = 4.0, 5.0
# How far an identity that is given may be off, standard deviations of each coefficient.
_GIVEN_SIGMA = 0.3
# A photo does not tell a head's size. In the model size goes with shape, and shapes found in photos would drag it along;
# so it is held near the mean head's, as a share.
_SIZE_SIGMA = 0.01


@dataclass(frozen=True, eq=False)
class PhotoPrior:
    """A Gaussian about the mean head, or an identity that is given, at rest, and an exponential where coefficients cannot
    be negative.

    precision : (P,) 1 / sigma^2 by entry of a view's step; those of joints act on their axis-angles, root, place and
    focal length have none. slope : (K,) 1 / mean of exponentially distributed coefficients, else 0.
    limits : (2, K) least and greatest coefficients. growth : (I,), by what share a unit of each identity makes the face
    larger. identity : (I,) the likeliest.
    """

    precision: np.ndarray
    slope: np.ndarray
    limits: np.ndarray
    growth: np.ndarray
    identity: np.ndarray

    def cost(self, state: PhotoState) -> float:
        """-2 log prior up to a constant; the shared identity counts once."""
        shared, off = len(state.identity), state.identity - self.identity
        total = float(self.precision[:shared] @ off**2 + 2.0 * self.slope[:shared] @ state.identity)
        total += float((self.growth @ off / _SIZE_SIGMA) ** 2)
        for view in state.views:
            offset = self._offset(view)
            total += float(self.precision[shared:] @ offset[shared:] ** 2)
            total += float(2.0 * self.slope[shared:] @ view.head.coefficients[shared:])
        return total

    def normal_equations(self, view: ViewState) -> tuple[np.ndarray, np.ndarray]:
        """The diagonal (P,) and the right hand side (P,), identity included."""
        right = -self.precision * self._offset(view)
        right[: len(self.slope)] -= self.slope
        return self.precision, right

    def size_equations(self, identity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(I, I) and (I,) of what holds the size of the face, at (I,) coefficients."""
        scaled = self.growth / _SIZE_SIGMA
        return np.outer(scaled, scaled), -scaled * (scaled @ (identity - self.identity))

    def _offset(self, view: ViewState) -> np.ndarray:
        coefficients = view.head.coefficients.copy()
        coefficients[: len(self.identity)] -= self.identity
        return np.concatenate([coefficients, view.head.axis_angles.reshape(-1), np.zeros(4)])


def photo_prior(head: PosableHead, strength: float = 1.0, identity: np.ndarray | None = None) -> PhotoPrior:
    """The prior of a head model; `strength` scales how firmly identity and expression are held.

    identity : (I,) coefficients that are given, and nearly known; None for those of the mean head."""
    layout, count = photo_layout(head), head.coefficient_count
    precision, slope = np.zeros(step_size(head)), np.zeros(count)
    precision[:count] = strength
    limits = np.tile([[-np.inf], [np.inf]], (1, count))
    farthest = np.full(head.identity_count, _IDENTITY_LIMIT)
    if identity is not None:
        precision[head.parts["identity"]] /= _GIVEN_SIGMA**2
        farthest = np.maximum(farthest, np.abs(identity))
    limits[:, head.parts["identity"]] = [-farthest, farthest]
    expression = head.parts["expression"]
    if head.blendshapes:
        precision[expression], slope[expression] = 0.0, strength / _BLENDSHAPE_MEAN
        limits[:, expression] = [[0.0], [1.0]]
    else:
        precision[expression] = strength / _EXPRESSION_SIGMA**2
        limits[:, expression] = [[-_NUMBERED_LIMIT], [_NUMBERED_LIMIT]]
    for name in head.joint_names[ROOT + 1 :]:
        precision[layout[name]] = np.array(_JOINT_SIGMAS.get(name, (_OTHER_JOINT_SIGMA,) * 3)) ** -2.0
    known = np.zeros(head.identity_count) if identity is None else identity
    return PhotoPrior(precision, slope, limits, _growth(head), known)


def _growth(head: PosableHead) -> np.ndarray:
    face = np.flatnonzero(load_topology(head.key).regions["face"])
    arms = head.template[face] - head.template[face].mean(axis=0)
    growth = np.einsum("vd,vdk->k", arms, head.bases[face][:, :, head.parts["identity"]]) / (arms**2).sum()
    if of_all_people(head.version):
        # A child's shape brings a child's size; what a photo does not tell is the size beyond that, the first coefficient.
        growth[1:] = 0.0
    return growth
