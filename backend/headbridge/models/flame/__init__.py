"""FLAME (Li et al., "Learning a model of facial shape and expression from 4D scans", 2017): files, model, layouts."""

from .data import FlameData
from .file import read_flame_file
from .model import FlameModel
from .parameters import FlameParameters

__all__ = ["FlameData", "FlameModel", "FlameParameters", "read_flame_file"]
