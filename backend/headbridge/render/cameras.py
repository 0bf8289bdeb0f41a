"""Cameras in OpenCV's axes: x to the right, y down, z into the scene; batched and differentiable.

Screen coordinates are pixels with the first pixel's centre at (0.5, 0.5), so that a picture spans 0..width, 0..height.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from ..errors import InputError


def _in_camera(vertices: torch.Tensor, rotation: torch.Tensor, translation: torch.Tensor) -> torch.Tensor:
    if vertices.dim() != 3 or vertices.shape[2] != 3:
        raise InputError(f"Vertices to project should have shape (B, V, 3), not {tuple(vertices.shape)}.")
    return vertices @ rotation.transpose(1, 2) + translation[:, None]


def _check(what: str, tensor: torch.Tensor, shape: tuple[int, ...]) -> None:
    if tuple(tensor.shape[1:]) != shape or tensor.dim() != len(shape) + 1:
        expected = "(" + ", ".join(["B", *map(str, shape)]) + ")"
        raise InputError(f"A camera's {what} should have shape {expected}, not {tuple(tensor.shape)}.")


@dataclass(frozen=True)
class PerspectiveCamera:
    """B pinhole cameras.

    matrix : (B, 3, 3) intrinsics K for screen coordinates: cx is half the width where the axis meets the middle.
    rotation : (B, 3, 3) and translation : (B, 3), from the scene to the camera: R x + t.
    A 1 in place of any B serves all views. `perspective` is what `rasterise` wants to know.
    """

    matrix: torch.Tensor
    rotation: torch.Tensor
    translation: torch.Tensor
    perspective = True

    def __post_init__(self):
        _check("matrix", self.matrix, (3, 3))
        _check("rotation", self.rotation, (3, 3))
        _check("translation", self.translation, (3,))

    @classmethod
    def from_opencv(cls, matrix, rotation, translation) -> PerspectiveCamera:
        """A camera as OpenCV calibrates it, where the first pixel's centre is at (0, 0)."""
        shift = torch.zeros_like(matrix)
        shift[..., :2, 2] = 0.5
        return cls(matrix + shift, rotation, translation)

    def project(self, vertices: torch.Tensor) -> torch.Tensor:
        """(B, V, 3) screen x, y and depth of (B or 1, V, 3) vertices, depth in the scene's units."""
        in_camera = _in_camera(vertices, self.rotation, self.translation)
        depth = in_camera[..., 2:]
        # A point in the camera's plane has no place on the screen; one just before it has.
        safe = torch.where(depth.abs() < 1e-12, torch.full_like(depth, 1e-12), depth)
        screen = (in_camera / safe) @ self.matrix.transpose(1, 2)
        return torch.cat([screen[..., :2], safe], dim=-1)

    def cropped(self, left: float, top: float, scale: float) -> PerspectiveCamera:
        """The camera of a picture's crop that starts at (left, top) and is then enlarged by `scale`."""
        return replace(self, matrix=_crop(self.matrix, left, top, scale) @ self.matrix)


@dataclass(frozen=True)
class OrthographicCamera:
    """B orthographic cameras; scaled orthographic (weak perspective) ones where `scale` is fitted.

    scale : (B,) pixels per unit of the scene. centre : (B, 2) screen coordinates of the camera's axis.
    rotation : (B, 3, 3) and translation : (B, 3), from the scene to the camera: R x + t.
    A 1 in place of any B serves all views. `perspective` is what `rasterise` wants to know.
    """

    scale: torch.Tensor
    centre: torch.Tensor
    rotation: torch.Tensor
    translation: torch.Tensor
    perspective = False

    def __post_init__(self):
        _check("scale", self.scale, ())
        _check("centre", self.centre, (2,))
        _check("rotation", self.rotation, (3, 3))
        _check("translation", self.translation, (3,))

    def project(self, vertices: torch.Tensor) -> torch.Tensor:
        """(B, V, 3) screen x, y and depth of (B or 1, V, 3) vertices, depth in the scene's units."""
        in_camera = _in_camera(vertices, self.rotation, self.translation)
        screen = in_camera[..., :2] * self.scale[:, None, None] + self.centre[:, None]
        return torch.cat([screen, in_camera[..., 2:].expand(screen.shape[0], -1, -1)], dim=-1)

    def cropped(self, left: float, top: float, scale: float) -> OrthographicCamera:
        """The camera of a picture's crop that starts at (left, top) and is then enlarged by `scale`."""
        corner = self.centre.new_tensor([left, top])
        return replace(self, scale=self.scale * scale, centre=(self.centre - corner) * scale)


def _crop(like: torch.Tensor, left: float, top: float, scale: float) -> torch.Tensor:
    if not scale > 0.0:
        raise InputError(f"A crop cannot be enlarged by {scale}; use a positive number.")
    return like.new_tensor([[scale, 0.0, -scale * left], [0.0, scale, -scale * top], [0.0, 0.0, 1.0]])
