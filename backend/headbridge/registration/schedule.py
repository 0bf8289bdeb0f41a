"""The stages of the non-rigid registration: how stiffness, reach and landmarks anneal."""

from __future__ import annotations

from dataclasses import replace

from .job import RegisterSettings
from .nonrigid import Stage

# Without a statistical start the first stages do its work: they find pose, proportions and expression.
_COARSE = (
    Stage(bending_length=60.0, iterations=4, reach=40.0, min_cosine=0.3, landmark=2.0, rim=1.0),
    Stage(bending_length=25.0, iterations=4, reach=25.0, min_cosine=0.4, landmark=2.0, rim=1.0),
)
_FINE = (
    Stage(bending_length=10.0, iterations=4, reach=12.0, landmark=0.5, rim=1.0),
    Stage(bending_length=5.0, iterations=4, reach=8.0, landmark=0.2, rim=1.0),
    Stage(bending_length=2.5, iterations=4, reach=6.0, landmark=0.05, rim=1.0),
    # From here on the target's own samples count less: a coarse source cannot touch them and lie on the surface too.
    Stage(bending_length=1.2, iterations=4, reach=4.0, landmark=0.0, rim=0.5, reverse=0.2),
    Stage(bending_length=0.7, iterations=4, reach=4.0, landmark=0.0, rim=0.3, reverse=0.05),
    Stage(bending_length=0.35, iterations=3, reach=4.0, landmark=0.0, rim=0.3, reverse=0.05),
)


def stages(settings: RegisterSettings, modelled: bool) -> list[Stage]:
    """The stages of a job; `modelled` says that a statistical start has done the coarse ones."""
    return [
        replace(
            stage,
            bending_length=stage.bending_length * settings.stiffness**0.25,
            reach=stage.reach * settings.reach,
        )
        for stage in (() if modelled else _COARSE) + _FINE
    ]
