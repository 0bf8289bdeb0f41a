"""The space of all people: what varies among ICT-FaceKit's, among MakeHuman's, and between the two.

Principal components (Jolliffe 2002) of the sum of three covariances: of ICT-FaceKit's identities, of MakeHuman's
people, and of half the way between their means. Without the last, no mixture of the two reaches the heads of real
people. Everybody counts together with the mirror image, so that every component is either symmetric or antisymmetric,
and a symmetric head has coefficients of the symmetric ones alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .sources import IctPeople, MakeHumanPeople, Shapes, mirrored, vertex_weights


@dataclass(frozen=True, eq=False)
class JointSpace:
    """mean : (1, ...) and components : (K, ...) displacements of the base person at one standard deviation.

    symmetric : (K,) bool. variances : of all components there are, mean squared mm over the weighted head, falling."""

    mean: Shapes
    components: Shapes
    symmetric: np.ndarray
    variances: np.ndarray


def joint_space(
    ict: IctPeople, people: MakeHumanPeople, hack: np.ndarray, makehuman: np.ndarray, count: int
) -> JointSpace:
    """The first `count` components.

    hack, makehuman : (N, V, 3) displacements of MakeHuman's people (`MakeHumanPeople.of_makehuman`)."""
    identities, neutral = ict.components(), ict.mean()
    average = people.completed(*(shapes.mean(axis=0, keepdims=True, dtype=np.float64) for shapes in (hack, makehuman)))
    mean, half = (neutral + average) * 0.5, (average - neutral) * 0.5

    scale = np.float32(1.0 / np.sqrt(len(hack)))
    rows = np.concatenate([identities.hack, half.hack, (hack - average.hack[0]) * scale], dtype=np.float32)
    variances, vectors, symmetric = _components(rows)
    symmetric, chosen = symmetric[:count], vectors[:count]

    of_ict, of_half, of_people = np.split(chosen, [len(identities.hack), len(identities.hack) + 1], axis=1)
    shares = of_people * scale

    def mixed(shapes: np.ndarray, centre: np.ndarray) -> np.ndarray:
        flat = shares.astype(np.float32) @ shapes.reshape(len(shapes), -1)
        return flat.reshape(count, *shapes.shape[1:]) - shares.sum(axis=1)[:, None, None] * centre[0]

    components = people.completed(mixed(hack, average.hack), mixed(makehuman, average.makehuman))
    components += _mixture(of_ict, identities) + _mixture(of_half, half)
    sign = np.where(symmetric, 1.0, -1.0)[:, None, None]
    return JointSpace(
        (mean + mean.mirrored()) * 0.5, (components + components.mirrored() * sign) * 0.5, symmetric, variances
    )


def _components(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Variances, falling, shares of the (N, 14062, 3) displacements (one row each), and whether symmetric.

    A row and its mirror image, halved, scatter like the row's symmetric and its antisymmetric part; the products of
    these with each other follow from those of rows with rows and with mirror images."""
    weights = np.sqrt(vertex_weights()).astype(np.float32)[:, None]
    flat = (rows * weights).reshape(len(rows), -1)
    image = (mirrored(rows, "hack") * weights).reshape(len(rows), -1)
    own, crossed = (flat @ other.T for other in (flat, image))
    variances, vectors = [], []
    for sign in (1.0, -1.0):
        found = np.linalg.eigh(0.5 * (own + sign * 0.5 * (crossed + crossed.T)).astype(np.float64))
        variances.append(found[0])
        vectors.append(found[1].T)
    variances, vectors = np.concatenate(variances), np.concatenate(vectors)
    order = np.argsort(-variances)
    vectors = vectors[order]
    # The sign that makes the largest share positive, so that a build does not depend on the solver.
    vectors *= np.sign(vectors[np.arange(len(vectors)), np.abs(vectors).argmax(axis=1)])[:, None]
    return variances[order], vectors, order < len(rows)


def _mixture(shares: np.ndarray, shapes: Shapes) -> Shapes:
    return Shapes(*(np.tensordot(shares, values, 1) for values in (shapes.hack, shapes.parts, shapes.makehuman)))
