"""Faces without counterpart follow what they hang on: labels along the surface, cuts only where one leads in."""

from __future__ import annotations

import numpy as np

from headbridge.mesh import Mesh
from headbridge.uv.edges import shared_edges
from headbridge.uv.free_regions import faces_without_room, repair_cuts, spread_labels
from headbridge.uv.matching import Counterparts

from .tubes import on_the_back, tube


def centres_of(mesh):
    return mesh.vertices[mesh.corners].reshape(-1, 4, 3).mean(axis=1)


def test_free_faces_take_the_label_next_to_them():
    mesh = tube(16, 10)
    middle = centres_of(mesh)
    free = middle[:, 1] < -20.0
    labels = np.where(middle[:, 0] > 0.0, 1, 0).astype(np.int32)
    scrambled = np.where(free, 7, labels)
    spread = spread_labels(scrambled, free, shared_edges(mesh), middle)
    np.testing.assert_array_equal(spread, labels)
    np.testing.assert_array_equal(spread_labels(labels, np.zeros(160, bool), shared_edges(mesh), middle), labels)


def test_nearness_is_along_the_surface():
    # A ribbon that folds back: its far end lies right above its start, 1 mm away, 39 mm along it.
    along = np.concatenate([np.arange(21.0), np.arange(20.0, -1.0, -1.0)])
    height = np.repeat([0.0, 1.0], 21)
    vertices = np.stack([np.tile(along, 2), np.tile(height, 2), np.repeat([0.0, 5.0], 42)], axis=1)
    faces = [[k, k + 1, k + 43, k + 42] for k in range(41)]
    mesh = Mesh.from_faces(vertices, faces)
    free = np.ones(41, bool)
    free[[0, 30]] = False
    labels = np.full(41, 9, np.int32)
    labels[[0, 30]] = 1, 2
    spread = spread_labels(labels, free, shared_edges(mesh), centres_of(mesh))
    # The half way between faces 0 and 30 is face 15; face 40 lies over face 0.
    np.testing.assert_array_equal(spread[:15], 1)
    np.testing.assert_array_equal(spread[16:], 2)


def test_an_island_without_matched_faces_keeps_its_labels():
    mesh = tube(8, 2)
    labels = np.arange(16).astype(np.int32)
    np.testing.assert_array_equal(
        spread_labels(labels, np.ones(16, bool), shared_edges(mesh), centres_of(mesh)), labels
    )


def back_cut(mesh, edges):
    return on_the_back(mesh)[edges.vertices].all(axis=1)


def test_an_overhang_below_a_seam_is_cut_on():
    mesh = tube(16, 10)
    edges = shared_edges(mesh)
    middle = centres_of(mesh)
    free = middle[:, 1] < -20.0
    cut = back_cut(mesh, edges)
    labels = np.where(middle[:, 0] > 0.0, 1, 0)
    np.testing.assert_array_equal(repair_cuts(cut, labels, free, edges), cut)


def test_a_bag_in_one_chart_stays_whole():
    mesh = tube(16, 10)
    edges = shared_edges(mesh)
    middle = centres_of(mesh)
    # Free is a patch at the front; a cut runs through it, as where its far end lies near another patch.
    free = (np.abs(middle[:, 1]) < 50.0) & (middle[:, 2] > 40.0)
    front = (np.abs(mesh.vertices[edges.vertices, 0]) < 1e-6).all(axis=1) & (
        mesh.vertices[edges.vertices, 2] > 0.0
    ).all(axis=1)
    through = front & free[edges.faces].all(axis=1)
    assert through.sum() >= 4
    cut = back_cut(mesh, edges) | through
    labels = np.where(middle[:, 0] > 0.0, 1, 0)
    np.testing.assert_array_equal(repair_cuts(cut, labels, free, edges), back_cut(mesh, edges))
    # A cut of the matched surface that leads up to the patch leads on into it.
    led = back_cut(mesh, edges) | front
    np.testing.assert_array_equal(repair_cuts(led, labels, free, edges), led)


def test_regions_are_decided_one_by_one():
    mesh = tube(16, 10)
    edges = shared_edges(mesh)
    middle = centres_of(mesh)
    bag = (middle[:, 1] > 20.0) & (middle[:, 1] < 80.0) & (middle[:, 2] > 40.0)
    free = bag | (middle[:, 1] < -50.0)
    front = (np.abs(mesh.vertices[edges.vertices, 0]) < 1e-6).all(axis=1) & (
        mesh.vertices[edges.vertices, 2] > 0.0
    ).all(axis=1)
    cut = back_cut(mesh, edges) | (front & bag[edges.faces].all(axis=1))
    repaired = repair_cuts(cut, np.zeros(160, int), free, edges)
    np.testing.assert_array_equal(repaired, back_cut(mesh, edges))


def test_a_deep_pouch_has_no_room_and_a_bump_and_an_end_have():
    count = 61
    y, x = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    square = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3).astype(float)
    corner = (np.arange(count - 1)[:, None] * count + np.arange(count - 1)).reshape(-1)
    mesh = Mesh.from_faces(square, np.stack([corner, corner + 1, corner + count + 1, corner + count], axis=1))
    inside = np.linalg.norm(square[:, :2] - 30.0, axis=1) < 5.0
    corners = np.random.default_rng(0).random((len(square), 2)) * inside[:, None] + square[:, :2] * ~inside[:, None]

    def without_room(depth: float, beyond: bool):
        pouch = square - [0.0, 0.0, depth] * inside[:, None]
        found = Counterparts(np.where(inside, 0.0, 1.0), np.where(inside, depth, 0.0), inside & beyond)
        return faces_without_room(mesh, pouch, found, mesh.triangles, corners)

    touched = inside[mesh.corners.reshape(-1, 4)].any(axis=1)
    np.testing.assert_array_equal(without_room(60.0, False), touched)
    assert not without_room(2.0, False).any()
    assert not without_room(60.0, True).any()
