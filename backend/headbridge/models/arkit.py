"""ARKit's 52 blendshapes, as ICT-FaceKit's expressions make them."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..topologies import load_builtin, load_deltas
from .open_flame import load_open_flame

_BOTH_SIDES = (
    "browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp",
    "eyeSquint", "eyeWide", "mouthDimple", "mouthFrown", "mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch",
    "mouthUpperUp", "noseSneer",
)  # fmt: skip
_WHOLE = (
    "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthFunnel", "mouthLeft", "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
)  # fmt: skip
_HALVES = ("browInnerUp", "cheekPuff")
_MISSING = ("tongueOut",)

ARKIT_PARTS: dict[str, tuple[str, ...]] = dict(
    sorted(
        {
            **{f"{name}{side}": (f"{name}_{side[0]}",) for name in _BOTH_SIDES for side in ("Left", "Right")},
            **{name: (name,) for name in _WHOLE},
            **{name: (f"{name}_L", f"{name}_R") for name in _HALVES},
            **dict.fromkeys(_MISSING, ()),
        }.items()
    )
)
"""Each ARKit name and the ICT-FaceKit expressions that add up to it; ICT-FaceKit has no tongueOut."""


def arkit_shapes(topology: str) -> tuple[Mesh, np.ndarray]:
    """A neutral head of "flame", "hack" or "ict" and (52, V, 3) float32 mm of ARKit's shapes on it, in the order of
    ARKIT_PARTS. Eyeballs stay: gaze belongs to the eyes' joints. Raises `InputError` for other topologies."""
    if topology == "flame":
        data = load_open_flame()
        mesh, names, shapes = load_builtin("flame"), data.expression_names, data.expression
    else:
        deltas = load_deltas(topology)
        if deltas is None:
            raise InputError(f"ARKit's shapes are known on FLAME, HACK and ICT heads, not on '{topology}'.")
        mesh, names, shapes = load_builtin(topology), deltas.expression_names, deltas.expression
    rows = {name: row for row, name in enumerate(names)}
    out = np.zeros((len(ARKIT_PARTS), *mesh.vertices.shape), np.float32)
    for shape, parts in zip(out, ARKIT_PARTS.values()):
        for part in parts:
            shape += shapes[rows[part]]
    return mesh, out
