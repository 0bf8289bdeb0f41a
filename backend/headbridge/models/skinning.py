"""Rotations, kinematic chains and linear blend skinning, differentiable and batched.

Points that many transforms meet are kept as planes, (B, 3, V): every product then runs along contiguous memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

# Below this squared angle the series is exact to float64, and the closed form loses digits.
_SERIES_BELOW = 1e-3


def axis_angle_to_matrix(rotation: torch.Tensor) -> torch.Tensor:
    """(..., 3, 3) rotation matrices of (..., 3) axis-angle vectors in radians (Rodrigues).

    Exact at zero, in value and in gradient."""
    squared = (rotation * rotation).sum(-1)
    small = squared < _SERIES_BELOW
    # Both branches stay finite, so that the one not taken sends no NaN back.
    angle = torch.where(small, torch.ones_like(squared), squared).sqrt()
    half = torch.sin(0.5 * angle) / angle
    series_1 = 1.0 + squared * (-1.0 / 6.0 + squared * (1.0 / 120.0 - squared / 5040.0))
    series_2 = 0.5 + squared * (-1.0 / 24.0 + squared * (1.0 / 720.0 - squared / 40320.0))
    sine = torch.where(small, series_1, torch.sin(angle) / angle)
    cosine = torch.where(small, series_2, 2.0 * half * half)
    x, y, z = (sine[..., None] * rotation).unbind(-1)
    # R = cos * 1 + sin/angle * [r]x + (1 - cos)/angle^2 * r r^T
    outer = cosine[..., None, None] * (rotation[..., :, None] * rotation[..., None, :])
    diagonal = 1.0 - cosine * squared
    skew = torch.stack([diagonal, -z, y, z, diagonal, -x, -y, x, diagonal], dim=-1)
    return outer + skew.unflatten(-1, (3, 3))


def chain_levels(parents: Sequence[int]) -> list[list[int]]:
    """Joints by their distance from the root: all of a level are posed at once. A parent comes before its children.

    The root's parent is -1."""
    depth: list[int] = []
    for parent in parents:
        depth.append(0 if parent < 0 else depth[parent] + 1)
    return [[joint for joint, its in enumerate(depth) if its == level] for level in range(max(depth) + 1)]


def joint_transforms(
    rotations: torch.Tensor, joints: torch.Tensor, parents: Sequence[int]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Forward kinematics of rotations about joints.

    rotations : (B, J, 3, 3), each in its parent's frame. joints : (B, J, 3) in the rest pose. parents : J, root -1.
    Returns (B, J, 3, 3) rotations and (B, J, 3) offsets that take points of the rest pose to the posed head,
    x -> R x + t, and (B, J, 3) the posed joints.
    """
    levels = chain_levels(parents)
    turned = [rotations[:, levels[0]]]
    placed = [joints[:, levels[0]]]
    order = list(levels[0])
    for level in levels[1:]:
        before = [order.index(parents[joint]) for joint in level]
        parent_turn, parent_place = torch.cat(turned, 1)[:, before], torch.cat(placed, 1)[:, before]
        bone = joints[:, level] - joints[:, [parents[joint] for joint in level]]
        turned.append(parent_turn @ rotations[:, level])
        placed.append(parent_place + (parent_turn @ bone[..., None])[..., 0])
        order += level
    back = [order.index(joint) for joint in range(len(order))]
    turn, place = torch.cat(turned, 1)[:, back], torch.cat(placed, 1)[:, back]
    return turn, place - (turn @ joints[..., None])[..., 0], place


def skin(points: torch.Tensor, weights: torch.Tensor, rotations: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """Linear blend skinning: sum over joints of weight * (R x + t).

    points : (B, 3, V) planes. weights : (J, V). rotations : (B, J, 3, 3), offsets : (B, J, 3).
    Returns (B, 3, V) planes.
    """
    transforms = torch.cat([rotations, offsets[..., None]], dim=-1).flatten(2)
    blended = (transforms.transpose(1, 2) @ weights).unflatten(1, (3, 4))
    # Unbound once: a slice each would make autograd fill a zero tensor per slice.
    by_x, by_y, by_z, moved = blended.unbind(2)
    x, y, z = points.unsqueeze(1).unbind(2)
    return torch.addcmul(torch.addcmul(torch.addcmul(moved, by_x, x), by_y, y), by_z, z)
