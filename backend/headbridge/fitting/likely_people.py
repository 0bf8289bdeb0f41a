"""Fits of all people that know what kind of people there are: coefficients counted from who is likely, given the data.

Solvers take coefficients for independent and of deviation 1 about the mean head. The same head with other coordinates
(`LikelyHead.head`) makes that true of the people who are likely: z, where the coefficients are mean + root z."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..models.catalogue import of_all_people
from ..models.people.kinds import LikelyPeople, load_kinds
from .posable import HeadState, PosableHead

# The first identity coefficient is the size, which no kind says anything of.
_FIRST = 1


@dataclass(frozen=True, eq=False)
class LikelyHead:
    """A head of all people in coordinates of those that are likely.

    head : in the coordinates z. people : who is likely, of the coefficients from _FIRST on."""

    head: PosableHead
    people: LikelyPeople

    @property
    def _part(self) -> slice:
        return slice(_FIRST, _FIRST + len(self.people.mean))

    def into(self, state: HeadState) -> HeadState:
        """The same head as a state of `head`."""
        z = np.linalg.solve(self.people.root, state.coefficients[self._part] - self.people.mean)
        return self._with(state, z)

    def back(self, state: HeadState) -> HeadState:
        """A state of `head` in the coefficients of all people."""
        return self._with(state, self.people.mean + self.people.root @ state.coefficients[self._part])

    def _with(self, state: HeadState, values: np.ndarray) -> HeadState:
        coefficients = state.coefficients.copy()
        coefficients[self._part] = values
        return replace(state, coefficients=coefficients)


def knows_kinds(head: PosableHead) -> bool:
    """Whether there are kinds of people of a head's identities."""
    return of_all_people(head.version)


def likely_people(curvature: np.ndarray, slope: np.ndarray, at: np.ndarray) -> LikelyPeople:
    """Who is likely of all people, by Laplace's approximation at the (I,) identity coefficients `at`.

    curvature (F, F), slope (F,) : of the logarithm of the likelihood over the identity and then all else that may move,
    the latter with its prior, the former without. What is no shape is left open by its own prior."""
    kinds, count = load_kinds(), len(at)
    shapes = np.arange(_FIRST, _FIRST + kinds.means.shape[1])
    others = np.setdiff1d(np.arange(len(slope)), shapes)
    information = slope + curvature[:, :count] @ at
    loose = curvature[np.ix_(others, others)] + np.diag((others < count).astype(float))
    # Some unknowns move nothing that is seen, so that there may be no inverse.
    crossed = np.linalg.lstsq(loose, curvature[np.ix_(others, shapes)])[0]
    marginal = curvature[np.ix_(shapes, shapes)] - curvature[np.ix_(shapes, others)] @ crossed
    return kinds.given(marginal, information[shapes] - crossed.T @ information[others])


def likely_head(head: PosableHead, people: LikelyPeople) -> LikelyHead:
    """The head counted from the likely people."""
    shapes = slice(_FIRST, _FIRST + len(people.mean))

    def turned(bases: np.ndarray) -> np.ndarray:
        bases = bases.copy()
        bases[..., shapes] = bases[..., shapes] @ people.root
        return bases

    return LikelyHead(
        replace(
            head,
            template=head.template + head.bases[..., shapes] @ people.mean,
            bases=turned(head.bases),
            joints=head.joints + head.joint_bases[..., shapes] @ people.mean,
            joint_bases=turned(head.joint_bases),
        ),
        people,
    )
