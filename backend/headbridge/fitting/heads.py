"""The head models fits know, by name: the user's where a file is given or found, else the open ones."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..errors import InputError
from ..model_files import MODEL_FILES, find_model
from ..models.flame import FlameData, read_flame_file
from ..models.ict import load_ict_rig
from ..models.jaw_corrective import MINUS_SINE, SINE, jaw_opening_correctives
from ..models.open_flame import load_open_flame
from ..topologies import load_builtin, load_deltas
from .posable import PosableHead

MODELS = ("flame", "open-flame", "hack", "ict")
JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")
_JAW = JOINTS.index("jaw")
# Blendshapes lie in 0..1, mostly near 0.
_BLENDSHAPE_SIGMA = 0.5


def load_head(model: str, model_file: str = "") -> PosableHead:
    """A head model by its name.

    "flame" is `model_file`, else the user's FLAME file in the model folders, else the open head in FLAME's topology;
    "open-flame" the open one in any case; "hack" and "ict" carry ICT-FaceKit. `PosableHead.label` says which it is.
    Raises `InputError` for another name, and for a file that is no FLAME model or belongs to another model."""
    if model not in MODELS:
        raise InputError(f"There is no head model '{model}'; choose one of {', '.join(MODELS)}.")
    if model_file:
        if model != "flame":
            raise InputError(f"A model file serves the model flame, not {model}; leave one of them out.")
        return _flame_head(read_flame_file(model_file))
    if model == "flame":
        for known in MODEL_FILES:
            if known.key in ("flame2023", "flame2020") and (found := find_model(known).path) is not None:
                return _flame_head(read_flame_file(found))
    return _open_head(model)


@lru_cache(maxsize=2)
def _open_head(model: str) -> PosableHead:
    return _flame_head(load_open_flame()) if model in ("flame", "open-flame") else _ict_head(model)


def _flame_head(data: FlameData) -> PosableHead:
    bases = np.concatenate([data.identity, data.expression])
    blendshapes = bool(data.expression_names)
    used = np.flatnonzero(np.abs(data.pose_correctives).max(axis=(1, 2)) > 0.0)
    sigma = np.ones(len(bases))
    if blendshapes:
        sigma[len(data.identity) :] = _BLENDSHAPE_SIGMA
    return PosableHead(
        key="flame",
        label=data.label,
        version=data.version,
        template=np.asarray(data.template, np.float64),
        bases=_coefficients_last(bases),
        identity_count=len(data.identity),
        expression_names=data.expression_names,
        sigma=sigma,
        blendshapes=blendshapes,
        joint_names=JOINTS,
        joints=np.asarray(data.joints, np.float64),
        joint_bases=_joint_bases(data.joint_regressor, bases),
        parents=data.parents,
        weights=np.asarray(data.weights, np.float64),
        correctives=_coefficients_last(data.pose_correctives[used]),
        corrective_joints=1 + used // 9,
        corrective_entries=used % 9,
    )


def _ict_head(key: str) -> PosableHead:
    """ICT-FaceKit with all vertices, or the first of them, which are HACK's topology."""
    mesh, deltas, rig = load_builtin(key), load_deltas("ict"), load_ict_rig()
    count = len(mesh.vertices)
    bases = np.concatenate([deltas.identity, deltas.expression])
    opening = np.stack(jaw_opening_correctives(rig.jaw_corrective, rig.jaw_sine))
    sigma = np.ones(len(bases))
    sigma[len(deltas.identity) :] = _BLENDSHAPE_SIGMA
    return PosableHead(
        key=key,
        label="ICT-FaceKit" if key == "ict" else "ICT-FaceKit in HACK's topology",
        version="ICT-FaceKit",
        template=mesh.vertices,
        bases=_coefficients_last(bases[:, :count]),
        identity_count=len(deltas.identity),
        expression_names=deltas.expression_names,
        sigma=sigma,
        blendshapes=True,
        joint_names=JOINTS,
        joints=rig.joints(load_builtin("ict").vertices),
        joint_bases=_joint_bases(rig.joint_regressor, bases),
        parents=rig.parents,
        weights=rig.weights[:count],
        correctives=_coefficients_last(opening[:, :count]),
        corrective_joints=np.array([_JAW, _JAW]),
        corrective_entries=np.array([MINUS_SINE, SINE]),
    )


def _coefficients_last(rows: np.ndarray) -> np.ndarray:
    """(V, 3, K) float64 of (K, V, 3)."""
    count = len(rows)
    return np.ascontiguousarray(rows.reshape(count, -1).T, dtype=np.float64).reshape(*rows.shape[1:], count)


def _joint_bases(regressor, bases: np.ndarray) -> np.ndarray:
    """(J, 3, K) joints' displacements, of a dense or sparse (J, V) regressor and (K, V, 3) bases."""
    planes = bases.transpose(1, 2, 0).reshape(bases.shape[1], -1)
    return np.asarray(regressor @ planes, np.float64).reshape(regressor.shape[0], 3, len(bases))
