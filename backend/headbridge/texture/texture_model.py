"""What texture spaces and generators have of a fitted texture, as textures' sliders and pictures have it."""

from __future__ import annotations

import numpy as np
import torch

from .choice import GENERATOR, SPACE
from .job import TextureModel
from .space import TextureSpace
from .stylegan.generated_space import direction_labels, widest_first
from .stylegan.latents import WhitenedW
from .stylegan.textures import TextureGenerator


def space_model(name: str, space: TextureSpace, coefficients: np.ndarray) -> TextureModel:
    """Of a texture space by this name: its K coefficients, the first ones of those given."""
    return TextureModel(name, SPACE, space.layout, space.labels, np.asarray(coefficients[: space.count], np.float32))


def generator_model(name: str, layout: str, textures: TextureGenerator, styles: torch.Tensor) -> TextureModel:
    """Of a generator by this name, from the (1, N, D) styles of the texture: coefficients are the means over the styles
    of what they are along w's directions."""
    space = WhitenedW(textures.generator, layers=1, truncation=float("inf"), spread=0.0)
    with torch.no_grad():
        coefficients = widest_first(space.latents(styles)[0]).mean(dim=0)
    values, own = coefficients.cpu().numpy(), styles[0].cpu().numpy()
    return TextureModel(name, GENERATOR, layout, direction_labels(len(values)), values, own)
