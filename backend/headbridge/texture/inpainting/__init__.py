"""What the hidden parts of a skin texture look like: a texture space's best guess, refined by a network."""

from .hidden import guess_hidden, shipped_network
from .network import InpaintingNetwork

__all__ = ["InpaintingNetwork", "guess_hidden", "shipped_network"]
