"""The rig of a fitted head with the coefficients of the fit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ...errors import InputError
from ...mesh.similarity import Similarity
from ..catalogue import ADULTS, ADULTS_ON_FLAME, HEADS, MODELS, of_all_people
from ..people.identity import SMOOTH
from .hack import HEIGHT_UNIT
from .load import load_rig, open_rig
from .model import RigModel

_FIX = "write it again with headbridge fit-mesh"


# What a fit calls the coefficients of each kind of key, and the rotations of a spine.
_ARRAYS = {"identity": ("identity",), "expression": ("expression",), "larynx": ("larynx_size", "larynx_height")}
_POSE, _DETAIL = "pose", "detail"


@dataclass(frozen=True, eq=False)
class FittedRig:
    """A rig and where a fit puts its sliders: values (K,) of the keys, rotations (J, 3) axis-angle in radians,
    translation (3,) mm. similarity : from there to the frame and unit of the data that was fitted.

    detail : (V, 3) mm, what the face has beyond the model's coefficients, before skinning; None where there is none.
    smooth : (K,) bool, keys of what is the face's own and no slider."""

    rig: RigModel
    values: np.ndarray
    rotations: np.ndarray
    translation: np.ndarray
    similarity: Similarity
    detail: np.ndarray | None

    @property
    def smooth(self) -> np.ndarray:
        return np.char.startswith(np.array(self.rig.names, np.str_), SMOOTH)

    def handed_over(self, rig: RigModel) -> RigModel:
        """A rig with these keys without those of the face's own, which are in its template."""
        return rig.folded(self.values, self.smooth)


def read_fitted_rig(
    arrays: Mapping[str, np.ndarray], correctives: bool = True, path: str | os.PathLike | None = None
) -> FittedRig:
    """The head of a fit's head.npz (see `jobs.fit_output`); path : the model's file where it is not in a model folder.

    Raises `InputError` for another file, values that are not finite, and where the model that was fitted is not the one
    at hand: coefficients of one model mean another face in another."""
    needed = {"model", "version", "identity", "expression"}
    if not needed <= set(arrays):
        missing = ", ".join(sorted(needed - set(arrays)))
        raise InputError(f"This is no fitted head: {missing} missing; choose the head.npz of a fit.")
    counts = [len(_numbers(arrays, name, (-1,))) for name in ("identity", "expression")]
    larynx = [_numbers(arrays, name, (-1,)) for name in _ARRAYS["larynx"]]
    stands = (float(larynx[0][0]), float(larynx[1][0])) if all(len(each) for each in larynx) else (1.0, 0.0)
    rig = rig_of_version(str(arrays["model"]), str(arrays["version"]), *counts, correctives, path, stands)
    values, kinds = np.zeros(len(rig.names)), np.array(rig.kinds)
    for kind in dict.fromkeys(rig.kinds):
        given = np.concatenate([_numbers(arrays, name, (-1,)) for name in _ARRAYS[kind]])
        if kind == "larynx" and len(given) == 2:
            given[1] /= HEIGHT_UNIT
        if len(given) > np.count_nonzero(kinds == kind):
            raise InputError(f"The fit has {len(given)} {kind} coefficients, but {rig.label} has fewer; {_FIX}.")
        values[np.flatnonzero(kinds == kind)[: len(given)]] = given
    if _POSE in arrays:
        rotations = _numbers(arrays, _POSE, (len(rig.joint_names), 3))
    else:
        rotations = np.stack([_numbers(arrays, name, (3,)) for name in rig.joint_names])
    similarity = Similarity(
        float(_numbers(arrays, "similarity_scale", ())) if "similarity_scale" in arrays else 1.0,
        _numbers(arrays, "similarity_rotation", (3, 3)) if "similarity_rotation" in arrays else np.eye(3),
        _numbers(arrays, "similarity_translation", (3,)),
    )
    translation, detail = _numbers(arrays, "translation", (3,)), _detail(arrays, rig, rotations)
    return FittedRig(rig, values, rotations, translation, similarity, detail)


def _detail(arrays: Mapping[str, np.ndarray], rig: RigModel, rotations: np.ndarray) -> np.ndarray | None:
    """The difference of the posed faces, turned back by the skinning's linear part."""
    if _DETAIL not in arrays:
        return None
    shape = rig.mesh.vertices.shape
    offsets = _numbers(arrays, _DETAIL, shape) - _numbers(arrays, "vertices", shape)
    turns = rig.joint_axes @ Rotation.from_rotvec(rotations).as_matrix() @ rig.joint_axes.transpose(0, 2, 1)
    for joint, parent in enumerate(rig.parents):
        if parent >= 0:
            turns[joint] = turns[parent] @ turns[joint]
    blended = (rig.weights @ turns.reshape(-1, 9)).reshape(-1, 3, 3)
    return np.linalg.solve(blended, offsets[..., None])[..., 0]


def rig_of_version(
    model: str,
    version: str,
    identities: int,
    expressions: int,
    correctives: bool = True,
    path: str | os.PathLike | None = None,
    larynx: tuple[float, float] = (1.0, 0.0),
) -> RigModel:
    """The rig of the model that a fit names, with so many coefficients. path : the model's file where it is not in a
    model folder. larynx : as `read_fitted_rig` reads it. Raises `InputError` where that is not the model at hand."""
    counts = (identities, expressions, correctives)
    if of_all_people(version, ever=True) and model in HEADS:
        return open_rig(model, counts, "people", smooth=of_all_people(version))
    if model in HEADS and version == (ADULTS_ON_FLAME if model == "flame" else ADULTS):
        return open_rig(model, counts, "ict")
    if model not in MODELS:
        raise InputError(f"The fit is of the model '{model}', which HeadBridge does not know; {_FIX}.")
    rig = load_rig(model, *counts, path, larynx=larynx)
    if rig.version != version:
        raise InputError(
            f"The fit is of version '{version}' of the model {model}, but here is {rig.label}; name the model's "
            "file, or put it into the model folder that `headbridge doctor` names."
        )
    return rig


def _numbers(arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Finite numbers of a shape, -1 for any length; zeros (no entries for any length) when they are not there."""
    array = np.asarray(arrays.get(name, np.zeros([max(side, 0) for side in shape])))
    fits = array.ndim == len(shape) and all(wanted in (-1, side) for side, wanted in zip(array.shape, shape))
    if array.dtype.kind not in "fiu" or not fits:
        raise InputError(f"The fit's '{name}' should be numbers of the shape {shape}, not {array.shape}; {_FIX}.")
    if not np.isfinite(array).all():
        raise InputError(f"The fit's '{name}' has values that are not finite (NaN or infinite); {_FIX}.")
    return array.astype(np.float64)
