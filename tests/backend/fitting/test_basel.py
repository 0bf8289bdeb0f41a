"""Placing a head on a mesh that is a face alone."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.errors import InputError
from headbridge.fitting.basel import BFM_COUNTS, place_face, register_basel
from headbridge.mesh import Mesh
from headbridge.progress import Progress
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin, load_topology

pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize("seed", range(4))
def test_a_turned_face_is_met(mask, seed):
    turn = Rotation.random(random_state=seed).as_matrix()
    onto, straight = place(mask.with_vertices(mask.vertices @ turn.T)), place(mask)
    face = load_builtin("flame").vertices[load_topology("flame").regions["face"]]
    assert np.linalg.norm(onto.apply(face) @ turn - straight.apply(face), axis=1).max() < 0.5


def test_what_shows_no_face_is_refused(mask):
    hack, scalp = load_builtin("hack"), load_topology("hack").regions["scalp"]
    back = Mesh.from_faces(mask.vertices, hack.triangles[scalp[hack.triangles].all(axis=1)], name="back")
    with pytest.raises(InputError, match="no face was found"):
        place(back)


def test_a_mesh_that_lies_on_its_side_and_looks_inward_becomes_the_face(mask):
    """As the sample of the published model: turned aside, faces wound inward, micrometres."""
    turn = Rotation.from_euler("zy", [80.0, 35.0], degrees=True).as_matrix()
    inward = Mesh.from_faces(1000.0 * mask.vertices @ turn.T, mask.triangles[:, ::-1], name="sample")
    result = register_basel("flame", inward, "cpu", 0, Progress())
    vertices, notes = result.registered, result.notes
    surface, face = Surface(inward.vertices, inward.triangles), load_topology("flame").regions["narrow_face"]
    # Nostrils and the mouth's inside are not in every face mesh.
    assert np.percentile(surface.closest(vertices[face]).distances / 1000.0, 90) < 1.0
    ours = load_topology("flame").landmarks_51.evaluate(vertices) @ turn / 1000.0
    theirs = load_topology("hack").landmarks_51.evaluate(load_builtin("hack").vertices)
    assert np.linalg.norm(ours - theirs, axis=1).mean() < 5.0
    assert any("inward" in note for note in notes)
