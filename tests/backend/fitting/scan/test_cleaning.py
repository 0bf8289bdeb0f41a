"""What a scan must be rid of before it is fitted."""

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting.scan.cleaning import clean_scan, turned_outside
from headbridge.mesh import Mesh
from headbridge.mesh.normals import triangle_cross


@pytest.fixture
def ball(sphere_mesh):
    return sphere_mesh(20, 30)


def joined(one: Mesh, two: Mesh) -> Mesh:
    vertices = np.concatenate([one.vertices, two.vertices])
    return Mesh.from_faces(vertices, np.concatenate([one.triangles, two.triangles + len(one.vertices)]), name="scan")


def test_a_sound_scan_stays_as_it_is(ball):
    cleaned, notes = clean_scan(ball)
    assert cleaned is ball and not notes


def test_the_largest_part_is_kept_and_the_others_are_told(ball, sphere_mesh):
    debris = sphere_mesh(4, 5).with_vertices(0.1 * sphere_mesh(4, 5).vertices + 3.0)
    cleaned, notes = clean_scan(joined(debris, ball))
    assert len(cleaned.triangles) == len(ball.triangles) and np.abs(cleaned.vertices).max() <= 1.0
    assert len(notes) == 1 and "1 loose parts" in notes[0]


def test_vertices_split_at_seams_come_together_and_keep_their_uvs(ball):
    split = Mesh.from_faces(
        ball.vertices[ball.triangles].reshape(-1, 3),
        np.arange(3 * len(ball.triangles)).reshape(-1, 3),
        uvs=np.random.default_rng(0).random((3 * len(ball.triangles), 2)).astype(np.float32),
    )
    cleaned, _ = clean_scan(split)
    assert len(cleaned.vertices) == len(ball.vertices)
    assert np.array_equal(cleaned.vertices[cleaned.triangles], split.vertices[split.triangles])
    assert np.array_equal(cleaned.uvs[cleaned.triangle_corners], split.uvs[split.triangle_corners])


def test_doubled_empty_and_crowding_faces_go(ball):
    a, b, c = ball.triangles[100]
    fin = [a, b, len(ball.vertices)]
    faces = np.concatenate([ball.triangles, [[b, c, a], [a, a, b], fin]])
    bad = Mesh.from_faces(np.concatenate([ball.vertices, [[2.0, 2.0, 2.0]]]), faces, name="scan")
    cleaned, notes = clean_scan(bad)
    # With the fin go both triangles of the edge it stands on.
    assert len(cleaned.triangles) == len(ball.triangles) - 2 and "5 faces" in notes[0]


def test_one_turned_face_goes(ball):
    faces = ball.triangles.copy()
    faces[100] = faces[100, ::-1]
    cleaned, notes = clean_scan(Mesh.from_faces(ball.vertices, faces, name="scan"))
    # The turned one and its three neighbours.
    assert len(cleaned.triangles) == len(faces) - 4 and "turned" in notes[0]


def test_faces_turned_at_random_are_refused(ball):
    faces = ball.triangles.copy()
    faces[::3] = faces[::3, ::-1]
    with pytest.raises(InputError, match="Recalculate Outside"):
        clean_scan(Mesh.from_faces(ball.vertices, faces))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.with_vertices(np.where(np.arange(len(m.vertices))[:, None] == 7, np.nan, m.vertices)), "vertex 7"),
        (lambda m: Mesh(m.vertices, np.zeros(0), np.zeros(0)), "no faces"),
        (lambda m: Mesh.from_faces(m.vertices, m.triangles[:100]), "too small"),
        (lambda m: Mesh.from_faces(m.vertices, m.triangles, uvs=np.full((3 * len(m.triangles), 2), np.nan)), "UVs"),
    ],
)
def test_broken_scans_are_refused_with_the_cause(ball, change, message):
    with pytest.raises(InputError, match=message):
        clean_scan(change(ball))


def test_turning_makes_the_inside_the_outside(ball):
    turned = turned_outside(ball)
    before, after = (triangle_cross(ball.vertices, triangles) for triangles in (ball.triangles, turned.triangles))
    assert np.allclose(after, -before)
