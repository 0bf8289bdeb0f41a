"""The ICT-FaceKit head model: coefficients and joint rotations to vertices."""

from __future__ import annotations

import numpy as np
import torch

from headbridge.errors import InputError
from headbridge.models.flame import FlameParameters
from headbridge.models.ict.head import load_ict_head
from headbridge.models.jaw_corrective import MINUS_SINE, SINE, jaw_opening_correctives
from headbridge.models.skinning import axis_angle_to_matrix, joint_transforms, skin
from headbridge.topologies import load_builtin

from .coefficients import padded_coefficients
from .flame import JOINTS
from .shape import HeadShape


class IctModel:
    """All 26,719 vertices of ICT-FaceKit (skin, mouth, teeth, tongue, eyes, lashes) on a device, batched and
    differentiable in all parameters.

    100 identity coefficients in standard deviations and 57 expressions in 0..1: ARKit's (browInnerUp and cheekPuff in
    halves), cheekRaiser and PupilDilate. Joints and skinning are ours (`IctRig`) and have FLAME's names, so that
    FLAME's parameters pose this head, too. Gaze belongs to the eye joints: the eyeLook shapes move the lids.

    device, dtype : where and how it computes (float32 or float64).
    topology : "ict", or "hack" for the first 14,062 vertices alone, which are HACK's topology.
    identities : "ict", or "people" for the size and the identities of all people.
    """

    def __init__(
        self, device="cpu", dtype: torch.dtype = torch.float32, topology: str = "ict", identities: str = "ict"
    ):
        head = load_ict_head(identities)
        rig, self.label = head.rig, head.label(topology)
        self.device, self.dtype = torch.device(device), dtype
        self.identity_count, self.expression_count = len(head.identity), len(head.expression)
        self.identity_names, self.expression_names = head.identity_names, head.expression_names
        correctives = jaw_opening_correctives(rig.jaw_corrective, rig.jaw_sine)
        bases = (*head.identity, *head.expression, *correctives)
        part = load_builtin(topology)
        count = len(part.vertices)
        basis = np.empty((len(bases), 3 * count + 15), np.float32 if dtype == torch.float32 else np.float64)
        for row, delta in zip(basis, bases):
            row[: 3 * count] = delta[:count].T.reshape(-1)
            row[3 * count :] = (rig.joint_regressor @ delta).reshape(-1)
        # Joints are regressed from the shaped vertices, before the pose correctives.
        basis[-len(correctives) :, 3 * count :] = 0.0
        mean = np.concatenate([head.template[:count].T.reshape(-1), rig.joints(head.template).reshape(-1)])
        self._mean, self._basis = self._tensor(mean), self._tensor(basis)
        self._weights = self._tensor(rig.weights[:count].T)
        self._parents = tuple(int(parent) for parent in rig.parents)
        self.faces = torch.as_tensor(part.triangles.astype(np.int64), device=self.device)

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        return torch.tensor(np.ascontiguousarray(array), dtype=self.dtype, device=self.device)

    @property
    def vertex_count(self) -> int:
        return self._weights.shape[1]

    def forward(self, parameters: FlameParameters) -> HeadShape:
        """The heads of a batch of parameters.

        Raises InputError when there are more coefficients than the model has, or eyelid coefficients, which belong to
        FLAME's topology."""
        if parameters.eyelids is not None:
            raise InputError("ICT-FaceKit has no eyelid shapes; use its expressions eyeBlink_L and eyeBlink_R.")
        count, batch = self.vertex_count, parameters.batch
        turns = axis_angle_to_matrix(torch.stack([getattr(parameters, name) for name in JOINTS], dim=1))
        jaw = turns[:, JOINTS.index("jaw")].flatten(1)
        coefficients = torch.cat(
            [
                padded_coefficients(parameters.identity, self.identity_count, "identity", self.label),
                padded_coefficients(parameters.expression, self.expression_count, "expression", self.label),
                jaw[:, [MINUS_SINE, SINE]],
            ],
            dim=1,
        )
        shaped = torch.addmm(self._mean, coefficients, self._basis)
        planes = shaped[:, : 3 * count].view(batch, 3, count)
        joints = shaped[:, 3 * count :].view(batch, len(self._parents), 3)
        rotations, offsets, placed = joint_transforms(turns, joints, self._parents)
        translation = parameters.translation[:, None]
        posed = skin(planes, self._weights, rotations, offsets + translation)
        return HeadShape(posed.transpose(1, 2).contiguous(), placed + translation, planes.transpose(1, 2))

    __call__ = forward
