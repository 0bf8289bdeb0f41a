"""Random people of the open FLAME-topology head."""

from __future__ import annotations

import numpy as np

from headbridge.mesh import Mesh
from headbridge.models.open_flame import load_open_flame
from headbridge.topologies import load_builtin, load_topology

from .parts import kept_part

EXPRESSIONS: dict[str, tuple[str, ...]] = {
    "mixed": (),
    "neutral": (),
    "blink": ("eyeBlink_L", "eyeBlink_R"),
    "open_jaw": ("jawOpen",),
    "smile": ("mouthSmile_L", "mouthSmile_R"),
}


def flame_person(seed: int, expression: str | None = None) -> np.ndarray:
    """(5023, 3) positions in millimetres: 101 normal identity coefficients within two standard deviations and an
    expression of `EXPRESSIONS` (by the seed when None); "mixed" are five random shapes at 0.2 to 0.8."""
    model = load_open_flame()
    rng = np.random.default_rng([seed, 2])
    identity = np.clip(rng.normal(size=len(model.identity)), -2.0, 2.0)
    name = expression or list(EXPRESSIONS)[seed % len(EXPRESSIONS)]
    weights = np.zeros(len(model.expression))
    if name == "mixed":
        weights[rng.choice(len(weights), 5, replace=False)] = rng.uniform(0.2, 0.8, 5)
    for text in EXPRESSIONS[name]:
        weights[model.expression_names.index(text)] = 1.0 if name == "blink" else rng.uniform(0.4, 1.0)
    moved = np.tensordot(identity, model.identity, 1) + np.tensordot(weights, model.expression, 1)
    return model.template + moved


def flame_mesh(positions: np.ndarray, eyes: bool, inside: bool) -> Mesh:
    """The skin of a person in FLAME's topology; with `eyes` the eyeballs, with `inside` also sockets and mouth."""
    table = load_topology("flame")
    eyeballs = table.regions["left_eyeball"] | table.regions["right_eyeball"]
    kept = (table.skin | (~eyeballs & inside)) | (eyeballs & eyes)
    return kept_part(load_builtin("flame").with_vertices(positions), kept)
