"""What a fit to photos is fitted again from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..posable import HeadState, PosableHead
from .state import PhotoState, ViewState

_NAMES = "made_of identity coefficients rotations translations log_focals lights albedo sigmas".split()


@dataclass(frozen=True, eq=False)
class KeptFit:
    """A fit as it was before any pin moved it.

    made_of : digest of the photos, masks, landmarks and settings it was made of (`made_of.digest`). state : with light in every
    view, unless it was a fit to landmarks alone. albedo : (Q,) coefficients of the albedo model. sigmas : (views,) what
    colours were off, sRGB. albedo, sigmas : empty after a fit to landmarks alone."""

    made_of: str
    state: PhotoState
    albedo: np.ndarray
    sigmas: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """made_of as text; identity (I,), coefficients (views, K), rotations (views, J, 3, 3), translations (views, 3) mm, log_focals
        (views,), lights (views, 9, 3) or (0, 9, 3), albedo (Q,) and sigmas (views or 0,)."""
        views = self.state.views
        lights = [view.light for view in views if view.light is not None]
        return {
            "made_of": np.array(self.made_of),
            "identity": self.state.identity,
            "coefficients": np.stack([view.head.coefficients for view in views]),
            "rotations": np.stack([view.head.rotations for view in views]),
            "translations": np.stack([view.head.translation for view in views]),
            "log_focals": np.array([view.log_focal for view in views]),
            "lights": np.reshape(lights, (-1, 9, 3)),
            "albedo": self.albedo,
            "sigmas": self.sigmas,
        }

    def suits(self, head: PosableHead, made_of: str) -> bool:
        """Whether it was made of the same, with this head."""
        joints = len(head.joint_names)
        return (
            self.made_of == made_of
            and len(self.state.identity) == head.identity_count
            and all(
                view.head.coefficients.shape == (head.coefficient_count,) and len(view.head.rotations) == joints
                for view in self.state.views
            )
        )


def kept_fit(arrays: Mapping[str, np.ndarray], source: str) -> KeptFit:
    """The fit of `KeptFit.arrays`. Raises `InputError`, naming `source`, when they are of none."""
    wrong = InputError(f"{source}: this is no state of a photo fit; give the folder of a fit, or fit without it.")
    kinds = {name: arrays[name].dtype.kind for name in _NAMES if name in arrays}
    if len(kinds) < len(_NAMES) or kinds.pop("made_of") != "U" or set(kinds.values()) != {"f"}:
        raise wrong
    if not all(np.isfinite(arrays[name]).all() for name in kinds):
        raise wrong
    identity, coefficients, rotations = arrays["identity"], arrays["coefficients"], arrays["rotations"]
    views = coefficients.shape[0] if coefficients.ndim == 2 else 0
    lights, sigmas = arrays["lights"], arrays["sigmas"]
    fits = (
        views > 0
        and identity.ndim == arrays["albedo"].ndim == 1
        and len(identity) <= coefficients.shape[1]
        and rotations.shape == (views, rotations.shape[1] if rotations.ndim == 4 else 0, 3, 3)
        and arrays["translations"].shape == (views, 3)
        and arrays["log_focals"].shape == (views,)
        and lights.shape in ((views, 9, 3), (0, 9, 3))
        and sigmas.shape == lights.shape[:1]
    )
    if not fits:
        raise wrong
    states = tuple(
        ViewState(
            HeadState(coefficients[k], rotations[k], arrays["translations"][k], 0.0),
            float(arrays["log_focals"][k]),
            lights[k] if len(lights) else None,
        )
        for k in range(views)
    )
    return KeptFit(str(arrays["made_of"]), PhotoState(identity, states), arrays["albedo"], sigmas)
