"""The parameters of a FLAME head, joint by joint."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch

from ...errors import InputError

_WIDTH = {"root": 3, "neck": 3, "jaw": 3, "left_eye": 3, "right_eye": 3, "translation": 3}


@dataclass(eq=False)
class FlameParameters:
    """A batch of B heads; what is not given is zero. All tensors have one dtype and device; a batch of 1 repeats.

    identity : (B, <=300) and expression : (B, <=100) coefficients in standard deviations, the first ones.
    root, neck, jaw, left_eye, right_eye : (B, 3) axis-angle, radians, each in its parent's frame.
    translation : (B, 3) millimetres, after posing.
    eyelids : (B, 2) of the tracker's eyelid shapes (left, right), or None where they are not used.

    Raises InputError when the shapes do not fit each other.
    """

    identity: torch.Tensor | None = None
    expression: torch.Tensor | None = None
    root: torch.Tensor | None = None
    neck: torch.Tensor | None = None
    jaw: torch.Tensor | None = None
    left_eye: torch.Tensor | None = None
    right_eye: torch.Tensor | None = None
    translation: torch.Tensor | None = None
    eyelids: torch.Tensor | None = None

    def __post_init__(self):
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        given = {name: tensor for name, tensor in given.items() if tensor is not None}
        for name, tensor in given.items():
            width = 2 if name == "eyelids" else _WIDTH.get(name)
            if tensor.ndim != 2 or (width is not None and tensor.shape[1] != width):
                wanted = f"(B, {'K' if width is None else width})"
                raise InputError(f"FLAME's {name} should have the shape {wanted}, not {tuple(tensor.shape)}.")
        batches = {len(tensor) for tensor in given.values()} - {1}
        if len(batches) > 1:
            sizes = ", ".join(f"{name} {len(tensor)}" for name, tensor in given.items())
            raise InputError(
                f"FLAME's parameters belong to different numbers of heads ({sizes}); give as many of each."
            )
        like = next(iter(given.values()), torch.zeros(1, 0))
        batch = batches.pop() if batches else 1
        for name in ("identity", "expression", *_WIDTH):
            tensor = given.get(name)
            if tensor is None:
                tensor = like.new_zeros(batch, _WIDTH.get(name, 0))
            setattr(self, name, tensor if len(tensor) == batch else tensor.expand(batch, -1))
        if self.eyelids is not None and len(self.eyelids) != batch:
            self.eyelids = self.eyelids.expand(batch, -1)

    @classmethod
    def zeros(
        cls, batch: int = 1, identity: int = 300, expression: int = 100, device="cpu", dtype=torch.float32
    ) -> FlameParameters:
        """`batch` mean heads in the rest pose, with room for `identity` and `expression` coefficients."""
        return cls(
            identity=torch.zeros(batch, identity, device=device, dtype=dtype),
            expression=torch.zeros(batch, expression, device=device, dtype=dtype),
        )

    @property
    def batch(self) -> int:
        """How many heads these are."""
        return len(self.root)
