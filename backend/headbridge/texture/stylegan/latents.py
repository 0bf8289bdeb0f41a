"""Latent spaces of a generator in which textures are looked for: z, w, and w for every layer (W+)."""

from __future__ import annotations

import math
from typing import Protocol

import torch

from ...errors import InputError
from .generator import Generator

SPACES = ("z", "w", "w+")
_SAMPLES = 10_000
# Directions of w that hardly vary are not made any longer than this share of the longest.
_LEAST_DEVIATION = 1e-3
_EPSILON = 1e-9


class LatentSpace(Protocol):
    """start : (N, D) the latents of the middle. styles((N, D)) -> (1, style count, style). penalty((N, D)) -> how
    unlikely the latents are, 0 for the best; held((N, D)) -> the nearest latents that are allowed."""

    start: torch.Tensor

    def styles(self, latents: torch.Tensor) -> torch.Tensor: ...

    def penalty(self, latents: torch.Tensor) -> torch.Tensor: ...

    def held(self, latents: torch.Tensor) -> torch.Tensor: ...


def latent_space(generator: Generator, name: str, truncation: float = 3.0, spread: float = 0.05) -> LatentSpace:
    """The space "z", "w" or "w+" of a generator.

    truncation : most standard deviations from the mean in w and w+. spread : weight of the geodesic distances between
    the layers' latents in w+. Raises `InputError` for another name."""
    if name == "z":
        return SphereOfZ(generator)
    if name not in SPACES:
        raise InputError(f"There is no latent space '{name}'; choose one of {', '.join(SPACES)}.")
    return WhitenedW(generator, 1 if name == "w" else generator.shape.style_count, truncation, spread)


class SphereOfZ:
    """z on the sphere where the normal distribution has its mass; it starts where w is nearest to its mean."""

    def __init__(self, generator: Generator):
        self._generator = generator
        with torch.no_grad():
            z = _normal(generator, _SAMPLES)
            distance = (generator.mapping(z) - generator.mapping.w_avg).square().sum(dim=1)
            self.start = self.held(z[distance.argmin()][None])

    def styles(self, latents: torch.Tensor) -> torch.Tensor:
        return self._generator.styles(latents)

    def penalty(self, latents: torch.Tensor) -> torch.Tensor:
        """0: every place on the sphere is as likely as another."""
        return latents.new_zeros(())

    def held(self, latents: torch.Tensor) -> torch.Tensor:
        """The same directions on the sphere."""
        return latents * (math.sqrt(latents.shape[1]) / latents.norm(dim=1, keepdim=True).clamp_min(_EPSILON))


class WhitenedW:
    """w in units of its own standard deviations (Wulff and Torralba 2020), one for all layers or one for each (W+).

    The latents of layers belong together: `penalty` is the mean square of the latents, and in W+ `spread` times that of
    the geodesic distances between layers (PULSE, Menon et al. 2020)."""

    def __init__(self, generator: Generator, layers: int, truncation: float, spread: float):
        self._count, self._truncation, self._spread = generator.shape.style_count, truncation, spread
        with torch.no_grad():
            w = generator.mapping(_normal(generator, _SAMPLES)).double()
            self._mean = w.mean(dim=0)
            values, vectors = torch.linalg.eigh((w - self._mean).T @ (w - self._mean) / (len(w) - 1))
            deviations = values.clamp_min(0.0).sqrt()
            deviations = deviations.clamp_min(_LEAST_DEVIATION * deviations.max())
            dtype = generator.mapping.w_avg.dtype
            self._mean, self._axes = self._mean.to(dtype), (vectors * deviations).T.to(dtype)
        self.start = self._mean.new_zeros(layers, len(self._mean))

    def styles(self, latents: torch.Tensor) -> torch.Tensor:
        return (self._mean + latents @ self._axes).expand(self._count, -1)[None]

    def latents(self, styles: torch.Tensor) -> torch.Tensor:
        """The latents whose styles these are; `styles` the other way round."""
        return torch.linalg.solve(self._axes, styles - self._mean, left=False)

    def penalty(self, latents: torch.Tensor) -> torch.Tensor:
        size = latents.square().mean()
        return size if len(latents) == 1 else size + self._spread * geodesic_spread(latents)

    def held(self, latents: torch.Tensor) -> torch.Tensor:
        """Latents within the truncation, each direction by itself."""
        return latents.clamp(-self._truncation, self._truncation)


def geodesic_spread(latents: torch.Tensor) -> torch.Tensor:
    """Mean squared angle (radians) between the (N, D) latents of different layers."""
    between = (latents[:, None] - latents[None]).square().sum(dim=2).add(_EPSILON).sqrt()
    across = (latents[:, None] + latents[None]).square().sum(dim=2).add(_EPSILON).sqrt()
    angles = 2.0 * torch.atan2(between, across)
    first, second = torch.triu_indices(len(latents), len(latents), 1)
    return angles[first, second].square().mean()


def _normal(generator: Generator, count: int) -> torch.Tensor:
    """(count, latent) normal numbers, the same every time."""
    random = torch.Generator().manual_seed(0)
    like = generator.mapping.w_avg
    return torch.randn(count, generator.shape.latent, generator=random).to(like)
