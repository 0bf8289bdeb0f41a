"""Settings of the network and of its training."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NeuralSettings:
    """Size of the network and course of its training; the defaults bring heads within half a pixel of 1024.

    steps, batch : optimisation steps and points per step; `batch` is even, its points come in neighbouring pairs.
    samples : points drawn from the patches before the training.
    width, layers : units of a hidden layer and number of hidden layers.
    frequencies : Fourier features' frequency vectors; they are learned as well.
    position_frequency, normal_frequency : standard deviation of their first values, in cycles per head radius and in
        cycles per unit of the normal.
    spectral_bound : largest singular value a hidden layer's matrix may have.
    learning_rate : of the first steps; it falls to nothing along half a cosine.
    smoothness : weight of the neighbouring points' differences against the points' own UVs.
    chart_weight : weight of the cross-entropy of the patches, in square pixels.
    """

    steps: int = 1200
    batch: int = 2048
    samples: int = 131072
    width: int = 128
    layers: int = 3
    frequencies: int = 64
    position_frequency: float = 1.0
    normal_frequency: float = 0.35
    spectral_bound: float = 5.0
    learning_rate: float = 0.02
    smoothness: float = 0.1
    chart_weight: float = 100.0
