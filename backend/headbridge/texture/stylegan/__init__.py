"""StyleGAN2 in plain torch: networks and their files.

A generator of any resolution and width is read from a file (`load_generator`) or made anew (`Generator`); a texture is
``generator.synthesis(generator.mapping(z))``.
"""

from .checkpoint import load_generator, read_generator_tensors, save_generator
from .generator import Generator, GeneratorShape

__all__ = ["Generator", "GeneratorShape", "load_generator", "read_generator_tensors", "save_generator"]
