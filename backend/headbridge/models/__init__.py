"""Parametric head models."""

from .linear import SPACES, LinearHeadModel, head_model

__all__ = ["SPACES", "LinearHeadModel", "head_model"]
