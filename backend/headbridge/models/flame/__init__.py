"""FLAME (Li et al., "Learning a model of facial shape and expression from 4D scans", 2017): files, layouts."""

from ...on_demand import on_demand
from .data import FlameData
from .file import read_flame_file

__all__ = ["FlameData", "FlameParameters", "read_flame_file"]

__getattr__ = on_demand(__name__, {"FlameParameters": "parameters"})
