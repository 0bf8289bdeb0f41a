"""The parameters of a HACK head."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch

from headbridge.errors import InputError
from headbridge.models.hack.data import BONES

_SHAPES = {"pose": (BONES, 3), "larynx_height": (1,), "larynx_size": (1,), "translation": (3,)}


@dataclass(eq=False)
class HackParameters:
    """A batch of B heads; what is not given is zero. All tensors have one dtype and device; a batch of 1 repeats.

    identity : (B, <=200) coefficients in standard deviations, the first ones. expression : (B, <=55) in 0..1.
    pose : (B, 8, 3) axis-angle in radians, each bone about its own axes; the first turns everything.
    larynx_height : (B, 1), positive is up, in heights of the larynx map (the published tau).
    larynx_size : (B, 1), 1 is the template's larynx (the published alpha). translation : (B, 3) mm, after posing.

    Raises InputError when the shapes do not fit each other.
    """

    identity: torch.Tensor | None = None
    expression: torch.Tensor | None = None
    pose: torch.Tensor | None = None
    larynx_height: torch.Tensor | None = None
    larynx_size: torch.Tensor | None = None
    translation: torch.Tensor | None = None

    def __post_init__(self):
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        given = {name: tensor for name, tensor in given.items() if tensor is not None}
        for name, tensor in given.items():
            wanted = _SHAPES.get(name)
            if tensor.ndim != 1 + len(wanted or (0,)) or (wanted and tuple(tensor.shape[1:]) != wanted):
                shape = ", ".join(["B", *map(str, wanted or "K")])
                raise InputError(f"HACK's {name} should have the shape ({shape}), not {tuple(tensor.shape)}.")
        batches = {len(tensor) for tensor in given.values()} - {1}
        if len(batches) > 1:
            sizes = ", ".join(f"{name} {len(tensor)}" for name, tensor in given.items())
            raise InputError(f"HACK's parameters belong to different numbers of heads ({sizes}); give as many of each.")
        like = next(iter(given.values()), torch.zeros(1))
        batch = batches.pop() if batches else 1
        for name in ("identity", "expression", *_SHAPES):
            tensor = given.get(name)
            if tensor is None:
                tensor = like.new_zeros(batch, *_SHAPES.get(name, (0,)))
            setattr(self, name, tensor if len(tensor) == batch else tensor.expand(batch, *tensor.shape[1:]))

    @property
    def batch(self) -> int:
        """How many heads these are."""
        return len(self.pose)
