"""The FLAME head model: coefficients and joint rotations to vertices."""

from __future__ import annotations

import numpy as np
import torch

from headbridge.errors import InputError
from headbridge.models.flame.data import FlameData
from headbridge.models.flame.parameters import FlameParameters
from headbridge.models.skinning import axis_angle_to_matrix, joint_transforms, skin

from .coefficients import padded_coefficients
from .shape import HeadShape

JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")


class FlameModel:
    """FLAME on a device, batched and differentiable in all parameters.

    Template, identities, expressions, pose correctives and the rest joints they move come out of one matrix product:
    the joint regressor is applied to the bases once, when the model is made.

    data : the model's arrays; device, dtype : where and how it computes (float32 or float64).
    eyelids : (2, V, 3) left and right eyelid shapes in millimetres, added after skinning, or None.
    """

    def __init__(self, data: FlameData, device="cpu", dtype: torch.dtype = torch.float32, eyelids=None):
        self.data = data
        self.device, self.dtype = torch.device(device), dtype
        self.identity_count, self.expression_count = len(data.identity), len(data.expression)
        bases = np.concatenate([data.template[None], data.identity, data.expression, data.pose_correctives])
        joints = np.einsum("jv,kvd->kjd", data.joint_regressor, bases, optimize=True)
        # Joints are regressed from the shaped vertices, before the pose correctives.
        joints[len(bases) - len(data.pose_correctives) :] = 0.0
        rows = np.concatenate(
            [bases.transpose(0, 2, 1).reshape(len(bases), -1), joints.reshape(len(bases), -1)], axis=1
        )
        self._mean, self._basis = self._tensor(rows[0]), self._tensor(rows[1:])
        self._weights = self._tensor(data.weights.T)
        self._parents = tuple(int(parent) for parent in data.parents)
        self._unit = torch.eye(3, device=self.device, dtype=dtype)
        self.faces = torch.as_tensor(np.ascontiguousarray(data.faces, dtype=np.int64), device=self.device)
        self._eyelids = None if eyelids is None else self._tensor(np.asarray(eyelids).transpose(0, 2, 1).reshape(2, -1))

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(array), dtype=self.dtype, device=self.device)

    @property
    def label(self) -> str:
        """The model's name and version, for messages."""
        return self.data.label

    @property
    def vertex_count(self) -> int:
        return self._weights.shape[1]

    def zeros(self, batch: int = 1) -> FlameParameters:
        """`batch` mean heads in the rest pose, with all of the model's coefficients, on its device."""
        return FlameParameters.zeros(batch, self.identity_count, self.expression_count, self.device, self.dtype)

    def forward(self, parameters: FlameParameters) -> HeadShape:
        """The heads of a batch of parameters.

        Raises InputError when there are more coefficients than the model has, or eyelid coefficients without their
        shapes."""
        count, batch = self.vertex_count, parameters.batch
        turns = axis_angle_to_matrix(torch.stack([getattr(parameters, name) for name in JOINTS], dim=1))
        coefficients = torch.cat(
            [
                padded_coefficients(parameters.identity, self.identity_count, "identity", self.label),
                padded_coefficients(parameters.expression, self.expression_count, "expression", self.label),
                (turns[:, 1:] - self._unit).flatten(1),
            ],
            dim=1,
        )
        shaped = torch.addmm(self._mean, coefficients, self._basis)
        planes, joints = shaped.split((3 * count, 3 * len(self._parents)), dim=1)
        planes, joints = planes.view(batch, 3, count), joints.view(batch, len(self._parents), 3)
        rotations, offsets, placed = joint_transforms(turns, joints, self._parents)
        translation = parameters.translation
        posed = skin(planes, self._weights, rotations, offsets + translation[:, None])
        if parameters.eyelids is not None:
            if self._eyelids is None:
                raise InputError(
                    "There are eyelid coefficients, but the model has no eyelid shapes; read them from the tracker's "
                    "l_eyelid.npy and r_eyelid.npy, or leave the eyelids out."
                )
            posed = posed + (parameters.eyelids @ self._eyelids).view(batch, 3, count)
        return HeadShape(
            vertices=posed.transpose(1, 2).contiguous(),
            joints=placed + translation[:, None],
            shaped=planes.transpose(1, 2),
        )

    __call__ = forward
