"""The HACK head model: coefficients, cervical rotations and the larynx to vertices."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from headbridge.models.hack.data import HackData
from headbridge.models.skinning import axis_angle_to_matrix, joint_transforms, skin
from headbridge.topologies import load_builtin

from .coefficients import padded_coefficients
from .hack_parameters import HackParameters
from .shape import HeadShape


class HackModel:
    """HACK on a device, batched and differentiable in all parameters.

    Mean, identities, expressions and pose correctives come out of one matrix product.

    data : the model's arrays; device, dtype : where and how it computes (float32 or float64).
    """

    def __init__(self, data: HackData, device="cpu", dtype: torch.dtype = torch.float32):
        self.data = data
        self.device, self.dtype = torch.device(device), dtype
        self.identity_count, self.expression_count = len(data.identity), len(data.expression)
        bases = (data.identity, data.expression, data.pose_correctives)
        self._basis = self._tensor(
            np.concatenate([basis.transpose(0, 2, 1).reshape(len(basis), -1) for basis in bases])
        )
        self._mean = self._tensor(data.mean.T.reshape(-1))
        self._weights = self._tensor(data.weights.T)
        self._joints, self._axes = self._tensor(data.bones.joints), self._tensor(data.bones.axes)
        self._parents = tuple(int(parent) for parent in data.bones.parents)
        self._larynx = self._tensor(data.larynx)[None, None]
        self._places = self._tensor(data.larynx_places)
        self._push = self._tensor(data.larynx_push)
        self._unit = torch.eye(3, device=self.device, dtype=dtype)
        self.faces = torch.as_tensor(load_builtin("hack").triangles.astype(np.int64), device=self.device)

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        return torch.tensor(np.ascontiguousarray(array), dtype=self.dtype, device=self.device)

    @property
    def label(self) -> str:
        """The model's name, for messages."""
        return self.data.label

    @property
    def vertex_count(self) -> int:
        return self._weights.shape[1]

    def forward(self, parameters: HackParameters) -> HeadShape:
        """The heads of a batch of parameters. Raises InputError when there are more coefficients than the model has."""
        count, batch = self.vertex_count, parameters.batch
        turns = axis_angle_to_matrix(parameters.pose)
        coefficients = torch.cat(
            [
                padded_coefficients(parameters.identity, self.identity_count, "identity", self.label),
                padded_coefficients(parameters.expression, self.expression_count, "expression", self.label),
                # The root's rotation moves the whole head and corrects nothing.
                (turns[:, 1:] - self._unit).flatten(1),
            ],
            dim=1,
        )
        planes = torch.addmm(self._mean, coefficients, self._basis).view(batch, 3, count)
        planes = planes + self._push[None, :, None] * self._larynx_reach(parameters)[:, None]
        # Turns about the bones' own axes, seen in the head's frame.
        world = self._axes @ turns @ self._axes.transpose(1, 2)
        joints = self._joints.expand(batch, -1, -1)
        rotations, offsets, placed = joint_transforms(world, joints, self._parents)
        translation = parameters.translation[:, None]
        posed = skin(planes, self._weights, rotations, offsets + translation)
        return HeadShape(posed.transpose(1, 2).contiguous(), placed + translation, planes.transpose(1, 2))

    __call__ = forward

    def _larynx_reach(self, parameters: HackParameters) -> torch.Tensor:
        """(B, V) how far the larynx pushes each vertex, in lengths of its push."""
        shift = functional.pad(2.0 * parameters.larynx_height, (1, 0))[:, None]
        places = (self._places + shift)[:, None]
        larynx = self._larynx.expand(len(places), -1, -1, -1)
        read = functional.grid_sample(larynx, places, mode="bilinear", padding_mode="border", align_corners=True)
        return parameters.larynx_size * read[:, 0, 0]
