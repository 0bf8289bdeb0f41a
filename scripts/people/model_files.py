"""The model as it is stored: mean and components where each topology's template lies."""

from __future__ import annotations

import numpy as np

from headbridge.models.conversion import flame_hack_correspondence
from headbridge.models.packed_shapes import pack_shapes
from headbridge.registration import Similarity
from headbridge.topologies import load_builtin, load_topology

from assets.open_flame import about_centre, rigid, shift_and_growth

from .base_person import BasePerson
from .expressions import makehuman_expressions
from .joint_space import JointSpace

# Coordinates at one standard deviation are rounded to these steps, mm.
_STEP, _PARTS_STEP = 0.015, 0.04
_EXPRESSION_STEP = 0.02


def model_files(base: BasePerson, space: JointSpace) -> dict[str, dict[str, np.ndarray]]:
    """File name to arrays: people_hack.npz, people_ict_parts.npz, people_makehuman.npz, people_flame.npz."""
    mean, components = space.mean, space.components
    hack = base.hack + mean.hack[0]
    parts = base.parts + mean.parts[0]
    makehuman, motion = _laid("makehuman", base.makehuman + mean.makehuman[0])
    flame, flame_shapes = _on_flame(hack, components.hack, parts, components.parts)
    expressions, names = makehuman_expressions(base, hack, parts, motion.rotation)
    return {
        "people_hack.npz": _arrays(hack, components.hack, _STEP),
        "people_ict_parts.npz": _arrays(parts, components.parts, _PARTS_STEP),
        "people_flame.npz": _arrays(flame, flame_shapes, _STEP),
        "people_makehuman.npz": _arrays(makehuman, components.makehuman @ motion.rotation.T, _STEP)
        | {
            "expression": pack_shapes(expressions, _EXPRESSION_STEP),
            "expression_step": np.float64(_EXPRESSION_STEP),
            "expression_names": np.array(names),
        },
    }


def _arrays(mean: np.ndarray, shapes: np.ndarray, step: float) -> dict[str, np.ndarray]:
    return {
        "mean": mean.astype(np.float32),
        "identity": pack_shapes(shapes, step),
        "identity_step": np.float64(step),
    }


def _laid(key: str, mean: np.ndarray) -> tuple[np.ndarray, Similarity]:
    """A mean head moved rigidly to where the topology's template lies, and the motion: a millimetre stays one."""
    skin = load_topology(key).skin
    motion = rigid(mean[skin], load_builtin(key).vertices[skin])
    return motion.apply(mean), motion


def _on_flame(
    hack: np.ndarray, shapes: np.ndarray, parts: np.ndarray, parts_shapes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same people in FLAME's topology; its eyeballs move and grow as ICT's do."""
    both = flame_hack_correspondence()
    mean = both.flame_rest + both.flame_from_hack @ (hack - both.hack_rest)
    carried = np.stack([both.flame_from_hack @ shape for shape in shapes])
    regions, ict = load_topology("flame").regions, load_topology("ict").regions
    for side in ("left", "right"):
        mine = regions[f"{side}_eyeball"]
        theirs = np.flatnonzero(ict[f"{side}_eyeball"]) - len(hack)
        for shape, other in zip(carried, parts_shapes):
            shift, growth = shift_and_growth(parts[theirs], other[theirs])
            shape[mine] = shift + growth * about_centre(mean[mine])
    mean, motion = _laid("flame", mean)
    return mean, carried @ motion.rotation.T
