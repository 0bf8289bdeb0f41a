"""The stages of the non-rigid registration: how stiffness, reach and landmarks anneal."""

from __future__ import annotations

from dataclasses import replace

from .job import RegisterSettings
from .nonrigid import Stage

# Without a statistical start the first stages do its work: they find pose, proportions and expression.
_COARSE = (
    Stage(bending_length=60.0, iterations=2, reach=40.0, min_cosine=0.3, landmark=2.0, rim=1.0),
    Stage(bending_length=25.0, iterations=2, reach=25.0, min_cosine=0.4, landmark=2.0, rim=1.0),
)
# Tables of two topologies name points some millimetres apart, so their landmarks let go early.
_FINE = (
    Stage(bending_length=8.0, iterations=3, reach=12.0, landmark=1.2, rim=1.0, symmetry=0.1),
    Stage(bending_length=4.0, iterations=3, reach=8.0, landmark=0.4, rim=1.0, symmetry=0.03),
    Stage(bending_length=2.0, iterations=2, reach=6.0, landmark=0.05, rim=1.0, symmetry=0.01, reverse=0.4),
    # From here on the target's own samples count less: a coarse source cannot touch them and lie on the surface too.
    Stage(bending_length=1.0, iterations=3, reach=4.0, landmark=0.0, rim=0.4, reverse=0.15),
    Stage(bending_length=0.5, iterations=3, reach=4.0, landmark=0.0, rim=0.3, reverse=0.08),
)
# Pairs that a user placed are meant: they hold to the end. What a detector saw is many points that are some millimetres
# off together: they lead to the start and let go before the surface says how features are shaped.
_LANDMARKS = {"given": (4.0, 2.0, 1.0, 0.4, 0.15), "seen": (0.0, 0.0, 0.0, 0.0, 0.0)}
_COARSE_LANDMARKS = {"seen": (0.1, 0.05)}
# Onto the surface alone: pairs hold where the source lies along it. The target's own samples would draw it along.
_SETTLING = tuple(
    Stage(bending_length=length, iterations=iterations, reach=reach, landmark=10.0, rim=0.0, reverse=0.0)
    for length, iterations, reach in ((2.0, 2, 6.0), (1.0, 3, 4.0), (0.5, 3, 4.0))
)


def stages(settings: RegisterSettings, modelled: bool, landmarks: str) -> list[Stage]:
    """The stages of a job.

    modelled : a statistical start has done the coarse ones; landmarks : "table", "given" by the user, or "seen" in
    pictures of the target."""
    fine, coarse = (
        tuple(replace(stage, landmark=weight) for stage, weight in zip(part, weights[landmarks], strict=True))
        if landmarks in weights
        else part
        for part, weights in ((_FINE, _LANDMARKS), (_COARSE, _COARSE_LANDMARKS))
    )
    return _by_settings((() if modelled else coarse) + fine, settings)


def settling_stages(settings: RegisterSettings) -> list[Stage]:
    """The stages of a source that lies where it belongs but for its distance to the surface (`RegisterInput.start`)."""
    return _by_settings(_SETTLING, settings)


def _by_settings(plan: tuple[Stage, ...], settings: RegisterSettings) -> list[Stage]:
    return [
        replace(
            stage,
            bending_length=stage.bending_length * settings.stiffness**0.25,
            reach=stage.reach * settings.reach,
            landmark=stage.landmark * settings.landmark_weight,
        )
        for stage in plan
    ]
