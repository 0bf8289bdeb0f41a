"""From the state a fit ended in to its result, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import InputError
from ..mesh.similarity import Similarity
from ..models.catalogue import FLAME_JOINTS
from .job import FitResult
from .posable import HeadState, PosableHead, Posed

# What the rotations of a skeleton other than FLAME's are called together.
POSE = "pose"
HEIGHT = "larynx_height"


def coefficients_of(head: PosableHead, state: HeadState) -> dict[str, np.ndarray]:
    """The coefficients as `FitResult` has them."""
    kinds = {name: state.coefficients[part] for name, part in head.parts.items()}
    own = np.einsum("jba,jb->ja", head.axes, state.axis_angles)
    turns = dict(zip(head.joint_names, own)) if head.joint_names == FLAME_JOINTS else {POSE: own}
    heights = {} if head.larynx is None else {HEIGHT: np.array([head.larynx_height])}
    return {**kinds, **heights, **turns, "translation": state.translation}


def head_of(head: PosableHead, coefficients: Mapping[str, np.ndarray]) -> PosableHead:
    """The head with its larynx where the coefficients say; others as they are."""
    if head.larynx is None or HEIGHT not in coefficients:
        return head
    return head.with_larynx_height(float(_array(coefficients, HEIGHT, 1)[0]))


def state_of(head: PosableHead, coefficients: Mapping[str, np.ndarray]) -> HeadState:
    """The state of `coefficients`; what is left out, and coefficients after those given, are zero.

    Raises `InputError` for more coefficients than the head has, and for values that are not finite."""
    values = head.neutral().coefficients
    for name, part in head.parts.items():
        given, room = _array(coefficients, name, 0), part.stop - part.start
        if len(given) > room:
            raise InputError(f"There are {len(given)} {name} coefficients, but {head.label} has {room}.")
        values[part.start : part.start + len(given)] = given
    count = len(head.joint_names)
    if POSE in coefficients:
        turns = _array(coefficients, POSE, 3 * count).reshape(count, 3)
    else:
        turns = np.stack([_array(coefficients, name, 3) for name in head.joint_names])
    rotations = Rotation.from_rotvec(np.einsum("jab,jb->ja", head.axes, turns)).as_matrix()
    return HeadState(values, rotations, _array(coefficients, "translation", 3), 0.0)


def _array(coefficients: Mapping[str, np.ndarray], name: str, size: int) -> np.ndarray:
    """The values of that name, flat; zeros of that size where they are left out (size 0: any size will do)."""
    values = np.asarray(coefficients.get(name, np.zeros(size)), np.float64).reshape(-1)
    if size and len(values) != size:
        raise InputError(f"'{name}' should have {size} values, not {len(values)}.")
    if not np.isfinite(values).all():
        raise InputError(f"'{name}' has values that are no numbers (NaN or infinite); fit the head again.")
    return values


def fit_result(head: PosableHead, state: HeadState, mm_per_unit: float, metrics, notes) -> FitResult:
    """The result of a fit to data of which one unit is `mm_per_unit`.

    The state's scale belongs to the similarity: the model's head itself stays as large as its coefficients say."""
    unscaled = HeadState(state.coefficients, state.rotations, state.translation, 0.0)
    similarity = Similarity(float(np.exp(state.log_scale)) / mm_per_unit, np.eye(3), np.zeros(3))
    return FitResult(
        model=head.key,
        version=head.version,
        label=head.label,
        coefficients=coefficients_of(head, unscaled),
        expression_names=head.expression_names,
        similarity=similarity,
        vertices=similarity.apply(Posed(head, unscaled).vertices()),
        metrics=metrics,
        notes=tuple(notes),
    )
