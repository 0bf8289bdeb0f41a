"""Placing a head on a mesh that is a face alone."""

import dataclasses

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting.basel import BFM_COUNTS, place_face
from headbridge.mesh import Mesh
from headbridge.progress import Progress
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin, load_topology


@pytest.fixture(scope="module")
def mask():
    """The face of another head, with as many loose vertices as make it look like a Basel Face Model mesh."""
    hack, face = load_builtin("hack"), load_topology("hack").regions["face"]
    triangles = hack.triangles[face[hack.triangles].all(axis=1)]
    count = min(BFM_COUNTS)
    vertices = np.concatenate([hack.vertices, np.zeros((count - len(hack.vertices), 3))])
    return Mesh.from_faces(vertices, triangles, name="mask")


def place(mesh):
    topology = load_topology("flame")
    surface = Surface(mesh.vertices, mesh.triangles)
    return place_face(load_builtin("flame"), topology.regions["face"], surface, mesh, Progress())


@pytest.mark.parametrize("unit", [1000.0, 0.01])
def test_a_face_of_any_unit_is_met(mask, unit):
    moved = mask.with_vertices(unit * (mask.vertices + [10.0, -40.0, 25.0]))
    onto = place(moved)
    assert onto.scale / unit == pytest.approx(1.0, abs=0.08)
    # The same 51 points of two mean faces lie a few millimetres apart.
    ours, theirs = (load_topology(key).landmarks_51.evaluate(load_builtin(key).vertices) for key in ("flame", "hack"))
    off = onto.apply(ours) / unit - (theirs + [10.0, -40.0, 25.0])
    assert np.sqrt((off**2).sum(axis=1).mean()) < 8.0


def test_a_face_that_looks_elsewhere_is_refused(mask):
    lying = dataclasses.replace(mask, vertices=mask.vertices[:, [1, 2, 0]])
    with pytest.raises(InputError, match="upright and looking along"):
        place(lying)
