"""The model of all people with sizes, as heads that are fitted, posed and rigged have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..linear import SPACES, head_model
from .handles import load_handles
from .smooth_modes import smooth_modes_on

IDENTITIES = ("auto", *SPACES)
"""Whose the identities of a head can be; auto leaves it to what is at hand."""

SMOOTH = "smooth"
"""What the names of the smooth modes' coefficients begin with."""

SMALLEST = 0.5
"""The size of the smallest babies against adults, which sized heads need no free scale for."""


@dataclass(frozen=True, eq=False)
class SizedPeople:
    """template : (V, 3) mm, the mean head. identity : (1 + K, V, 3) float32, mm: the size beyond what belongs to the
    shape, then the K shapes, then the smooth modes where they are wanted. names : of the identities."""

    template: np.ndarray
    identity: np.ndarray
    names: tuple[str, ...]


def sized_people(key: str, pivot_row: np.ndarray, smooth: bool) -> SizedPeople:
    """All people in the topology `key`, growing about the point that (V,) `pivot_row` makes of the vertices; smooth :
    whether with the smooth modes, which fits need and nothing that words or sliders make.

    A head of a size s is s (mean + c . B) = mean + (s - 1) mean + (s c) . B about the pivot, which is linear in s and
    s c. Sizes go with shapes (`Handles.size_slopes`), so that a child's shape brings a child's size; the first
    coefficient is what is left, at one standard deviation. The smooth modes say nothing of the size."""
    model, handles = head_model(key), load_handles()
    count = len(handles.size_slopes)
    mean, shapes = model.mean, model.basis[:count]
    about = mean - pivot_row @ mean
    identity = np.empty((1 + count, *mean.shape), np.float32)
    identity[0] = handles.size_sigma * about
    for row, shape, slope in zip(identity[1:], shapes, handles.size_slopes):
        row[:] = shape + slope * about
    names = ("size", *(f"identity{number:03d}" for number in range(count)))
    if smooth:
        modes = smooth_modes_on(key)
        identity = np.concatenate([identity, modes])
        names += tuple(f"{SMOOTH}{number:03d}" for number in range(len(modes)))
    return SizedPeople(mean + handles.size_mean * about, identity, names)


def check_identities(identities: str, model_file: object) -> None:
    """Raise `InputError` for an unknown choice of identities, or a model file, which has its own, with all people."""
    if identities not in IDENTITIES:
        raise InputError(f"There are no identities '{identities}'; choose one of {', '.join(IDENTITIES)}.")
    if identities == "people" and model_file:
        raise InputError(
            "A model file has identities of its own; leave out either the file or the identities 'people'."
        )
