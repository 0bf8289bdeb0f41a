"""HACK (Zhang et al., "HACK: Learning a parametric head and neck model for high-fidelity animation", 2023)."""

from .data import HackBones, HackData
from .folder import read_hack_folder

__all__ = ["HackBones", "HackData", "read_hack_folder"]
