"""The rig of a fitted head with the coefficients of the fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...registration.job import Similarity
from ..open_flame import load_open_flame
from .flame import flame_rig
from .ict import ict_rig
from .load import RIGS, load_rig
from .model import RigModel

_FIX = "write it again with headbridge fit-mesh"


@dataclass(frozen=True, eq=False)
class FittedRig:
    """A rig and where a fit puts its sliders: values (K,) of the keys, rotations (J, 3) axis-angle in radians,
    translation (3,) mm. similarity : from there to the frame and unit of the data that was fitted."""

    rig: RigModel
    values: np.ndarray
    rotations: np.ndarray
    translation: np.ndarray
    similarity: Similarity


def read_fitted_rig(arrays: Mapping[str, np.ndarray], correctives: bool = True) -> FittedRig:
    """The head of a fit's head.npz (see `jobs.fit_output`).

    Raises `InputError` for another file, values that are not finite, and where the model that was fitted is not the one
    at hand: coefficients of one model mean another face in another."""
    needed = {"model", "version", "identity", "expression", "translation"}
    if not needed <= set(arrays):
        missing = ", ".join(sorted(needed - set(arrays)))
        raise InputError(f"This is no fitted head: {missing} missing; choose the head.npz of a fit.")
    model, version = str(arrays["model"]), str(arrays["version"])
    identity, expression = (_vector(arrays, name) for name in ("identity", "expression"))
    rig = _rig(model, version, len(identity), len(expression), correctives)
    values = np.zeros(len(rig.names))
    kinds = np.array(rig.kinds)
    for kind, given in (("identity", identity), ("expression", expression)):
        if np.count_nonzero(kinds == kind) != len(given):
            raise InputError(f"The fit has {len(given)} {kind} coefficients, but {rig.label} has fewer; {_FIX}.")
        values[kinds == kind] = given
    similarity = Similarity(
        float(np.asarray(arrays.get("similarity_scale", 1.0)).reshape(())),
        np.asarray(arrays.get("similarity_rotation", np.eye(3)), np.float64),
        _vector(arrays, "similarity_translation", 3),
    )
    return FittedRig(
        rig,
        values,
        np.stack([_vector(arrays, name, 3) for name in rig.joint_names]),
        _vector(arrays, "translation", 3),
        similarity,
    )


def _rig(model: str, version: str, identities: int, expressions: int, correctives: bool) -> RigModel:
    counts = (identities, expressions, correctives)
    if model == "flame" and version == "open topology":
        return flame_rig(load_open_flame(), *counts)
    if model in ("hack", "ict") and version == "ICT-FaceKit":
        return ict_rig(model, *counts)
    if model not in RIGS:
        raise InputError(f"The fit is of the model '{model}', which HeadBridge does not know; {_FIX}.")
    rig = load_rig(model, *counts)
    if rig.version != version:
        raise InputError(
            f"The fit is of version '{version}' of the model {model}, but here is {rig.label}; put the model's file "
            "into the model folder that `headbridge doctor` names."
        )
    return rig


def _vector(arrays: Mapping[str, np.ndarray], name: str, width: int | None = None) -> np.ndarray:
    """A vector of finite numbers; zeros of the width when it is not there."""
    array = np.asarray(arrays.get(name, np.zeros(width or 0)))
    if array.dtype.kind not in "fiu" or array.ndim != 1 or (width is not None and len(array) != width):
        raise InputError(f"The fit's '{name}' should be a list of {width or 'some'} numbers; {_FIX}.")
    if not np.isfinite(array).all():
        raise InputError(f"The fit's '{name}' has values that are not finite (NaN or infinite); {_FIX}.")
    return array.astype(np.float64)
