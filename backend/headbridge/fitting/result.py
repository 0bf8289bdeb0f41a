"""From the state a fit ended in to its result, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.spatial.transform import Rotation

from ..registration.job import Similarity
from .job import FitResult
from .posable import HeadState, PosableHead, Posed


def coefficients_of(head: PosableHead, state: HeadState) -> dict[str, np.ndarray]:
    """identity, expression, every joint by its name, and translation, as `FitResult` has them."""
    turns = dict(zip(head.joint_names, state.axis_angles))
    identity, expression = np.split(state.coefficients, [head.identity_count])
    return {"identity": identity, "expression": expression, **turns, "translation": state.translation}


def state_of(head: PosableHead, coefficients: Mapping[str, np.ndarray]) -> HeadState:
    """The state of `coefficients`; what is left out, and coefficients beyond those given, are zero."""
    neutral = head.neutral()
    values = neutral.coefficients
    for name, start, stop in (
        ("identity", 0, head.identity_count),
        ("expression", head.identity_count, head.coefficient_count),
    ):
        given = np.asarray(coefficients.get(name, ()), np.float64)
        values[start : min(start + len(given), stop)] = given[: stop - start]
    turns = np.stack([np.asarray(coefficients.get(name, np.zeros(3)), np.float64) for name in head.joint_names])
    return HeadState(
        values,
        Rotation.from_rotvec(turns).as_matrix(),
        np.asarray(coefficients.get("translation", np.zeros(3)), np.float64),
        0.0,
    )


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
