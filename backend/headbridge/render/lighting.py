"""Light as spherical harmonics of the second order."""

from __future__ import annotations

import torch

from ..errors import InputError

# A Lambertian surface under each of the nine bands: the harmonics' constants times the cosine lobe's over pi
# (Ramamoorthi and Hanrahan 2001).
SH_CONSTANTS = (0.282095, 1.023327, 1.023327, 1.023327, 0.858086, 0.858086, 0.858086, 0.429043, 0.247708)


def sh_basis(normals: torch.Tensor) -> torch.Tensor:
    """(..., 9) basis at (..., 3) unit normals, in the order 1, x, y, z, xy, xz, yz, x² - y², 3z² - 1."""
    x, y, z = normals.unbind(-1)
    terms = (torch.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3.0 * z * z - 1.0)
    return torch.stack(terms, dim=-1) * normals.new_tensor(SH_CONSTANTS)


def shade(albedo: torch.Tensor, normals: torch.Tensor, coefficients: torch.Tensor) -> torch.Tensor:
    """(B, ..., C) albedo under light.

    albedo : (B, ..., C) linear colours at pixels or vertices. normals : (B, ..., 3) unit length.
    coefficients : (B or 1, 9) of white light, or (B or 1, 9, C) for each colour. Differentiable in all three.
    Raises `InputError` for other shapes.
    """
    if coefficients.dim() == 2:
        coefficients = coefficients[..., None]
    if (
        coefficients.dim() != 3
        or coefficients.shape[0] not in (1, normals.shape[0])
        or coefficients.shape[1] != 9
        or coefficients.shape[2] not in (1, albedo.shape[-1])
    ):
        raise InputError(
            f"Light should have shape (B, 9) or (B, 9, C) with B of 1 or {normals.shape[0]} and C of "
            f"{albedo.shape[-1]}, not {tuple(coefficients.shape)}."
        )
    if normals.shape[-1] != 3 or normals.shape[:-1] != albedo.shape[:-1]:
        raise InputError(
            f"Normals should have shape {(*albedo.shape[:-1], 3)} like the albedo, not {tuple(normals.shape)}."
        )
    flat = sh_basis(normals).reshape(normals.shape[0], -1, 9)
    return albedo * (flat @ coefficients).reshape(*normals.shape[:-1], coefficients.shape[2])
