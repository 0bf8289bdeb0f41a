"""Closing lips and lids that are shut in the target."""

from .closing import RIMS, Closing, RimClosing, close_openings, describe
from .rims import cut_at_corners, nearer_halves

__all__ = ["RIMS", "Closing", "RimClosing", "close_openings", "cut_at_corners", "describe", "nearer_halves"]
