"""The network: Fourier features, hidden layers of bounded spectral norm, a UV and a logit for every patch."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import torch
from torch.nn import functional

from .settings import NeuralSettings


class MapNetwork(torch.nn.Module):
    """(P, 3) points and (P, 3) unit normals to (P, S, 2) UVs and (P, S) logits, one of each per patch.

    Points are taken relative to `centre` in units of `radius` (mm); a UV is `uv_centre` + `uv_scale` times the output.
    The inputs pass through sines and cosines of learned frequencies (Tancik et al. 2020, "Fourier features let networks
    learn high frequency functions"; learned as in Sitzmann et al. 2020, "Implicit neural representations with periodic
    activation functions"), then through the hidden layers. The hidden layers' matrices are divided by what their
    spectral norm exceeds the bound by (after Miyato et al. 2018, "Spectral normalization"), the outer ones are free.
    """

    def __init__(self, patch_count: int, settings: NeuralSettings, generator: torch.Generator):
        super().__init__()
        self.patch_count = patch_count
        self.spectral_bound = settings.spectral_bound

        def normal(*shape: int) -> torch.Tensor:
            return torch.randn(*shape, generator=generator)

        frequencies = normal(6, settings.frequencies)
        frequencies[:3] *= settings.position_frequency
        frequencies[3:] *= settings.normal_frequency
        self.frequencies = torch.nn.Parameter(frequencies)
        sizes = [6 + 2 * settings.frequencies] + [settings.width] * settings.layers
        self.weights = torch.nn.ParameterList(
            torch.nn.Parameter(normal(rows, columns) * math.sqrt(2.0 / rows)) for rows, columns in pairwise(sizes)
        )
        self.biases = torch.nn.ParameterList(torch.nn.Parameter(torch.zeros(size)) for size in sizes[1:])
        outputs = 3 * patch_count
        self.output = torch.nn.Parameter(0.1 / math.sqrt(settings.width) * normal(settings.width, outputs))
        self.output_bias = torch.nn.Parameter(torch.zeros(outputs))
        # The features' own linear part carries the layout's coarse shape, the hidden layers what is left.
        self.skip = torch.nn.Parameter(torch.zeros(sizes[0], outputs))
        for index, size in enumerate(sizes[1:]):
            self.register_buffer(f"singular_{index}", functional.normalize(normal(size), dim=0))
        self.register_buffer("centre", torch.zeros(3))
        self.register_buffer("radius", torch.ones(()))
        self.register_buffer("uv_centre", torch.zeros(2))
        self.register_buffer("uv_scale", torch.ones(()))

    def fit_frame(self, points: np.ndarray, uvs: np.ndarray) -> None:
        """Set the frames of the input and the output from (N, 3) points and (N, 2) UVs."""
        centre, uv_centre = points.mean(axis=0), uvs.mean(axis=0)
        self.centre.copy_(torch.as_tensor(centre))
        self.radius.fill_(float(np.sqrt(((points - centre) ** 2).sum(axis=1).mean())))
        self.uv_centre.copy_(torch.as_tensor(uv_centre))
        self.uv_scale.fill_(float(max(uvs.std(), 1e-6)))

    @torch.no_grad()
    def follow_norms(self) -> None:
        """Bring the estimates of the spectral norms up to date with the matrices, by one power iteration each; the
        vectors are kept, so that one per step follows the slowly moving matrices."""
        for index, weight in enumerate(self.weights):
            right = getattr(self, f"singular_{index}")
            left = functional.normalize(weight @ right, dim=0)
            right.copy_(functional.normalize(left @ weight, dim=0))

    def _hidden_weights(self) -> list[torch.Tensor]:
        """The hidden layers' matrices with their spectral norm within the bound, as far as the estimates are right."""
        bounded = []
        for index, weight in enumerate(self.weights):
            right = getattr(self, f"singular_{index}")
            with torch.no_grad():
                left = functional.normalize(weight @ right, dim=0)
            norm = left @ (weight @ right)
            bounded.append(weight * (self.spectral_bound / norm.clamp(min=self.spectral_bound)))
        return bounded

    def forward(self, points: torch.Tensor, normals: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        inputs = torch.cat([(points - self.centre) / self.radius, normals], dim=1)
        waves = 2.0 * math.pi * (inputs @ self.frequencies)
        features = torch.cat([inputs, torch.sin(waves), torch.cos(waves)], dim=1)
        hidden = features
        for weight, bias in zip(self._hidden_weights(), self.biases):
            hidden = functional.silu(torch.addmm(bias, hidden, weight))
        outputs = torch.addmm(self.output_bias, hidden, self.output) + features @ self.skip
        uvs = outputs[:, : 2 * self.patch_count].reshape(-1, self.patch_count, 2)
        return self.uv_centre + self.uv_scale * uvs, outputs[:, 2 * self.patch_count :]

    @torch.no_grad()
    def fix_spectral_norms(self) -> None:
        """Divide the hidden matrices themselves by their exact excess, once training is over."""
        for weight in self.weights:
            norm = torch.linalg.matrix_norm(weight, ord=2)
            weight.mul_(self.spectral_bound / norm.clamp(min=self.spectral_bound))
