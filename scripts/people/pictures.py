"""Sheets of heads of all people, for the docs and for looking at a build."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from strangers.pictures import shade
from strangers.views import frame, turned

from headbridge.models import head_model
from headbridge.models.people.handles import Handles
from headbridge.models.people.person import ANCESTRIES, FEATURES, Person, random_person
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin

_SIZE, _RADIUS, _YAW, _PITCH = 200, 135.0, -30.0, 5.0
_SPREAD, _LIMIT, _SEED = 0.75, 2.5, 3
_AGES = (2.0, 8.0, 25.0, 70.0)
_EVEN = (1.0 / 3.0,) * 3


class HeadSheets:
    """Sheets of heads in one topology, each head in its own size."""

    def __init__(self, key: str, handles: Handles):
        model = head_model(key)
        self._handles = handles
        self._mean = model.mean
        self._shapes = model.basis[: len(handles.size_slopes)].astype(np.float64)
        self._triangles = load_builtin(key).triangles

    def ages(self) -> np.ndarray:
        """Ages across, ancestries down, of both sexes."""
        return _sheet(
            [
                self._tile(f"{name} {years:g} {'female' if male == 0 else 'male'}", Person(years, male, tuple(row)))
                for name, row in zip(ANCESTRIES, np.eye(3))
                for years in _AGES
                for male in (0.0, 1.0)
            ],
            8,
        )

    def features(self) -> np.ndarray:
        """The middle person with every feature at -1 and at 1."""
        middle = Person(25.0, 0.5, _EVEN)
        return _sheet(
            [
                self._tile(f"{name} {value:+g}", replace(middle, features={name: value}))
                for name in FEATURES
                for value in (-1.0, 1.0)
            ],
            12,
        )

    def random(self, count: int) -> np.ndarray:
        """Random people of all ages."""
        random = np.random.default_rng(_SEED)
        tiles = []
        for _ in range(count):
            person = random_person(random)
            shape = self._handles.random_shape(person, random, _SPREAD, _LIMIT)
            tiles.append(self._picture(f"{person.years:.0f}", shape))
        return _sheet(tiles, 8)

    def modes(self, count: int) -> np.ndarray:
        """The mean head and the first components at -2 and 2 standard deviations."""
        tiles = []
        for mode in range(count):
            for value in (-2.0, 2.0):
                shape = np.zeros(len(self._shapes) + 1)
                shape[mode] = value
                tiles.append(self._picture(f"{mode}: {value:+g}", shape))
        return _sheet(tiles, 8)

    def _tile(self, label: str, person: Person) -> np.ndarray:
        return self._picture(label, self._handles.shape(person))

    def _picture(self, label: str, shape: np.ndarray) -> np.ndarray:
        middle = self._mean.mean(axis=0)
        head = np.exp(shape[-1]) * (self._mean + np.tensordot(shape[:-1], self._shapes, 1) - middle)
        place = frame(np.array([0.0, 15.0, 0.0]), np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]))
        pixels = shade(Surface(head, self._triangles), place, turned(_YAW, _PITCH), _RADIUS, _SIZE)
        tile = (255.0 * pixels).astype(np.uint8)
        cv2.putText(tile, label, (5, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 230, 120), 1, cv2.LINE_AA)
        return tile


def _sheet(tiles: Iterable[np.ndarray], columns: int) -> np.ndarray:
    tiles = list(tiles)
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    return np.concatenate([np.concatenate(tiles[k : k + columns], axis=1) for k in range(0, len(tiles), columns)])
