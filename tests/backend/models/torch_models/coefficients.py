"""Coefficients of a head model, filled up to as many as it has."""

from __future__ import annotations

import torch
from torch.nn import functional

from headbridge.errors import InputError


def padded_coefficients(coefficients: torch.Tensor, count: int, kind: str, label: str) -> torch.Tensor:
    """(B, count) the (B, K) coefficients followed by zeros.

    kind : "identity" or "expression", label : the model's name, both for the message. Raises `InputError` when there are
    more than `count`."""
    given = coefficients.shape[1]
    if given > count:
        raise InputError(f"There are {given} {kind} coefficients, but {label} has {count}; leave out the rest.")
    return coefficients if given == count else functional.pad(coefficients, (0, count - given))
