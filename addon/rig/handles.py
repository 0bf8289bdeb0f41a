# SPDX-License-Identifier: GPL-3.0-or-later
"""Handles with names on heads of all people: age, sex, ancestry, build and features as properties that move the identity
keys. What they do came with the head's model and is kept with the object, so that it works without the backend."""

from __future__ import annotations

from functools import reduce

import bpy
import numpy as np

from .. import setting_texts, settings
from ..job_answer import check_arrays
from ..mesh_arrays import MeshError
from ..random_draws import LIMIT, generator
from . import rigged_head
from .rigged_head import RiggedHead

HANDLES_KEY, VALUES_KEY = "headbridge_handles", "headbridge_handle_values"
_PREFIX = "handle_"
_SIZE = "size"
_LEAST_SIZE = 0.1
# Draws stay within so many standard deviations, whose spread is the command line's.
_SPREAD = 0.75

FEATURES = [entry for entry in settings.DESCRIPTIONS["sample"] if (entry["minimum"], entry["maximum"]) == (-1.0, 1.0)]
# Read-outs before the features: the third ancestry follows from the others.
_READ_ATTRIBUTES = 6
ATTRIBUTES = ("age", "male", "african", "asian", "caucasian", "muscle", "weight")
GROUP_ITEMS = [
    ("ANY", "All Ages", "From babies to old people"),
    ("baby", "Babies", "1 to 5 years"),
    ("child", "Children", "5 to 17 years"),
    ("adult", "Adults", "17 to 60 years"),
    ("old", "Old People", "60 to 90 years"),
]


class HeadHandles:
    """The arrays that the task "head_model" hands over for all people (`Handles.handed_over` of the backend).

    A head's identity keys are its size beyond what belongs to its shape, and its K shape coefficients times its size.
    Inside, a shape is K coefficients and the logarithm of the size; values are those of the properties, in the order of
    `ATTRIBUTES` and `FEATURES`."""

    def __init__(self, arrays: dict[str, np.ndarray]):
        self._arrays = {name: np.asarray(array, np.float64) for name, array in arrays.items()}
        self._corners = self._arrays["corners"].reshape(-1, self._arrays["features"].shape[1])
        self._mean, self._sigma = self._arrays["size"][:2]
        self._slopes = self._arrays["size"][2:]

    def shape(self, values: np.ndarray) -> np.ndarray:
        """(K + 1,) of values."""
        age, male, african, asian, caucasian, muscle, weight = values[: len(ATTRIBUTES)]
        ancestry = np.array([african, asian, caucasian])
        total = ancestry.sum()
        shares = (
            _shares(age, self._arrays["age_knots"]),
            np.array([1.0 - male, male]),
            # Sliders all at 0 leave an even mixture.
            ancestry / total if total > 0.0 else np.full(3, 1.0 / 3.0),
            _shares(muscle, (0.0, 0.5, 1.0)),
            _shares(weight, (0.0, 0.5, 1.0)),
        )
        mixture = reduce(np.multiply.outer, shares).ravel()
        return mixture @ self._corners + values[len(ATTRIBUTES) :] @ self._arrays["features"]

    def read(self, shape: np.ndarray) -> np.ndarray:
        """Values that a shape looks like."""
        found = self._arrays["readout"] @ shape[:-1] + self._arrays["offset"]
        found[4:] *= np.clip(self._arrays["worth"][4:], 0.0, 1.0)
        age = np.interp(found[0], self._arrays["age_shares"], self._arrays["age_knots"])
        ancestry = np.clip([found[2], found[3], 1.0 - found[2] - found[3]], 0.0, None)
        weight, muscle = np.clip(found[4:6] + 0.5, 0.0, 1.0)
        attributes = (age, np.clip(found[1], 0.0, 1.0), *ancestry / ancestry.sum(), muscle, weight)
        return np.array([*attributes, *np.clip(found[6:], -1.0, 1.0)])

    def coefficients(self, shape: np.ndarray) -> np.ndarray:
        """(1 + K,) key values of a shape."""
        size = np.exp(shape[-1])
        scaled = size * shape[:-1]
        return np.append((size - 1.0 - self._mean - self._slopes @ scaled) / self._sigma, scaled)

    def of_coefficients(self, coefficients: np.ndarray) -> np.ndarray:
        """(K + 1,) the shape of (1 + K,) key values; those left out at the end are 0."""
        scaled = np.zeros(len(self._slopes))
        scaled[: len(coefficients) - 1] = coefficients[1:]
        size = max(1.0 + self._mean + self._slopes @ scaled + self._sigma * coefficients[0], _LEAST_SIZE)
        return np.append(scaled / size, np.log(size))

    def random_values(self, random: np.random.Generator, group: str) -> np.ndarray:
        """Values of somebody of a group of `GROUP_ITEMS`, without features."""
        groups = self._arrays["groups"]
        chosen = random.choice(len(groups), p=groups[:, 2] / groups[:, 2].sum())
        years, male = random.uniform(*groups[chosen, :2]), random.beta(0.25, 0.25)
        ancestry, build = random.dirichlet([0.5] * 3), np.clip(random.normal(0.5, (0.15, 0.2)), 0.0, 1.0)
        if group != "ANY":
            names = [name for name, _, _ in GROUP_ITEMS[1:]]
            years = random.uniform(*groups[names.index(group), :2])
        return np.array([years, male, *ancestry, *build, *np.zeros(len(FEATURES))])

    def random_shape(self, values: np.ndarray, random: np.random.Generator, spread: float) -> np.ndarray:
        """Somebody like that; a spread of 1 is usual."""
        rows = self._arrays["spread"]
        draw = np.clip(random.standard_normal(len(rows)), -LIMIT, LIMIT)
        return self.shape(values) + _SPREAD * spread * draw @ rows


def _shares(value: float, knots) -> np.ndarray:
    return np.array([np.interp(value, knots, row) for row in np.eye(len(knots))])


def given(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The handles of a model's file, none where it has none; raises `BackendError` unless they fit each other."""
    found = {name.removeprefix(_PREFIX): array for name, array in arrays.items() if name.startswith(_PREFIX)}
    if not found:
        return {}
    check_arrays(found, {"features": (len(FEATURES), None)}, "the head's handles")
    columns, values = found["features"].shape[1], len(FEATURES) + _READ_ATTRIBUTES
    shapes = {
        "corners": (4, 2, 3, 3, 3, columns), "age_knots": (4,), "age_shares": (4,), "readout": (values, columns - 1),
        "offset": (values,), "worth": (values,), "spread": (None, columns), "size": (columns + 1,), "groups": (4, 3),
    }  # fmt: skip
    check_arrays(found, shapes, "the head's handles")
    return found


def keep(head: bpy.types.Object, found: dict[str, np.ndarray]) -> None:
    """Keep what `given` found with a new head, and read the face off its keys."""
    if found and _SIZE in head.data.shape_keys.key_blocks:
        head[HANDLES_KEY] = {
            name: {"shape": list(array.shape), "values": array.astype(float).ravel().tolist()}
            for name, array in found.items()
        }
        read_from_face(rigged_head.find(head))


def are_on(head: bpy.types.Object) -> bool:
    """Whether a head is one of all people whose identity is still sliders."""
    return HANDLES_KEY in head and head.data.shape_keys is not None and _SIZE in head.data.shape_keys.key_blocks


def find(head: bpy.types.Object) -> HeadHandles | None:
    """The handles of a head of all people whose identity is still sliders; None for others."""
    if not are_on(head):
        return None
    stored = head[HANDLES_KEY]
    return HeadHandles(
        {name: np.array(stored[name]["values"]).reshape(stored[name]["shape"]) for name in stored.keys()}
    )


def read_from_face(rigged: RiggedHead) -> None:
    """Put the handles where the face is; raises `MeshError` for a head without."""
    handles = _needed(rigged)
    _show(rigged.head, handles.read(_shape_of(rigged, handles)))


def follow(head: bpy.types.Object) -> None:
    """Move the face by what the handles moved since they were last looked at; what is the face's own stays."""
    rigged, handles = rigged_head.find(head), find(head)
    if rigged is None or handles is None:
        return
    before, after = np.array(head[VALUES_KEY]), _values(head)
    _set_shape(rigged, handles, _shape_of(rigged, handles) + handles.shape(after) - handles.shape(before))
    head[VALUES_KEY] = after.tolist()


def randomise(rigged: RiggedHead, seed: int, spread: float, group: str) -> None:
    """Somebody of a group of `GROUP_ITEMS`: the first one that `headbridge sample` draws."""
    handles, random = _needed(rigged), generator(seed)
    values = handles.random_values(random, group)
    shape = handles.random_shape(values, random, spread)
    _set_shape(rigged, handles, shape)
    # Who was drawn is known; chance made the features.
    count = len(ATTRIBUTES)
    _show(rigged.head, np.concatenate([values[:count], handles.read(shape)[count:]]))


def _needed(rigged: RiggedHead) -> HeadHandles:
    handles = find(rigged.head)
    if handles is None:
        raise MeshError(f"'{rigged.head.name}' has no handles; add a rigged head with the identities People.")
    return handles


def _shape_of(rigged: RiggedHead, handles: HeadHandles) -> np.ndarray:
    return handles.of_coefficients(np.array([key.value for key in rigged.keys("identity")]))


def _set_shape(rigged: RiggedHead, handles: HeadHandles, shape: np.ndarray) -> None:
    for key, value in zip(rigged.keys("identity"), handles.coefficients(shape).tolist()):
        key.value = value


def _values(head: bpy.types.Object) -> np.ndarray:
    handles = head.headbridge.handles
    return np.array([getattr(handles, name) for name in (*ATTRIBUTES, *(entry["name"] for entry in FEATURES))])


_showing = False


def _show(head: bpy.types.Object, values: np.ndarray) -> None:
    """Let the properties say the values without moving the face."""
    global _showing
    _showing = True
    try:
        for name, value in zip((*ATTRIBUTES, *(entry["name"] for entry in FEATURES)), values.tolist()):
            setattr(head.headbridge.handles, name, value)
    finally:
        _showing = False
    head[VALUES_KEY] = _values(head).tolist()


def _moved(holder, _context) -> None:
    if not _showing:
        follow(holder.id_data)


def _attribute(name: str, default: float, text: str, low: float = 0.0, high: float = 1.0):
    return bpy.props.FloatProperty(name=name, default=default, min=low, max=high, description=text, update=_moved)


class HEADBRIDGE_PG_handles(bpy.types.PropertyGroup):
    """Who a head of all people is, as MakeHuman's artists see age, sex and ancestry."""

    __annotations__ = {
        "age": _attribute("Age", 25.0, "Years, as MakeHuman's artists see them", 1.0, 90.0),
        "male": _attribute("Sex", 0.5, "0 female, 1 male, as MakeHuman's artists see them"),
        "african": _attribute("African", 1.0 / 3.0, "Share of this ancestry, as MakeHuman's artists see it"),
        "asian": _attribute("Asian", 1.0 / 3.0, "Share of this ancestry, as MakeHuman's artists see it"),
        "caucasian": _attribute("Caucasian", 1.0 / 3.0, "Share of this ancestry, as MakeHuman's artists see it"),
        "muscle": _attribute("Muscle", 0.5, "From little to much muscle"),
        "weight": _attribute("Weight", 0.5, "From thin to heavy"),
        **{
            entry["name"]: _attribute(setting_texts.name(entry), 0.0, setting_texts.tooltip(entry), -1.0, 1.0)
            for entry in FEATURES
        },
    }
