"""The rig of a head model by its name."""

from __future__ import annotations

import os

from ..finding import find_head
from ..open_flame import load_open_flame
from .flame import flame_rig
from .ict import ict_rig
from .model import RigModel


def load_rig(
    key: str,
    identity_count: int,
    expression_count: int,
    correctives: bool = True,
    path: str | os.PathLike | None = None,
    identities: str = "ict",
    larynx: tuple[float, float] = (1.0, 0.0),
) -> RigModel:
    """The rig of a head model, found as `find_head` finds it, with at most so many coefficients of each kind.

    identities "people" come without the smooth modes, which only fits know of. `RigModel.label` says which model it
    became. Without `correctives` the head bends by skinning alone. larynx : as `hack_rig` has it."""
    found = find_head(key, path, identities)
    counts = (identity_count, expression_count, correctives)
    if found.data is None:
        return open_rig(found.key, counts, found.identities)
    if found.key == "flame":
        return flame_rig(found.data, *counts)
    # It takes libraries that the other models do without.
    from .hack import hack_rig

    return hack_rig(found.data, *counts, larynx)


def open_rig(key: str, counts: tuple[int, int, bool], identities: str, smooth: bool = False) -> RigModel:
    """The rig of an open head with the identities "ict" or "people", these with their smooth modes or without; counts : as
    many identities and expressions at most, and whether with correctives."""
    if key == "flame":
        return flame_rig(load_open_flame(identities, smooth), *counts)
    return ict_rig(key, *counts, identities, smooth)
