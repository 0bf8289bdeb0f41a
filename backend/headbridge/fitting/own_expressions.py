"""Expressions that fit a face: one adult's, transferred by deformation transfer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..models.deformation_transfer import transfer_deformations
from ..topologies import load_builtin
from .posable import PosableHead


def with_own_expressions(head: PosableHead, identity: np.ndarray, used: np.ndarray) -> PosableHead:
    """The head with expressions as the face of these identity coefficients makes them, for that face alone.

    used : (E,) bool, the expressions to transfer; the others stay the mean head's. Joints keep following the mean
    head's, which move by far less than a millimetre. The template deforms into the face's own neutral shape, and each
    expression deforms the face's triangles as it deforms the template's (Sumner and Popovic 2004)."""
    columns = head.parts["expression"].start + np.flatnonzero(used)
    if not len(columns):
        return head
    rest = head.template + head.bases[:, :, : len(identity)] @ identity
    deltas = head.bases[:, :, columns].transpose(2, 0, 1)
    own = transfer_deformations(head.template, deltas, rest, load_builtin(head.key).triangles)
    bases = head.bases.copy()
    bases[:, :, columns] = own.transpose(1, 2, 0)
    return replace(head, bases=bases)
