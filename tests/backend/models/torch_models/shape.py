"""What every posable head model returns."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True, eq=False)
class HeadShape:
    """A batch of B heads, millimetres, Y up, the face along +Z.

    vertices : (B, V, 3) posed. joints : (B, J, 3) the joints' centres after posing.
    shaped : (B, V, 3) before skinning: template, identity, expression and pose correctives, in the rest pose.
    """

    vertices: torch.Tensor
    joints: torch.Tensor
    shaped: torch.Tensor
