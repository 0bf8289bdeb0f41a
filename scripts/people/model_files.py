"""The model as it is stored: mean and components where each topology's template lies."""

from __future__ import annotations

import numpy as np
from assets.open_flame import about_centre, rigid, shift_and_growth

from headbridge.models.conversion import flame_hack_correspondence
from headbridge.registration import Similarity
from headbridge.topologies import load_builtin, load_topology
from headbridge.topologies.packed_shapes import packed_entries

from .base_person import BasePerson
from .expression_units import expression_units
from .expressions import makehuman_expressions
from .joint_space import JointSpace
from .targets import Targets

# Coordinates at one standard deviation are rounded to these steps, mm.
_STEP, _PARTS_STEP = 0.015, 0.04
_EXPRESSION_STEP = 0.02
# Remainders of MakeHuman's own expressions, and of parts that only follow.
_UNIT_STEP, _PARTS_UNIT_STEP = 0.03, 0.06


def model_files(base: BasePerson, space: JointSpace, targets: Targets) -> dict[str, dict[str, np.ndarray]]:
    """File name to arrays: people_hack.npz, people_ict_parts.npz, people_makehuman.npz, people_flame.npz."""
    mean, components = space.mean, space.components
    hack = base.hack + mean.hack[0]
    parts = base.parts + mean.parts[0]
    makehuman, motion = _laid("makehuman", base.makehuman + mean.makehuman[0])
    flame, flame_motion = _flame_mean(hack)
    flame_shapes = _on_flame(flame, components.hack, parts, components.parts)
    expressions, names = makehuman_expressions(base, hack, parts)
    units, unit_names = expression_units(base, targets, expressions, names)
    flame_units = _on_flame(flame, units.hack, parts, units.parts)
    turn, flame_turn = motion.rotation.T, flame_motion.rotation.T
    return {
        "people_hack.npz": _arrays(hack, components.hack, _STEP) | _units(units.hack, unit_names, _UNIT_STEP),
        "people_ict_parts.npz": _arrays(parts, components.parts, _PARTS_STEP)
        | _units(units.parts, unit_names, _PARTS_UNIT_STEP),
        "people_flame.npz": _arrays(flame_motion.apply(flame), flame_shapes @ flame_turn, _STEP)
        | _units(flame_units @ flame_turn, unit_names, _UNIT_STEP),
        "people_makehuman.npz": _arrays(makehuman, components.makehuman @ turn, _STEP)
        | _units(units.makehuman @ turn, unit_names, _UNIT_STEP)
        | {
            **packed_entries("expression", expressions @ turn, _EXPRESSION_STEP),
            "expression_names": np.array(names),
        },
    }


def _arrays(mean: np.ndarray, shapes: np.ndarray, step: float) -> dict[str, np.ndarray]:
    return {"mean": mean.astype(np.float32), **packed_entries("identity", shapes, step)}


def _units(shapes: np.ndarray, names: tuple[str, ...], step: float) -> dict[str, np.ndarray]:
    return {**packed_entries("unit", shapes, step), "unit_names": np.array(names)}


def _laid(key: str, mean: np.ndarray) -> tuple[np.ndarray, Similarity]:
    """A mean head moved rigidly to where the topology's template lies, and the motion: a millimetre stays one."""
    skin = load_topology(key).skin
    motion = rigid(mean[skin], load_builtin(key).vertices[skin])
    return motion.apply(mean), motion


def _flame_mean(hack: np.ndarray) -> tuple[np.ndarray, Similarity]:
    """(5023, 3) FLAME's vertices on the mean head, in HACK's frame, and the motion to FLAME's."""
    both = flame_hack_correspondence()
    mean = both.flame_rest + both.flame_from_hack @ (hack - both.hack_rest)
    return mean, _laid("flame", mean)[1]


def _on_flame(mean: np.ndarray, shapes: np.ndarray, parts: np.ndarray, parts_shapes: np.ndarray) -> np.ndarray:
    """(N, 5023, 3) the same displacements in FLAME's topology; its eyeballs move and grow as ICT's do."""
    both = flame_hack_correspondence()
    transferred = np.stack([both.flame_from_hack @ shape for shape in shapes])
    regions, ict = load_topology("flame").regions, load_topology("ict").regions
    for side in ("left", "right"):
        mine = regions[f"{side}_eyeball"]
        theirs = np.flatnonzero(ict[f"{side}_eyeball"]) - len(both.hack_rest)
        for shape, other in zip(transferred, parts_shapes):
            shift, growth = shift_and_growth(parts[theirs], other[theirs])
            shape[mine] = shift + growth * about_centre(mean[mine])
    return transferred
