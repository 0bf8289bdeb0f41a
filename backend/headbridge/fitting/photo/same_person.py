"""Whether photos show one person, by how well one identity explains the landmarks of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from ..posable import PosableHead
from .landmark_stage import fit_landmarks, start_state
from .prior import PhotoPrior
from .problem import PhotoProblem
from .seen_face import SeenFace
from .state import PhotoState

# Identities are compared in so many directions, those that photos tell most of.
_DIRECTIONS = 10
_LEAST_VARIANCE = 1e-9
# Mean square difference there, in standard deviations of photos of one person, above which they are of two. On portraits of
# made persons pairs of one came to 0.3 to 0.9 (7 pairs), pairs of two to 1.9 in the middle and 1.2 in the lowest quarter
# (91): detectors draw faces towards their mean one, so that two persons look more alike than they are.
_LARGEST_DIFFERENCE = 1.5


@dataclass(frozen=True, eq=False)
class IdentityEvidence:
    """What a photo tells of the identity: -2 log likelihood = z^T information z - 2 pull^T z up to a constant.

    information : (I, I). pull : (I,)."""

    information: np.ndarray
    pull: np.ndarray

    def __add__(self, other: IdentityEvidence) -> IdentityEvidence:
        return IdentityEvidence(self.information + other.information, self.pull + other.pull)


def identity_evidence(head: PosableHead, face: SeenFace, prior: PhotoPrior, free: np.ndarray) -> IdentityEvidence:
    """What the landmarks of one photo tell, all else of the photo integrated out (Laplace's approximation).

    free : (1, P), see `free_unknowns`."""
    found = fit_landmarks(head, (face,), start_state(head, (face,)), prior, free, 0, lambda *_: None)
    return evidence_at(PhotoProblem(head, found.terms, prior, free), found.state)


def evidence_at(problem: PhotoProblem, state: PhotoState) -> IdentityEvidence:
    """Of a problem of one photo, at its most likely state."""
    matrix, _ = problem.normal_equations(state)
    count = problem.head.identity_count
    others = count + np.flatnonzero(problem.moving[count:])
    # Some unknowns move nothing that is seen, so that there may be no inverse.
    by_others, *_ = np.linalg.lstsq(matrix[np.ix_(others, others)], matrix[others, :count])
    posterior = matrix[:count, :count] - matrix[:count, others] @ by_others
    return IdentityEvidence(posterior - identity_precision(problem.head, problem.prior), posterior @ state.identity)


def identity_precision(head: PosableHead, prior: PhotoPrior) -> np.ndarray:
    """(I, I) of the prior."""
    size, _ = prior.size_equations(np.zeros(head.identity_count))
    return np.diag(prior.precision[: head.identity_count]) + size


def difference(one: IdentityEvidence, other: IdentityEvidence, precision: np.ndarray) -> float:
    """The mean square difference of the identities that two photos are fitted with, about 1 or less where both show one
    person: over those directions in which two persons' would differ most, in variances of one person's.

    precision : (I, I) of the prior, which draws both towards the mean."""
    prior = np.linalg.inv(precision)
    (first, told), (second, told_other) = (_estimate(each, precision) for each in (one, other))
    noise = sum(
        gain @ np.linalg.solve(precision + each.information, np.eye(len(prior)))
        for gain, each in ((told, one), (told_other, other))
    )
    same = noise + (told - told_other) @ prior @ (told - told_other).T
    apart = told @ prior @ told_other.T
    shares, directions = scipy.linalg.eigh(apart + apart.T, same + _LEAST_VARIANCE * np.eye(len(prior)))
    chosen = directions[:, np.argsort(-shares)[:_DIRECTIONS]]
    return float(((chosen.T @ (first - second)) ** 2).mean())


def _estimate(evidence: IdentityEvidence, precision: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(I,) the likeliest identity and (I, I) how it follows the true one."""
    posterior = precision + evidence.information
    return np.linalg.solve(posterior, evidence.pull), np.linalg.solve(posterior, evidence.information)


def strangers(evidence: list[IdentityEvidence], precision: np.ndarray) -> list[int]:
    """Which photos show another person than the rest, in their order; of two photos both, if any."""
    inside, found = list(range(len(evidence))), []
    while len(inside) > 1:
        apart = [_from_rest(evidence, row, inside, precision) for row in inside]
        worst = int(np.argmax(apart))
        if apart[worst] <= _LARGEST_DIFFERENCE:
            break
        if len(inside) == 2:
            # Nobody says which of two is the stranger.
            found += [] if found else inside
            break
        found.append(inside.pop(worst))
    return sorted(found)


def _from_rest(evidence: list[IdentityEvidence], row: int, inside: list[int], precision: np.ndarray) -> float:
    rest = [evidence[other] for other in inside if other != row]
    return difference(evidence[row], sum(rest[1:], rest[0]), precision)
