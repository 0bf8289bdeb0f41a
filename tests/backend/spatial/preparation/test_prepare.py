"""What a mesh becomes before something is laid on it: the same surface, whatever was done to spoil it."""

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.mesh.adjacency import boundary_edges
from headbridge.mesh.normals import triangle_cross
from headbridge.mesh.validate import check_mesh
from headbridge.spatial.preparation import prepare_target


@pytest.fixture
def ball(sphere_mesh):
    return sphere_mesh(20, 30)


def prepared(mesh):
    """The prepared mesh, after the checks that hold for every one."""
    found = prepare_target(mesh, "target")
    check_mesh(found.mesh, "prepared mesh")
    assert np.array_equal(found.mesh.vertices, mesh.vertices[found.vertex_of])
    assert np.array_equal(found.prepared_of[found.vertex_of], np.arange(len(found.vertex_of)))
    # Every triangle has the vertices of the original one, whichever comes first.
    originals = found.prepared_of[mesh.triangles[found.triangle_of]]
    assert np.array_equal(np.sort(originals, axis=1), np.sort(found.mesh.triangles, axis=1))
    assert np.array_equal(found.prepared_of[mesh.corners[found.corner_of]], found.mesh.corners)
    if mesh.uvs is not None:
        assert np.array_equal(found.mesh.uvs, mesh.uvs[found.corner_of])
    return found


def joined(*meshes):
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    return Mesh.from_faces(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.triangles + start for mesh, start in zip(meshes, starts)]),
        name="scan",
    )


def moved(mesh, scale=1.0, by=(0.0, 0.0, 0.0)):
    return mesh.with_vertices(scale * mesh.vertices + by)


def outward_share(mesh, centre=(0.0, 0.0, 0.0)):
    middles = mesh.vertices[mesh.triangles].mean(axis=1)
    return np.mean(np.einsum("td,td->t", triangle_cross(mesh.vertices, mesh.triangles), middles - centre) > 0.0)


def soup(mesh):
    corners = mesh.triangles.reshape(-1)
    return Mesh.from_faces(mesh.vertices[corners], np.arange(len(corners)).reshape(-1, 3), name="soup")


def test_a_sound_mesh_stays_as_it_is(ball, sphere_cap):
    for mesh in (ball, sphere_cap(20)[0]):
        found = prepared(mesh)
        assert found.mesh is mesh and not found.notes and len(found.parts) == 1
        assert np.array_equal(found.vertex_of, np.arange(len(mesh.vertices)))


def test_a_soup_becomes_the_surface_it_was_cut_from(ball):
    cut = soup(ball)
    found = prepared(cut)
    assert len(found.mesh.vertices) == len(ball.vertices)
    assert np.array_equal(found.mesh.vertices[found.mesh.triangles], cut.vertices[cut.triangles])
    assert not len(boundary_edges(found.mesh)) and "joined" in found.notes[0] and "'soup'" in found.notes[0]


def test_a_soup_with_rounded_positions_and_any_winding_is_closed_too(ball):
    rng = np.random.default_rng(0)
    cut = soup(ball)
    turned = rng.random(len(cut.triangles)) < 0.4
    faces = np.where(turned[:, None], cut.triangles[:, ::-1], cut.triangles)
    noisy = Mesh.from_faces(cut.vertices + rng.uniform(-1e-6, 1e-6, cut.vertices.shape), faces, name="soup")
    found = prepared(noisy)
    assert len(found.mesh.vertices) == len(ball.vertices) and not len(boundary_edges(found.mesh))
    assert outward_share(found.mesh) == 1.0
    assert any(f"{turned.sum()} faces were turned" in note for note in found.notes)


def test_seams_are_closed_and_keep_their_uvs(sphere_cap):
    mesh, uvs = sphere_cap(16)
    across = mesh.vertices[mesh.triangles].mean(axis=1)[:, 0]
    faces = mesh.triangles + len(mesh.vertices) * (across > 0.0)[:, None]
    corner_uvs = uvs[mesh.triangle_corners].reshape(-1, 2)
    split = Mesh.from_faces(np.tile(mesh.vertices, (2, 1)), faces, uvs=corner_uvs, name="seamed")
    found = prepared(split)
    assert len(found.mesh.vertices) == len(mesh.vertices) and len(found.parts) == 1
    assert len(boundary_edges(found.mesh)) == len(boundary_edges(mesh))


def test_a_slit_between_lips_stays_open(sphere_cap):
    """A cut along a row of edges whose two sides are a thousandth of the size apart is a mouth, no seam."""
    mesh, _ = sphere_cap(16)
    above = mesh.vertices[mesh.triangles].mean(axis=1)[:, 1] > 0.0
    on_line = (np.abs(mesh.vertices[:, 1]) < 1e-9) & (np.abs(mesh.vertices[:, 0]) < 40.0)
    copies = np.where(on_line, len(mesh.vertices) + np.cumsum(on_line) - 1, np.arange(len(mesh.vertices)))
    faces = np.where(above[:, None], copies[mesh.triangles], mesh.triangles)
    upper = mesh.vertices[on_line] + (0.0, 0.2, 0.0)
    slit = Mesh.from_faces(np.concatenate([mesh.vertices, upper]), faces, name="mouth")
    assert prepared(slit).mesh is slit


def test_surfaces_that_touch_stay_apart(ball):
    """A lid whose rim lies on the eyeball, vertex on vertex, is no part of it: the ball has no open side there."""
    above = (ball.vertices[:, 1] > 0.4)[ball.triangles].all(axis=1)
    used, faces = np.unique(ball.triangles[above], return_inverse=True)
    cap = Mesh.from_faces(ball.vertices[used], faces.reshape(-1, 3))
    rim = np.unique(boundary_edges(cap))
    bulge = np.full((len(used), 1), 1.1)
    bulge[rim] = 1.0
    both = joined(ball, cap.with_vertices(bulge * cap.vertices))
    found = prepared(both)
    assert found.mesh is both and len(found.parts) == 2


def test_fins_doubles_and_empty_faces_go_and_nothing_else(ball):
    a, b, c = ball.triangles[100]
    faces = np.concatenate([ball.triangles, [[b, c, a], [a, a, b], [a, b, len(ball.vertices)], [c, b, a]]])
    bad = Mesh.from_faces(np.concatenate([ball.vertices, [[2.0, 2.0, 2.0]]]), faces, name="scan")
    found = prepared(bad)
    assert np.array_equal(found.mesh.triangles, ball.triangles) and np.array_equal(found.mesh.vertices, ball.vertices)
    told = " ".join(found.notes)
    assert "2 doubled faces" in told and "1 face without area" in told and "1 face at edges of more than two" in told
    assert all(note.startswith("Target 'scan': ") for note in found.notes)


def test_a_doubled_sheet_is_one(ball):
    both = Mesh.from_faces(ball.vertices, np.concatenate([ball.triangles, ball.triangles[:, ::-1]]), name="two-sided")
    found = prepared(both)
    assert len(found.mesh.triangles) == len(ball.triangles) and outward_share(found.mesh) == 1.0


def test_turned_faces_are_turned_back(ball):
    rng = np.random.default_rng(1)
    for turned in (np.arange(len(ball.triangles)) == 100, rng.random(len(ball.triangles)) < 0.45):
        faces = np.where(turned[:, None], ball.triangles[:, ::-1], ball.triangles)
        found = prepared(Mesh.from_faces(ball.vertices, faces, name="scan"))
        assert outward_share(found.mesh) == 1.0 and len(found.mesh.triangles) == len(faces)
        number = int(turned.sum())
        assert f"{number} {'face was' if number == 1 else 'faces were'} turned" in found.notes[0]


def test_polygons_stay_polygons_where_nothing_is_cut_out(ball):
    corners = ball.corners.copy()
    quad = np.flatnonzero(ball.face_sizes == 4)[7]
    at = ball.face_starts[quad] + np.arange(4)
    corners[at] = corners[at[::-1]]
    bad = Mesh(ball.vertices, corners, ball.face_sizes, np.random.default_rng(0).random((len(corners), 2)), name="scan")
    found = prepared(bad)
    assert np.array_equal(found.mesh.face_sizes, ball.face_sizes) and outward_share(found.mesh) == 1.0


def test_what_looks_inward_is_turned_part_by_part(ball, sphere_cap):
    cap, _ = sphere_cap(20)
    mask = moved(cap, 0.01, (5.0, 0.0, 0.0))
    inside_out = Mesh.from_faces(ball.vertices, ball.triangles[:, ::-1])
    eyes = [moved(inside_out, 0.1, (x, 0.0, 0.0)) for x in (-0.3, 0.3)]
    for head in (ball, inside_out):
        found = prepared(joined(head, *eyes, Mesh.from_faces(mask.vertices, mask.triangles[:, ::-1])))
        triangles = found.mesh.triangles
        for part, centre in enumerate([(0.0, 0.0, 0.0), (-0.3, 0.0, 0.0), (0.3, 0.0, 0.0), (5.0, 0.0, 0.0)]):
            chosen = Mesh.from_faces(found.mesh.vertices, triangles[found.parts.labels == part])
            assert outward_share(chosen, centre) == 1.0, part
    assert "its faces looked inward" in " ".join(found.notes)


def test_a_table_keeps_the_side_it_has(ball):
    corners = 3.0 * np.array([[-1.0, -1.1, -1.0], [1.0, -1.1, -1.0], [1.0, -1.1, 1.0], [-1.0, -1.1, 1.0]])
    for faces in ([[0, 1, 2], [0, 2, 3]], [[2, 1, 0], [3, 2, 0]]):
        scene = joined(ball, Mesh.from_faces(corners + (0.0, 2.19, 0.0), np.array(faces)))
        assert prepared(scene).mesh is scene


def test_loose_vertices_specks_and_broken_vertices_go(ball):
    dust = [moved(ball, 0.002, (1.5, 0.1 * k, 0.0)) for k in range(3)]
    vertices = np.concatenate([joined(ball, *dust).vertices, [[7.0, 7.0, 7.0]]])
    vertices[5] = np.nan
    spoiled = Mesh.from_faces(vertices, joined(ball, *dust).triangles, name="scan")
    found = prepare_target(spoiled, "scan")
    check_mesh(found.mesh, "scan")
    around = (ball.triangles == 5).any(axis=1).sum()
    assert len(found.mesh.triangles) == len(ball.triangles) - around and np.abs(found.mesh.vertices).max() <= 1.0
    assert found.prepared_of[5] == -1 and found.prepared_of[-1] == -1
    assert "1 vertex with NaN" in found.notes[0] and "3 specks" in found.notes[1]


def test_values_go_over_both_ways(ball):
    cut = soup(ball)
    found = prepared(cut)
    marked = np.zeros(len(cut.vertices), bool)
    marked[10] = True
    transferred = found.onto_prepared(marked)
    assert transferred.sum() == 1 and np.array_equal(found.mesh.vertices[transferred], cut.vertices[[10]])
    back = found.onto_original(transferred)
    assert np.array_equal(back, (cut.vertices == cut.vertices[10]).all(axis=1))
    fin = Mesh.from_faces(np.concatenate([ball.vertices, [[2.0, 2.0, 2.0]]]), ball.triangles)
    distances = prepared(fin).onto_original(np.ones(len(ball.vertices)), missing=np.nan)
    assert np.isnan(distances[-1]) and (distances[:-1] == 1.0).all()


def test_parts_are_told_apart(ball):
    found = prepared(joined(ball, moved(ball, 0.5, (3.0, 0.0, 0.0))))
    assert len(found.parts) == 2 and np.array_equal(np.bincount(found.parts.labels), [len(ball.triangles)] * 2)
    assert found.parts.areas[1] == pytest.approx(found.parts.areas[0] / 4.0)
    np.testing.assert_allclose(found.parts.highs[1], 0.5 * ball.vertices.max(axis=0) + (3.0, 0.0, 0.0))


def test_a_band_that_no_turn_makes_agree_is_cut():
    """A Moebius band of 200 quads, thick as a ribbon."""
    angle = 2.0 * np.pi * np.arange(200) / 200
    across = np.linspace(-0.3, 0.3, 4)
    half = angle[:, None] / 2.0
    radius = 1.0 + across * np.cos(half)
    vertices = np.stack(
        [radius * np.cos(angle)[:, None], radius * np.sin(angle)[:, None], across * np.sin(half)], axis=2
    ).reshape(-1, 3)
    grid = np.arange(800).reshape(200, 4)
    after = np.roll(grid, -1, axis=0)
    after[-1] = grid[0, ::-1]
    faces = np.stack([grid[:, :-1], after[:, :-1], after[:, 1:], grid[:, 1:]], axis=2).reshape(-1, 4)
    found = prepared(Mesh.from_faces(vertices, faces, name="band"))
    assert len(found.mesh.triangles) >= 2 * 600 - 6 and "neighbours disagree" in found.notes[0]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda m: Mesh(m.vertices, np.zeros(0), np.zeros(0), name="cloud"), "'cloud' has no faces.*point cloud"),
        (lambda m: Mesh(np.zeros((0, 3)), np.zeros(0), np.zeros(0), name="void"), "'void' has no vertices"),
        (lambda m: m.with_vertices(np.where(np.arange(len(m.vertices))[:, None] % 7 == 0, np.inf, m.vertices)), "NaN or infin"),
        (lambda m: m.with_vertices(m.vertices * (1.0, 1.0, 0.001)), "'sphere' is one flat sheet"),
        (lambda m: m.with_vertices(np.ones_like(m.vertices)), "no extent"),
        (lambda m: Mesh(m.vertices, np.arange(570), [285, 285], name="strips"), "'strips' has 2 faces.*triangle strips"),
        (lambda m: Mesh.from_faces(m.vertices, m.triangles[:, [0, 1, 1]], name="lines"), "'lines' has only empty faces"),
    ],
)  # fmt: skip
def test_what_no_repair_helps_is_refused_by_name(ball, spoil, message):
    with pytest.raises(InputError, match=message):
        prepare_target(spoil(ball), "target")


def test_the_same_whatever_the_unit_and_the_turn(ball):
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    faces = ball.triangles.copy()
    faces[::3] = faces[::3, ::-1]
    spoiled = Mesh.from_faces(ball.vertices, faces)
    one, other = (prepared(m).mesh for m in (spoiled, spoiled.with_vertices(1e-4 * spoiled.vertices @ turn.T + 0.3)))
    assert np.array_equal(one.corners, other.corners)
