"""Which pictures are taken: heads, skins, lights, poses, lenses, backgrounds, all settled by the picture's number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .heads import EXPRESSIONS

LIGHTS = ("soft", "hard", "coloured")
SIZE = 512
_SKINS = (
    "young_lightskinned_male_diffuse",
    "middleage_darkskinned_female_diffuse",
    "young_lightskinned_female_diffuse2",
    "old_darkskinned_male_diffuse",
    "plain-tan",
    "middleage_lightskinned_male_diffuse",
    "young_darkskinned_male_diffuse",
    "plain-light",
    "old_lightskinned_male_diffuse2",
    "middleage_darkskinned_male_diffuse",
    "middleage_lightskinned_female_diffuse2",
    "plain-dark",
    "young_lightskinned_male_diffuse3",
    "old_darkskinned_female_diffuse",
)
_FAMILIES = ("makehuman", "ict", "flame", "makehuman", "ict", "makehuman", "ict", "scan")
# After the pictures of adults come those of the young and the old.
_ADULTS, _AGES = 24, ("child", "old")
_YAWS = (-18.0, 35.0, 0.0, 22.0, -38.0, 8.0, -28.0, 14.0, 40.0, -5.0, 28.0)
_FOCALS = (50.0, 85.0, 35.0)
_BACKGROUNDS = ("plain", "gradient", "noisy")
_PROPS = ((), ("hair",), (), ("glasses",), (), ("hair", "glasses"), ("hair",))


@dataclass(frozen=True)
class Shot:
    """A picture: angles in degrees as the camera sees them (yaw turns the face to the picture's right), focal in mm of
    a 35 mm camera; share : of the picture's height that the face from brow to chin takes up times two; offset : of the
    face from the picture's middle, shares of its size."""

    number: int
    family: str
    skin: str
    expression: str
    light: str
    yaw: float
    pitch: float
    roll: float
    focal: float
    share: float
    offset: tuple[float, float]
    background: str
    props: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.number:03d}-{self.family}-{self.light}-yaw{self.yaw:+.0f}-{self.focal:.0f}mm"

    @property
    def seed(self) -> int:
        return 1000 + self.number


def shot(number: int) -> Shot:
    """The picture of this number, 0 and up; any first few hold every kind of adults' heads and light, and those from 24 on
    show children and old people."""
    rng = np.random.default_rng([5, number])
    families = _FAMILIES if number < _ADULTS else _AGES
    family = families[number % len(families)]
    expression = list(EXPRESSIONS)[number % len(EXPRESSIONS)] if family in ("ict", "flame") else "slight"
    props = () if family == "scan" else _PROPS[number % len(_PROPS)]
    yaw = _YAWS[number % len(_YAWS)]
    return Shot(
        number=number,
        family=family,
        skin="own" if family == "scan" else _SKINS[number % len(_SKINS)],
        expression=expression,
        light=LIGHTS[(number + number // 3) % 3],
        yaw=yaw,
        pitch=float(rng.uniform(-12, 12)),
        roll=float(rng.uniform(-10, 10)),
        focal=_FOCALS[(number + number // 9) % 3],
        share=float(rng.uniform(0.55, 0.8)),
        offset=tuple(rng.uniform(-0.06, 0.06, 2)),
        background=_BACKGROUNDS[(number // 2) % 3],
        props=props,
    )
