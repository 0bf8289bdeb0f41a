"""What is said to be true of a stranger is true."""

from __future__ import annotations

import numpy as np
import pytest
from strangers.alter import face_mask, half, noisy, with_holes
from strangers.bumps import bumps
from strangers.hard_set import hard_stranger
from strangers.known_set import known_stranger, makehuman_part
from strangers.parts import flipped, joined
from strangers.shapes import SHAPES, shape
from strangers.spoil import left_handed
from strangers.stranger import Stranger, known, load, moved, save, transformed

from headbridge.mesh import Mesh
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin, load_topology


def volume(mesh: Mesh) -> float:
    points = mesh.vertices - mesh.vertices.mean(axis=0)
    a, b, c = (points[mesh.triangles[:, k]] for k in range(3))
    return float(np.einsum("td,td->", a, np.cross(b, c)) / 6.0)


def gaps_mm(stranger: Stranger) -> np.ndarray:
    """Distances in millimetres of the true positions in the face to the target's surface."""
    topology = load_topology(stranger.source)
    mask = topology.regions["narrow_face"] & topology.skin & ~topology.no_match
    surface = Surface(stranger.mesh.vertices, stranger.mesh.triangles)
    return stranger.mm_per_unit * surface.closest(stranger.registered[mask]).distances


@pytest.fixture
def someone() -> Stranger:
    """The MakeHuman template as its own target."""
    template = load_builtin("makehuman")
    mesh = makehuman_part(template, eyes=True, inside=False)
    return known("someone", "adult", "makehuman", mesh, template.vertices)


@pytest.mark.parametrize("row", ("ict", "flame", "makehuman"))
def test_known_truth_lies_on_the_target(open_data, row):
    stranger = known_stranger(open_data, row, 1)
    # The new triangles cut the corners of facets by a fraction of their 2 mm.
    gaps = gaps_mm(stranger)
    assert gaps.mean() < 0.15 and np.percentile(gaps, 95.0) < 0.4
    marks = load_topology(stranger.source).landmarks_51.evaluate(stranger.registered)
    assert np.abs(marks - stranger.landmarks).max() * stranger.mm_per_unit < 1e-6


def test_a_stranger_in_another_frame_keeps_its_lengths(someone):
    other = moved(someone, 3)
    assert other.mm_per_unit != 1.0
    for before, after in ((someone.registered, other.registered), (someone.mesh.vertices, other.mesh.vertices)):
        lengths = [np.linalg.norm(points[::7] - points[5], axis=1) for points in (before, after)]
        assert np.allclose(lengths[0], other.mm_per_unit * lengths[1], atol=1e-6)
    assert gaps_mm(other).max() < 1e-3
    # The frame turned with it: the nose tip lies in front of the ears, the brows above the lips.
    nose, lips = other.landmarks[13], other.landmarks[31:].mean(axis=0)
    assert (nose - other.mesh.vertices.mean(axis=0)) @ other.front > 0.0
    assert (other.landmarks[:10].mean(axis=0) - lips) @ other.up > 0.0


def test_what_is_saved_is_read_again(someone, tmp_path):
    stranger = moved(someone, 5)
    again = load(save(stranger, tmp_path))
    for name in ("name", "kind", "source", "expect", "mm_per_unit"):
        assert getattr(again, name) == getattr(stranger, name)
    for name in ("registered", "landmarks", "front", "up", "centre"):
        assert np.array_equal(getattr(again, name), getattr(stranger, name))
    assert np.array_equal(again.mesh.vertices, stranger.mesh.vertices)
    assert again.result is None


def test_a_left_handed_head_is_a_mirrored_one_with_faces_inward(someone):
    # Widen the left side, so that the mirror image is another shape.
    wide = someone.registered.copy()
    wide[:, 0] *= np.where(wide[:, 0] > 0.0, 1.2, 1.0)
    uneven = known(
        "", "", "makehuman", makehuman_part(load_builtin("makehuman").with_vertices(wide), True, False), wide
    )
    mirrored = left_handed(uneven)
    assert volume(uneven.mesh) > 0.0 > volume(mirrored.mesh)
    assert gaps_mm(mirrored).max() < 1e-3
    # The source's left stays the picture's left, and the wide side is the right one now.
    left = load_builtin("makehuman").vertices[:, 0] > 5.0
    assert (mirrored.registered[left, 0] > 0.0).all()
    assert np.abs(mirrored.registered[:, 0]).max() == pytest.approx(-mirrored.registered[:, 0].min())


def test_turning_over_changes_the_sign_of_the_volume_alone(someone):
    # Quads that are not flat are cut along their other diagonal.
    turned = flipped(someone.mesh)
    assert volume(turned) == pytest.approx(-volume(someone.mesh), rel=0.002)
    assert np.array_equal(turned.vertices, someone.mesh.vertices)


def test_a_flattened_truth_lies_on_the_flattened_target(someone):
    flat = transformed(someone, np.diag([1.0, 1.0, 0.3]), np.zeros(3), 1.0)
    assert gaps_mm(flat).max() < 1e-3
    assert np.ptp(flat.registered[:, 2]) == pytest.approx(0.3 * np.ptp(someone.registered[:, 2]))


def test_crops_and_holes_take_away_and_move_nothing(someone):
    whole = {tuple(point) for point in someone.mesh.vertices.tolist()}
    for cropped in (face_mask(someone), half(someone), with_holes(someone, 1)):
        assert 0 < len(cropped.mesh.vertices) < len(whole)
        assert {tuple(point) for point in cropped.mesh.vertices.tolist()} <= whole
    # The subject's left is at +X.
    assert half(someone).mesh.vertices[:, 0].min() > -12.0


def test_noise_is_as_strong_as_asked_in_every_unit(someone):
    for stranger in (someone, moved(someone, 9)):
        shift = noisy(stranger, 0.2, 1).mesh.vertices - stranger.mesh.vertices
        assert stranger.mm_per_unit * shift.std() == pytest.approx(0.2, rel=0.03)


def test_bumps_are_radial_on_a_sphere(sphere_mesh):
    ball = sphere_mesh(rows=30, columns=40)
    points = 100.0 * ball.vertices
    shift = bumps(points, ball.triangles, np.ones(len(points), bool), 3.0, 40.0, 0)
    assert np.percentile(np.linalg.norm(shift, axis=1), 98) == pytest.approx(3.0, rel=0.02)
    across = shift - (shift * ball.vertices).sum(axis=1, keepdims=True) * ball.vertices
    assert np.linalg.norm(across, axis=1).max() < 0.1 * np.linalg.norm(shift, axis=1).max()


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_meshes_that_face_outward(open_data, name):
    mesh = shape(open_data, name, 2)
    assert np.isfinite(mesh.vertices).all()
    assert np.ptp(mesh.vertices, axis=0).max() > 100.0
    if name not in ("sheet",):
        assert volume(mesh) > 0.0


def test_joining_keeps_both(someone):
    both = joined([someone.mesh, someone.mesh], "two")
    assert len(both.vertices) == 2 * len(someone.mesh.vertices)
    assert volume(both) == pytest.approx(2.0 * volume(someone.mesh))


def test_a_unit_is_the_one_its_name_says(open_data):
    stranger = hard_stranger(open_data, "unit_inch", 1)
    assert stranger.mm_per_unit == pytest.approx(25.4)
    # An adult's eyes are about 60 mm apart.
    right, left = stranger.landmarks[19:25].mean(axis=0), stranger.landmarks[25:31].mean(axis=0)
    assert 45.0 < stranger.mm_per_unit * np.linalg.norm(left - right) < 85.0
