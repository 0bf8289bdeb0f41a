"""Landmarks in a photo as a term of its fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.linalg

from ...topologies import Landmarks
from ..posable import Posed
from .landmark_noise import LandmarkNoise
from .state import ViewState
from .view import Screen

# Degrees of freedom of the points' own noise: few, since detectors fail by as much as they like.
_DEGREES = 4.0


@dataclass(frozen=True, eq=False)
class LandmarkTerm:
    """r^T C^-1 r of N points, C being the noise's covariance.

    landmarks : the places on the model. targets : (N, 2) pixels. bias : (N, 2) pixels, their mean error.
    weights : (N,) precision of each point's own noise compared to the usual, set by `reweighted`; 0 means not seen at
    all.
    """

    screen: Screen
    landmarks: Landmarks
    targets: np.ndarray
    bias: np.ndarray
    noise: LandmarkNoise
    weights: np.ndarray

    def cost(self, view: ViewState, posed: Posed) -> float:
        """See `problem.Term`."""
        whitened = self._whiten(self._residual(view, posed))
        return float(whitened @ whitened)

    def normal_equations(self, view: ViewState, posed: Posed) -> tuple[np.ndarray, np.ndarray, float]:
        """See `problem.Term`."""
        points, jacobian = landmark_derivatives(posed, self.landmarks)
        places, slopes = self.screen.linearised(view, points, jacobian)
        seen = self._seen
        stacked = np.column_stack(
            [slopes.reshape(-1, slopes.shape[2])[seen], (self.targets - self.bias - places).reshape(-1)[seen]]
        )
        whitened = scipy.linalg.solve_triangular(self._factor, stacked, lower=True, check_finite=False)
        product = whitened.T @ whitened
        return product[:-1, :-1], product[:-1, -1], float(product[-1, -1])

    def reweighted(self, view: ViewState, posed: Posed, visible: np.ndarray) -> LandmarkTerm:
        """The same term for points whose own noise follows Student's t distribution: the weights its maximum
        likelihood has at the state (Lange, Little and Taylor 1989).

        visible : (N,) 0..1, how well each place is seen; those at 0 are left out."""
        residual = self._residual(view, posed)
        full = np.zeros(len(residual))
        full[self._seen] = scipy.linalg.cho_solve((self._factor, True), residual[self._seen])
        # Of the residual, the part that is the point's own.
        own = full.reshape(-1, 2) / np.maximum(self.weights, 1e-6)[:, None]
        squares = self.noise.independent * (own**2).sum(axis=1)
        weights = (_DEGREES + 2.0) / (_DEGREES + squares) * visible
        # What was left out has no residual of its own, and comes back as seen for the first time.
        weights = np.where(self.weights > 0.0, weights, visible)
        return replace(self, weights=weights)

    def places(self, view: ViewState, posed: Posed) -> np.ndarray:
        """(N, 2) pixels where the detector is expected to mark the head."""
        return self.bias + self.screen.project(landmark_points(posed, self.landmarks), view.focal)

    def _residual(self, view: ViewState, posed: Posed) -> np.ndarray:
        return (self.targets - self.places(view, posed)).reshape(-1)

    def _whiten(self, residual: np.ndarray) -> np.ndarray:
        return scipy.linalg.solve_triangular(self._factor, residual[self._seen], lower=True, check_finite=False)

    @cached_property
    def _seen(self) -> np.ndarray:
        """(n,) which of the 2N coordinates count."""
        return np.flatnonzero(np.repeat(self.weights > 0.0, 2))

    @cached_property
    def _factor(self) -> np.ndarray:
        """Lower Cholesky factor of the covariance of what counts."""
        covariance = self.noise.covariance(self.weights)[np.ix_(self._seen, self._seen)]
        return scipy.linalg.cholesky(covariance, lower=True, check_finite=False)


def landmark_points(posed: Posed, landmarks: Landmarks) -> np.ndarray:
    """(N, 3) landmarks of a posed head."""
    corners = posed.vertices(landmarks.vertices.ravel()).reshape(-1, 3, 3)
    return np.einsum("nk,nkd->nd", landmarks.weights, corners)


def landmark_derivatives(posed: Posed, landmarks: Landmarks) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) landmarks of a posed head and (N, 3, P) how they follow a step of it."""
    corners, slopes = posed.derivatives(landmarks.vertices.ravel())
    points = np.einsum("nk,nkd->nd", landmarks.weights, corners.reshape(-1, 3, 3))
    return points, np.einsum("nk,nkdp->ndp", landmarks.weights, slopes.reshape(len(landmarks), 3, 3, -1))
