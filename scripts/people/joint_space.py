"""The space of all people: what varies among ICT-FaceKit's, among MakeHuman's, and between the two.

Principal components (Jolliffe 2002) of the sum of three covariances: of ICT-FaceKit's identities, of MakeHuman's
people, and of half the way between their means. Without the last, no mixture of the two reaches the heads of real people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .sources import IctPeople, MakeHumanPeople, Shapes, vertex_weights


@dataclass(frozen=True, eq=False)
class JointSpace:
    """mean : (1, ...) and components : (K, ...) displacements of the base person at one standard deviation.

    variances : all eigenvalues, mean squared mm over the weighted head."""

    mean: Shapes
    components: Shapes
    variances: np.ndarray


def joint_space(
    ict: IctPeople, people: MakeHumanPeople, hack: np.ndarray, makehuman: np.ndarray, count: int
) -> JointSpace:
    """The first `count` components.

    hack, makehuman : (N, V, 3) displacements of MakeHuman's people (`MakeHumanPeople.of_makehuman`)."""
    identities, neutral = ict.components(), ict.mean()
    average = people.completed(*(shapes.mean(axis=0, keepdims=True, dtype=np.float64) for shapes in (hack, makehuman)))
    mean, half = (neutral + average) * 0.5, (average - neutral) * 0.5

    weights = np.sqrt(vertex_weights()).astype(np.float32)[:, None]
    rows = np.concatenate([identities.hack, half.hack, (hack - average.hack[0]) / np.sqrt(len(hack))], dtype=np.float32)
    rows *= weights
    rows = rows.reshape(len(rows), -1)
    variances, vectors = np.linalg.eigh((rows @ rows.T).astype(np.float64))
    order = np.argsort(-variances)
    chosen = vectors[:, order[:count]].T
    # The sign that makes the largest share positive, so that a build does not depend on the solver.
    chosen = chosen * np.sign(chosen[np.arange(count), np.abs(chosen).argmax(axis=1)])[:, None]

    of_ict, of_half, of_people = np.split(chosen, [len(identities.hack), len(identities.hack) + 1], axis=1)
    shares = of_people / np.sqrt(len(hack))

    def mixed(shapes: np.ndarray, centre: np.ndarray) -> np.ndarray:
        flat = shares.astype(np.float32) @ shapes.reshape(len(shapes), -1)
        return flat.reshape(count, *shapes.shape[1:]) - shares.sum(axis=1)[:, None, None] * centre[0]

    components = people.completed(mixed(hack, average.hack), mixed(makehuman, average.makehuman))
    components += _mixture(of_ict, identities) + _mixture(of_half, half)
    return JointSpace(mean, components, variances[order])


def _mixture(shares: np.ndarray, shapes: Shapes) -> Shapes:
    return Shapes(*(np.tensordot(shares, values, 1) for values in (shapes.hack, shapes.parts, shapes.makehuman)))
