"""Registrations that several tests look at; each runs once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.progress import Progress
from headbridge.registration.job import LandmarkPairs, RegisterInput, RegisterResult
from headbridge.registration.register import register
from headbridge.topologies import load_builtin

from .shapes import blob


@dataclass
class Reports:
    """What a job told of its progress."""

    fractions: list[float] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    vertices: list[np.ndarray] = field(default_factory=list)

    def listen(self, fraction, message, vertices):
        self.fractions.append(fraction)
        self.messages.append(message)
        if vertices is not None:
            self.vertices.append(np.array(vertices))


@dataclass(frozen=True)
class Recorded:
    result: RegisterResult
    reports: Reports


def recorded(inputs: RegisterInput, *settings) -> Recorded:
    reports = Reports()
    return Recorded(register(inputs, *settings, progress=Progress(reports.listen)), reports)


@pytest.fixture(scope="session")
def hack_on_flame() -> Recorded:
    return recorded(RegisterInput(load_builtin("hack"), load_builtin("flame")))


@pytest.fixture(scope="session")
def flame_on_hack() -> Recorded:
    return recorded(RegisterInput(load_builtin("flame"), load_builtin("hack")))


@pytest.fixture(scope="session")
def small() -> RegisterInput:
    """A blob of 642 vertices onto a finer one with a swelling of 8 mm, by six pairs: quick to register."""
    vertices, triangles = blob(3)
    fine, faces = blob(4, bump=8.0)
    # The icosphere's subdivision keeps the coarse vertices in front.
    marks = [0, 5, 17, 60, 111, 140]
    return RegisterInput(
        Mesh.from_faces(vertices, triangles, name="blob"),
        Mesh.from_faces(fine, faces, name="fine blob"),
        LandmarkPairs(vertices[marks], fine[marks]),
    )
