"""Parametric head models."""

from .linear import LinearHeadModel, head_model

__all__ = ["LinearHeadModel", "head_model"]
