"""How well coefficients alone describe heads: whole classes of people left out of the build, ICT-FaceKit's people, and
the demo scan (generalisation; Styner et al. 2003)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from headbridge.jobs.landmark_file import read_landmark_pairs
from headbridge.mesh.similarity import fit_similarity
from headbridge.models.conversion import flame_to_hack
from headbridge.models.people.person import Person
from headbridge.registration import RegisterInput, Similarity
from headbridge.registration.register import register
from headbridge.topologies import demo_pairs_file, load_builtin, load_deltas, load_topology

from .base_person import BasePerson
from .joint_space import JointSpace, joint_space
from .sources import IctPeople, MakeHumanPeople, alignment_weights, random_adults

# A head counts as so many independent points, each off by so many mm, against the prior of the coefficients.
_SAMPLES, _NOISE = 600, 1.0
_TESTED = 10
# Less than this share of an ancestry is a trace.
_TRACE = 0.05

CLASSES: dict[str, tuple[Callable[[Person], bool], Callable[[Person], bool]]] = {
    # Who is left out of the build, and who of them is tested.
    "babies": (lambda who: who.group == "baby", lambda who: True),
    "children": (lambda who: who.group == "child", lambda who: True),
    "old": (lambda who: who.group == "old", lambda who: True),
    "African": (lambda who: who.ancestry[0] > _TRACE, lambda who: who.ancestry[0] > 0.7),
    "Asian": (lambda who: who.ancestry[1] > _TRACE, lambda who: who.ancestry[1] > 0.7),
}


def left_out(
    ict: IctPeople,
    people: MakeHumanPeople,
    base: np.ndarray,
    hack: np.ndarray,
    makehuman: np.ndarray,
    who: list,
    count: int,
) -> dict[str, tuple[float, float]]:
    """Class to (mean error in the face in mm, rms of the coefficients) of people the space has not seen; and of the same
    people by ICT-FaceKit's identities alone.

    base : (14062, 3) the base person; hack, makehuman : (N, V, 3) its displacements to the people `who`."""
    found = {}
    for name, (belongs, tested) in CLASSES.items():
        out = np.array([belongs(person) for person in who])
        space = joint_space(ict, people, hack[~out], makehuman[~out], count)
        chosen = [k for k in np.flatnonzero(out) if tested(who[k])][:_TESTED]
        mean = base + space.mean.hack[0]
        fits = [described(mean, space.components.hack, base + hack[k]) for k in chosen]
        found[name] = tuple(np.mean(fits, axis=0).tolist())
        alone = [described(load_builtin("hack").vertices, load_deltas("hack").identity, base + hack[k]) for k in chosen]
        found[f"{name} by ICT-FaceKit alone"] = tuple(np.mean(alone, axis=0).tolist())
    return found


def known_heads() -> dict[str, list[np.ndarray]]:
    """(14062, 3) heads by what they are: random people of ICT-FaceKit's own model, and two real heads: the demo scan,
    where HACK comes to lie on it by its landmark pairs, and FLAME's template."""
    hack, scan = load_builtin("hack"), load_builtin("lee-perry-smith")
    pairs = read_landmark_pairs(demo_pairs_file(), hack, scan)
    worn = register(RegisterInput(hack, scan, landmarks=pairs, head_space="ict")).registered
    return {
        "ICT-FaceKit's people": list(random_adults(_TESTED, 0)),
        "the demo scan": [worn],
        "FLAME's template": [flame_to_hack(load_builtin("flame").vertices)],
    }


def all_described(
    mean: np.ndarray, components: np.ndarray, heads: dict[str, list[np.ndarray]]
) -> dict[str, tuple[float, float]]:
    """What `described` says of the heads of each name, on average."""
    return {
        name: tuple(np.mean([described(mean, components, head) for head in of], axis=0).tolist())
        for name, of in heads.items()
    }


def same_in_makehuman(
    base: BasePerson, space: JointSpace, hack: np.ndarray, makehuman: np.ndarray
) -> tuple[float, float]:
    """The same for people described by their HACK vertices, judged by their MakeHuman vertices.

    hack, makehuman : (N, V, 3) displacements of people who need not have been in the build."""
    table = load_topology("makehuman")
    face = table.regions["narrow_face"] & ~table.no_match
    found = []
    for skin, own in zip(hack, makehuman):
        coefficients, motion = _fit(base.hack + space.mean.hack[0], space.components.hack, base.hack + skin)
        shape = base.makehuman + space.mean.makehuman[0] + np.tensordot(coefficients, space.components.makehuman, 1)
        found.append(_judged(shape, base.makehuman + own, motion, face, coefficients))
    return tuple(np.mean(found, axis=0).tolist())


def described(mean: np.ndarray, components: np.ndarray, head: np.ndarray) -> tuple[float, float]:
    """(mean error in the narrow face in mm, rms of the coefficients) of a head in HACK's topology, best described.

    mean : (14062, 3); components : (K, 14062, 3); head : (14062, 3), anywhere."""
    table = load_topology("hack")
    coefficients, motion = _fit(mean, components, head)
    shape = mean + np.tensordot(coefficients, components, 1)
    return _judged(shape, head, motion, table.regions["narrow_face"] & ~table.no_match, coefficients)


def _judged(shape, head, motion, face, coefficients) -> tuple[float, float]:
    errors = np.linalg.norm(shape - motion.apply(head), axis=1)[face] / motion.scale
    return float(errors.mean()), float(np.sqrt((coefficients**2).mean()))


def _fit(mean: np.ndarray, components: np.ndarray, head: np.ndarray) -> tuple[np.ndarray, Similarity]:
    """Coefficients (K,) of the maximum a posteriori, and the similarity that lays the head on the model."""
    weights = alignment_weights()
    chosen = np.flatnonzero(weights)
    precision = weights[chosen] / weights.sum() * _SAMPLES / _NOISE**2
    flat = components[:, chosen].reshape(len(components), -1).astype(np.float64)
    weighted = flat * np.repeat(precision, 3)
    system = weighted @ flat.T + np.eye(len(flat))
    shape = mean
    for _ in range(3):
        motion = fit_similarity(head[chosen], shape[chosen], precision)
        offset = (motion.apply(head) - mean)[chosen].reshape(-1)
        coefficients = np.linalg.solve(system, weighted @ offset)
        shape = mean + np.tensordot(coefficients, components, 1)
    return coefficients, fit_similarity(head[chosen], shape[chosen], precision)
