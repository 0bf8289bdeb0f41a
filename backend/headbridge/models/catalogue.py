"""Which head models there are: their names, and the versions of their coefficients. Whoever asks, asks here."""

from __future__ import annotations

from ..errors import InputError

HEADS = ("flame", "hack", "ict")
"""The topologies that have a head model."""

OPEN_FLAME = "open-flame"
MODELS = ("flame", OPEN_FLAME, "hack", "ict")
"""What a head model is called where one is chosen: flame and hack are the user's files where there are any."""

OF_FILES = ("flame", "hack")
"""Models that a file of the user's can be."""

FITTED_TO_PHOTOS = ("flame", OPEN_FLAME, "hack")
"""Models with the layouts that fits dress: of photos and scans."""

LAYOUTS = ("flame", "hack")
"""The heads with textures."""

FLAME_JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")
"""Of FLAME, and of ICT-FaceKit, whose joints are ours."""

ADULTS_ON_FLAME, ADULTS = "open topology", "ICT-FaceKit"
"""Versions of the open heads with ICT-FaceKit's identities."""

ALL_PEOPLE = "all people 2"
"""The version of heads whose identity coefficients are those of all people. Another build of that model gets another
number."""

_EARLIER_PEOPLE = ("all people 1",)


def check_model(model: str, model_file: object = None, models: tuple[str, ...] = MODELS) -> None:
    """Raise `InputError` when there is no such model, or when a file is named for one that takes none."""
    if model not in models:
        raise InputError(f"There is no head model '{model}'; choose one of {', '.join(models)}.")
    if model_file and model not in OF_FILES:
        raise InputError(f"The model {model} ships with HeadBridge and takes no file; leave the model file out.")


def of_all_people(version: str, ever: bool = False) -> bool:
    """Whether coefficients are those of all people. ever : also those of earlier builds, which are the first ones of
    today's: a file of theirs is the same head as ever."""
    return version == ALL_PEOPLE or (ever and version in _EARLIER_PEOPLE)


def of_adults(version: str) -> bool:
    """Whether coefficients are those of ICT-FaceKit's adults, on whichever open head."""
    return version in (ADULTS_ON_FLAME, ADULTS)


def is_open(version: str) -> bool:
    """Whether a version is one of the open heads, which need no file."""
    return of_all_people(version) or of_adults(version)
