"""The neural method: a network from points of the head to UVs, learned from the source's patches (after AUV-Net)."""

from .losses import LossTerm
from .mapper import NeuralMapper, train_mapper
from .settings import NeuralSettings

__all__ = ["LossTerm", "NeuralMapper", "NeuralSettings", "train_mapper"]
