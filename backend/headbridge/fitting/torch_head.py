"""Head models in torch: batched, and differentiable in all that poses them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..errors import InputError
from ..models.skinning import axis_angle_to_matrix, joint_transforms, skin
from .posable import PosableHead


@dataclass(frozen=True, eq=False)
class TorchShape:
    """A batch of B heads, millimetres, Y up, the face along +Z.

    vertices : (B, V, 3) posed. joints : (B, J, 3) the joints' centres after posing.
    shaped : (B, V, 3) before skinning: template, coefficients and pose correctives, in the rest pose.
    """

    vertices: torch.Tensor
    joints: torch.Tensor
    shaped: torch.Tensor


class TorchHead:
    """Any head of `load_head` on a device.

    Template, coefficients, pose correctives and the rest joints that these move come out of one matrix product.

    head : the model's arrays; its larynx stays at its height. device, dtype : where and how it computes (float32 or
    float64)."""

    def __init__(self, head: PosableHead, device="cpu", dtype: torch.dtype = torch.float32):
        self.head = head
        self._like = torch.zeros((), dtype=dtype, device=device)
        bases = np.concatenate([_planes(head.bases), _planes(head.joint_bases)], axis=1)
        correctives = _planes(head.correctives)
        # Joints are regressed from the shaped vertices, before the pose correctives.
        correctives = np.pad(correctives, ((0, 0), (0, bases.shape[1] - correctives.shape[1])))
        self._basis = self._tensor(np.concatenate([bases, correctives]))
        self._mean = self._tensor(np.concatenate([head.template.T.reshape(-1), head.joints.T.reshape(-1)]))
        self._weights, self._axes = self._tensor(head.weights.T), self._tensor(head.axes)
        self._parents = tuple(head.parents.tolist())
        self._corrected = torch.as_tensor(9 * head.corrective_joints + head.corrective_entries, device=device)

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        return torch.tensor(np.ascontiguousarray(array), dtype=self._like.dtype, device=self._like.device)

    def forward(
        self,
        coefficients: torch.Tensor,
        rotations: torch.Tensor | None = None,
        translation: torch.Tensor | None = None,
    ) -> TorchShape:
        """The heads of B rows of parameters; what is left out is zero.

        coefficients : (B, K), in the order of `PosableHead.groups`. rotations : (B, J, 3) axis-angles in radians, each
        about the joint's own axes and in its parent's frame. translation : (B, 3) mm, after posing.
        Raises `InputError` for other shapes."""
        head, batch, count = self.head, len(coefficients), len(self.head.template)
        joints = len(head.joint_names)
        rotations = self._like.new_zeros(batch, joints, 3) if rotations is None else rotations
        translation = self._like.new_zeros(batch, 3) if translation is None else translation
        for name, given, wanted in (
            ("coefficients", coefficients, (batch, head.coefficient_count)),
            ("rotations", rotations, (batch, joints, 3)),
            ("translation", translation, (batch, 3)),
        ):
            if tuple(given.shape) != wanted:
                raise InputError(f"{name} of {head.label} should have the shape {wanted}, not {tuple(given.shape)}.")
        turns = self._axes @ axis_angle_to_matrix(rotations) @ self._axes.transpose(1, 2)
        features = (turns - torch.eye(3).to(self._like)).flatten(1)[:, self._corrected]
        shaped = torch.addmm(self._mean, torch.cat([coefficients, features], dim=1), self._basis)
        planes, rest = shaped.split((3 * count, 3 * joints), dim=1)
        planes, rest = planes.view(batch, 3, count), rest.view(batch, 3, joints).transpose(1, 2)
        turned, offsets, placed = joint_transforms(turns, rest, self._parents)
        moved = translation[:, None]
        posed = skin(planes, self._weights, turned, offsets + moved)
        return TorchShape(posed.transpose(1, 2).contiguous(), placed + moved, planes.transpose(1, 2))

    __call__ = forward


def _planes(bases: np.ndarray) -> np.ndarray:
    """(K, 3 N), all x, then all y, then all z, of (N, 3, K)."""
    return bases.transpose(2, 1, 0).reshape(bases.shape[2], 3 * len(bases))
