"""Closing lips and lids that are shut in the target."""

from .closing import RIMS, Closing, RimClosing, close_openings, describe

__all__ = ["RIMS", "Closing", "RimClosing", "close_openings", "describe"]
