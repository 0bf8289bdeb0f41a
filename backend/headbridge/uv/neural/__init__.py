"""The neural method: a network from points of the head to UVs, in the manner of AUV-Net, learned from the source's sheets."""

from .losses import LossTerm
from .mapper import NeuralMapper, train_mapper
from .settings import NeuralSettings

__all__ = ["LossTerm", "NeuralMapper", "NeuralSettings", "train_mapper"]
