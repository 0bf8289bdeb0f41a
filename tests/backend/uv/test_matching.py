"""Which target surface has a counterpart: tubes around tubes, tubes that go on, and the built-in heads' parts."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.mesh.uv_layout import uv_layout
from headbridge.topologies import load_builtin, load_topology
from headbridge.uv.matching import (
    Counterparts,
    eligible_triangles,
    far_faces,
    find_counterparts,
    interior_vertices,
    main_component,
)
from headbridge.uv.patches import build_patches

from .tubes import LOW, RADIUS, normals_of, tube


@pytest.fixture(scope="module")
def patches():
    mesh = tube(96, 8)
    return build_patches(mesh, uv_layout(mesh), mesh.vertices, np.ones(len(mesh.triangles), bool))


def counterparts(mesh, patches, normals=None, candidates=None):
    everything = np.ones(len(mesh.vertices), bool)
    return find_counterparts(
        mesh.vertices,
        normals_of(mesh) if normals is None else normals,
        patches,
        everything if candidates is None else candidates,
        "cpu",
    )


def widened(mesh, by):
    return mesh.with_vertices(mesh.vertices * [1.0 + by / RADIUS, 1.0, 1.0 + by / RADIUS])


def test_surface_on_the_source_counts_fully(patches):
    found = counterparts(tube(24, 5), patches)
    np.testing.assert_allclose(found.weights, 1.0, atol=0.01)
    np.testing.assert_allclose(found.distances, 0.0, atol=1e-4)
    assert not found.beyond.any()


@pytest.mark.parametrize("gap", [0.75, 1.5, 3.0])
def test_surface_off_the_source_counts_less(patches, gap):
    found = counterparts(widened(tube(24, 4, low=-60.0, high=60.0), gap), patches)
    np.testing.assert_allclose(found.distances, gap, atol=1e-3)
    # A Gaussian of the distance, 1.5 mm wide; the facet's normal is a little off the vertex'.
    np.testing.assert_allclose(found.weights, np.exp(-((gap / 1.5) ** 2)), rtol=0.02)


def test_surface_too_far_away_or_facing_elsewhere_has_no_counterpart(patches):
    mesh = tube(24, 4, low=-60.0, high=60.0)
    assert not counterparts(widened(mesh, 4.6), patches).weights.any()
    assert counterparts(widened(mesh, 4.4), patches).weights.all()
    assert not counterparts(mesh, patches, normals=-normals_of(mesh)).weights.any()
    up = normals_of(mesh) * 0.2 + np.sqrt(1.0 - 0.2**2) * np.array([0.0, 1.0, 0.0])
    assert not counterparts(mesh, patches, normals=up).weights.any()
    candidates = np.arange(len(mesh.vertices)) % 3 > 0
    np.testing.assert_array_equal(counterparts(mesh, patches, candidates=candidates).weights > 0.0, candidates)


def test_surface_past_the_open_boundary_lies_beyond(patches):
    mesh = tube(24, 12, low=LOW - 40.0)
    found = counterparts(mesh, patches)
    below = mesh.vertices[:, 1] < LOW - 1e-6
    np.testing.assert_array_equal(found.beyond, below)
    np.testing.assert_array_equal(found.weights > 0.0, ~below)
    np.testing.assert_allclose(found.distances[below], LOW - mesh.vertices[below, 1], atol=1e-3)


def far_of(low):
    """Which faces of a tube that goes down to `low` are far, rows of 10 mm from there on up."""
    rows = round((100.0 - low) / 10.0)
    mesh = tube(24, rows, low=low)
    beyond = np.maximum(LOW - mesh.vertices[:, 1], 0.0)
    found = Counterparts((beyond == 0.0).astype(float), beyond, beyond > 0.0)
    faces = far_faces(mesh, found).reshape(rows, 24)
    assert (faces == faces[:, :1]).all()
    return faces[:, 0]


def test_a_longer_neck_is_kept_and_a_bust_is_not():
    assert not far_of(LOW - 40.0).any()
    # Of 60 mm below the source those more than 15 mm away as a whole: the lowest four rows.
    np.testing.assert_array_equal(np.flatnonzero(far_of(LOW - 60.0)), [0, 1, 2, 3])


def test_what_a_bust_cuts_off_goes_with_it():
    # Below the bust's far rows a band comes near the source again, as an arm would.
    mesh = tube(24, 26, low=LOW - 60.0)
    beyond = np.maximum(LOW - mesh.vertices[:, 1], 0.0)
    near_again = mesh.vertices[:, 1] < LOW - 45.0
    distances = np.where(near_again, 5.0, beyond)
    distances[np.abs(beyond - 30.0) < 1.0] = 50.0
    found = Counterparts(np.zeros(len(beyond)), distances, beyond > 0.0)
    faces = far_faces(mesh, found).reshape(26, 24)
    np.testing.assert_array_equal(np.flatnonzero(faces.all(axis=1)), [0, 1, 2, 3])
    assert not faces[4:].any()


def test_flames_eyes_and_insides_are_no_surface_to_map_to():
    mesh, topology = load_builtin("flame"), load_topology("flame")
    component = main_component(mesh, topology)
    assert component[topology.skin].all() and not component.all()
    eligible = eligible_triangles(mesh, topology, component)
    np.testing.assert_array_equal(eligible, (component & ~interior_vertices(topology))[mesh.triangles].all(axis=1))
    assert topology.skin[mesh.triangles[eligible]].all()
    # The rings above the lower boundary are no match for a registration, but surface.
    rings = topology.regions["boundary"] & topology.no_match
    assert rings.any() and not interior_vertices(topology)[rings & topology.skin].any()


def test_of_an_unknown_mesh_the_largest_part_counts():
    big, small = tube(12, 5), tube(8, 3)
    corners = np.concatenate([small.corners, big.corners + len(small.vertices)])
    vertices = np.concatenate([small.vertices + 500.0, big.vertices])
    mesh = Mesh.from_faces(vertices, corners.reshape(-1, 4))
    np.testing.assert_array_equal(main_component(mesh, None), np.arange(len(vertices)) >= len(small.vertices))
    np.testing.assert_array_equal(
        eligible_triangles(mesh, None, main_component(mesh, None)), np.arange(len(mesh.triangles)) >= 2 * 24
    )
