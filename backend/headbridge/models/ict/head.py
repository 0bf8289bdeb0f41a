"""ICT-FaceKit's head with its own identities, or with those of all people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...topologies import load_builtin, load_deltas
from ..catalogue import ADULTS, ALL_PEOPLE
from ..people.identity import sized_people
from .rig import IctRig, load_ict_rig


@dataclass(frozen=True, eq=False)
class IctHead:
    """All vertices of ICT-FaceKit; the first are HACK's topology. Millimetres.

    template : (26719, 3). identity : (I, 26719, 3) and expression : (57, 26719, 3) float32, with their names.
    version : whose identities they are. name : what to call them in messages. rig : joints, skinning and the jaw.
    """

    template: np.ndarray
    identity: np.ndarray
    identity_names: tuple[str, ...]
    expression: np.ndarray
    expression_names: tuple[str, ...]
    version: str
    name: str
    rig: IctRig

    def label(self, topology: str) -> str:
        """What to call the head in the topology "ict" or "hack"."""
        return self.name if topology == "ict" else f"{self.name} in HACK's topology"


@lru_cache(maxsize=3)
def load_ict_head(identities: str = "ict", smooth: bool = True) -> IctHead:
    """ICT-FaceKit with the identities "ict" or "people", these with or without their smooth modes; shared and
    read-only.

    All people have ICT-FaceKit's expressions, as they are on its neutral face."""
    deltas, rig = load_deltas("ict"), load_ict_rig()
    if identities == "ict":
        template, identity, names = load_builtin("ict").vertices, deltas.identity, deltas.identity_names
        version = name = ADULTS
    else:
        people = sized_people("ict", rig.joint_regressor[0].toarray()[0], smooth)
        template, identity, names = people.template, people.identity, people.names
        version, name = ALL_PEOPLE, "the head of all people"
    return IctHead(template, identity, names, deltas.expression, deltas.expression_names, version, name, rig)
