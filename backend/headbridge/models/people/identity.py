"""The model of all people with sizes, as heads that are fitted, posed and rigged have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..linear import SPACES, head_model
from .handles import load_handles

VERSION = "all people 1"
"""The version of heads whose identity coefficients are this model's. Another build of the model gets another number."""

SMALLEST = 0.5
"""The size of the smallest babies against adults, which sized heads need no free scale for."""


@dataclass(frozen=True, eq=False)
class SizedPeople:
    """template : (V, 3) mm, the mean head. identity : (1 + K, V, 3) float32, mm: the size beyond what belongs to the
    shape, then the K shapes. names : 1 + K."""

    template: np.ndarray
    identity: np.ndarray
    names: tuple[str, ...]


def sized_people(key: str, pivot_row: np.ndarray) -> SizedPeople:
    """All people in the topology `key`, growing about the point that (V,) `pivot_row` makes of the vertices.

    A head of a size s is s (mean + c . B) = mean + (s - 1) mean + (s c) . B about the pivot, which is linear in s and
    s c. Sizes go with shapes (`Handles.size_slopes`), so that a child's shape brings a child's size; the first
    coefficient is what is left, at one standard deviation."""
    model, handles = head_model(key), load_handles()
    count = len(handles.size_slopes)
    mean, shapes = model.mean, model.basis[:count]
    about = mean - pivot_row @ mean
    identity = np.empty((1 + count, *mean.shape), np.float32)
    identity[0] = handles.size_sigma * about
    for row, shape, slope in zip(identity[1:], shapes, handles.size_slopes):
        row[:] = shape + slope * about
    names = ("size", *(f"identity{number:03d}" for number in range(count)))
    return SizedPeople(mean + handles.size_mean * about, identity, names)


def check_identities(identities: str, model_file: object) -> None:
    """Raise `InputError` for an unknown choice of identities, or a model file, which has its own, with all people."""
    if identities not in SPACES:
        raise InputError(f"There are no identities '{identities}'; choose one of {', '.join(SPACES)}.")
    if identities == "people" and model_file:
        raise InputError(
            "A model file has identities of its own; leave out either the file or the identities 'people'."
        )
