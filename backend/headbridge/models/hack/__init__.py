"""HACK (Zhang et al., "HACK: Learning a parametric head and neck model for high-fidelity animation", 2023)."""

from ...on_demand import on_demand
from .data import HackBones, HackData
from .folder import read_hack_folder

__all__ = ["HackBones", "HackData", "HackModel", "HackParameters", "read_hack_folder"]

__getattr__ = on_demand(__name__, {"HackModel": "model", "HackParameters": "parameters"})
