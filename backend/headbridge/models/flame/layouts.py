"""FLAME parameters as other projects store them, read and written.

A layout is a dictionary of arrays. Files are in metres; `FlameParameters` are in millimetres. What a layout cannot say
(a neck rotation in DECA's, say) is refused when it is written, never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from ...errors import InputError
from ..catalogue import FLAME_JOINTS
from .data import MILLIMETRES
from .parameters import FlameParameters
from .rotation_forms import axis_angle_of_six, six_of_axis_angle

_COEFFICIENTS = ("identity", "expression")


@dataclass(frozen=True)
class Part:
    """Consecutive columns of a field: a parameter, and how many of its numbers. six : as a 6D rotation."""

    parameter: str
    width: int
    six: bool = False

    @property
    def columns(self) -> int:
        return 6 if self.six else self.width


@dataclass(frozen=True)
class Field:
    """One array of a layout: its key and its parts, side by side. required : a file without it is of another kind."""

    key: str
    parts: tuple[Part, ...]
    required: bool = False

    @property
    def columns(self) -> int:
        return sum(part.columns for part in self.parts)


@dataclass(frozen=True)
class Layout:
    """How a project stores FLAME's parameters. label : its name. fields : its arrays, (B, columns) or (columns,)."""

    label: str
    fields: tuple[Field, ...]

    def read(self, values: Mapping[str, np.ndarray]) -> FlameParameters:
        """The parameters in float64. Missing arrays are zero, other keys are left alone.

        Raises `InputError` when an array that all such files have is missing, or one has another shape or is no number.
        """
        found: dict[str, np.ndarray] = {}
        for field in self.fields:
            if field.key not in values:
                if field.required:
                    self._refuse_missing(field, values)
                continue
            array = self._array(field, values[field.key])
            start = 0
            for part in field.parts:
                piece = array[:, start : start + part.columns]
                start += part.columns
                if part.six:
                    piece = axis_angle_of_six(piece)
                found[part.parameter] = piece * (MILLIMETRES if part.parameter == "translation" else 1.0)
        return FlameParameters(**{name: torch.from_numpy(np.ascontiguousarray(piece)) for name, piece in found.items()})

    def write(self, parameters: FlameParameters) -> dict[str, np.ndarray]:
        """The arrays of the layout, float64, (B, columns).

        Raises `InputError` when the parameters hold what the layout has no place for."""
        widths = {part.parameter: part.width for field in self.fields for part in field.parts}
        arrays = {}
        for name in (*_COEFFICIENTS, *FLAME_JOINTS, "translation", "eyelids"):
            tensor = getattr(parameters, name)
            array = np.zeros((parameters.batch, 0)) if tensor is None else tensor.detach().cpu().double().numpy()
            width = widths.get(name, 0)
            if np.any(array[:, width:]):
                place = f"room for the first {width} numbers of" if width else "no place for"
                raise InputError(f"{self.label} has {place} {name.replace('_', ' ')}; set the rest to zero first.")
            arrays[name] = np.pad(array[:, :width], ((0, 0), (0, max(width - array.shape[1], 0))))
        arrays["translation"] = arrays["translation"] / MILLIMETRES
        return {
            field.key: np.concatenate(
                [
                    six_of_axis_angle(arrays[part.parameter]) if part.six else arrays[part.parameter]
                    for part in field.parts
                ],
                axis=1,
            )
            for field in self.fields
        }

    def _array(self, field: Field, value) -> np.ndarray:
        array = np.asarray(value.detach().cpu() if isinstance(value, torch.Tensor) else value)
        if array.dtype.kind not in "fiu" or array.ndim not in (1, 2):
            raise InputError(
                f"{self.label}: '{field.key}' should hold (B, {field.columns}) numbers, not {array.shape}."
            )
        array = np.atleast_2d(array).astype(np.float64)
        # Coefficients stand alone in a field where fewer may be stored.
        fewer = len(field.parts) == 1 and field.parts[0].parameter in _COEFFICIENTS
        if array.shape[1] != field.columns and not (fewer and array.shape[1] < field.columns):
            raise InputError(
                f"{self.label}: '{field.key}' should have {field.columns} columns, but has {array.shape[1]}; this is "
                "the layout of another project."
            )
        if not np.isfinite(array).all():
            row = int(np.argmin(np.isfinite(array).all(axis=1)))
            raise InputError(
                f"{self.label}: '{field.key}' holds NaN or infinite values (first in row {row}); fit the head again."
            )
        return array

    def _refuse_missing(self, field: Field, values: Mapping) -> None:
        if "vertices" in values or "verts" in values:
            raise InputError(
                f"{self.label}: there is no '{field.key}', but there are vertices: this file holds outputs, not codes "
                "(as DECA's .mat does); recover the codes with 'headbridge fit-mesh'."
            )
        have = ", ".join(sorted(map(str, values))[:12]) or "nothing"
        raise InputError(f"{self.label}: there is no '{field.key}' (there is {have}); choose the layout of the file.")


def _rotation(name: str) -> Part:
    return Part(name, 3)


_EYES = (_rotation("left_eye"), _rotation("right_eye"))
_TRANSLATION = (Part("translation", 3),)

TF_FLAME = Layout(
    "TF_FLAME",
    (
        Field("shape", (Part("identity", 300),), required=True),
        Field("exp", (Part("expression", 100),)),
        Field("rot", (_rotation("root"),)),
        Field("pose", (_rotation("neck"), _rotation("jaw"), *_EYES), required=True),
        Field("trans", _TRANSLATION),
    ),
)
FLAME_PYTORCH = Layout(
    "FLAME_PyTorch",
    (
        Field("shape_params", (Part("identity", 300),), required=True),
        Field("expression_params", (Part("expression", 100),)),
        Field("pose_params", (_rotation("root"), _rotation("jaw")), required=True),
        Field("neck_pose", (_rotation("neck"),)),
        Field("eye_pose", _EYES),
        Field("transl", _TRANSLATION),
    ),
)
DECA = Layout(
    "DECA",
    (
        Field("shape", (Part("identity", 100),), required=True),
        Field("exp", (Part("expression", 50),), required=True),
        Field("pose", (_rotation("root"), _rotation("jaw")), required=True),
    ),
)
MICA_DATASET = Layout(
    "MICA's data sets",
    (
        Field("betas", (Part("identity", 300), Part("expression", 100)), required=True),
        Field("pose", (_rotation("root"), _rotation("neck"), _rotation("jaw"), *_EYES), required=True),
        Field("trans", _TRANSLATION),
    ),
)
METRICAL_TRACKER = Layout(
    "metrical-tracker",
    (
        Field("shape", (Part("identity", 300),), required=True),
        Field("exp", (Part("expression", 100),), required=True),
        Field("jaw", (Part("jaw", 3, six=True),), required=True),
        Field("eyes", (Part("left_eye", 3, six=True), Part("right_eye", 3, six=True)), required=True),
        Field("eyelids", (Part("eyelids", 2),)),
    ),
)
"""The "flame" part of a .frame file. The head's place is in the camera: see `tracker_frame`."""
EMOCA = Layout(
    "EMOCA",
    (
        Field("shapecode", (Part("identity", 300),), required=True),
        Field("expcode", (Part("expression", 100),), required=True),
        Field("posecode", (_rotation("root"), _rotation("jaw")), required=True),
    ),
)
RINGNET = Layout(
    "RingNet",
    (
        Field("shape", (Part("identity", 300),), required=True),
        Field("expression", (Part("expression", 100),), required=True),
        Field("pose", (_rotation("root"), _rotation("jaw")), required=True),
    ),
)
SMIRK = Layout(
    "SMIRK",
    (
        Field("shape_params", (Part("identity", 300),), required=True),
        Field("expression_params", (Part("expression", 100),), required=True),
        Field("pose_params", (_rotation("root"),), required=True),
        Field("jaw_params", (_rotation("jaw"),), required=True),
        Field("neck_pose_params", (_rotation("neck"),)),
        Field("eye_pose_params", _EYES),
        Field("eyelid_params", (Part("eyelids", 2),)),
    ),
)
VHAP = Layout(
    "VHAP",
    (
        Field("shape", (Part("identity", 300),), required=True),
        Field("expr", (Part("expression", 100),), required=True),
        Field("rotation", (_rotation("root"),), required=True),
        Field("neck_pose", (_rotation("neck"),), required=True),
        Field("jaw_pose", (_rotation("jaw"),), required=True),
        Field("eyes_pose", _EYES, required=True),
        Field("translation", _TRANSLATION, required=True),
    ),
)
FLAME_HEAD_TRACKER = Layout(
    "flame-head-tracker",
    (
        Field("shape", (Part("identity", 300),), required=True),
        Field("exp", (Part("expression", 100),), required=True),
        Field("head_pose", (_rotation("root"),), required=True),
        Field("jaw_pose", (_rotation("jaw"),), required=True),
        Field("neck_pose", (_rotation("neck"),)),
        Field("eye_pose", _EYES),
    ),
)
PIXEL3DMM = Layout(
    "Pixel3DMM",
    (
        *METRICAL_TRACKER.fields,
        Field("neck", (Part("neck", 3, six=True),), required=True),
        Field("R", (Part("root", 3, six=True),), required=True),
        Field("t", _TRANSLATION, required=True),
    ),
)
"""The "flame" part of a .frame file; `R` and `t` move the posed head about the origin."""
