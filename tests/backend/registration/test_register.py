"""Masks, weights, settings and cancelling, on small surfaces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.device import available_devices
from headbridge.errors import Cancelled
from headbridge.mesh import Mesh
from headbridge.mesh.similarity import Similarity
from headbridge.progress import Progress
from headbridge.registration.job import LandmarkPairs, RegisterInput, RegisterSettings
from headbridge.registration.register import register
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin

from .conftest import Reports
from .shapes import blob, sheet


@pytest.fixture(scope="module")
def plain(small):
    return register(small)


def temple(mesh, distance):
    """(V,) bool, the vertices within `distance` mm of the swelling."""
    direction = np.array([1, 0.2, 0.2]) / np.linalg.norm([1, 0.2, 0.2])
    unit = mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True)
    return 90.0 * np.linalg.norm(unit - direction, axis=1) < distance


def height(result, mesh, mask):
    """How far the masked vertices went outwards, mm."""
    outwards = mesh.vertices[mask] / np.linalg.norm(mesh.vertices[mask], axis=1, keepdims=True)
    return ((result.registered - mesh.vertices)[mask] * outwards).sum(axis=1)


def test_the_source_ends_on_the_target(small, plain):
    assert np.percentile(plain.distance_mm, 95) < 0.05 and plain.distance_mm.max() < 0.5
    assert height(plain, small.source, temple(small.source, 8.0)).max() > 6.0
    assert plain.metrics["flipped_triangles"] == plain.metrics["self_intersecting_triangles"] == 0


def test_equal_jobs_give_equal_bits(small, plain):
    again = register(small)
    np.testing.assert_array_equal(again.registered, plain.registered)
    np.testing.assert_array_equal(again.distance_mm, plain.distance_mm)


def test_the_input_is_left_as_it_was(small):
    kept = [np.array(small.source.vertices), np.array(small.target.vertices), np.array(small.landmarks.source)]
    register(small)
    for before, after in zip(kept, (small.source.vertices, small.target.vertices, small.landmarks.source)):
        np.testing.assert_array_equal(before, after)


def test_what_is_excluded_on_the_source_is_not_drawn_and_has_no_distance(small):
    mask = temple(small.source, 60.0)
    result = register(replace(small, source_exclude=mask))
    np.testing.assert_array_equal(np.isnan(result.distance_mm), mask)
    assert height(result, small.source, temple(small.source, 8.0)).max() < 2.0
    away = result.distance_mm[~temple(small.source, 80.0)]
    assert np.percentile(away, 95) < 0.1 and away.max() < 0.5


def test_what_is_excluded_on_the_target_draws_nothing(small):
    result = register(replace(small, target_exclude=temple(small.target, 60.0)))
    assert height(result, small.source, temple(small.source, 8.0)).max() < 2.0


@pytest.mark.slow
def test_a_weight_of_zero_is_an_exclusion(small):
    mask = temple(small.source, 60.0)
    excluded = register(replace(small, source_exclude=mask))
    weighted = register(replace(small, source_weights=(~mask).astype(float)))
    np.testing.assert_array_equal(weighted.registered, excluded.registered)
    np.testing.assert_array_equal(weighted.distance_mm, excluded.distance_mm)


@pytest.mark.slow
def test_a_weight_of_zero_is_an_exclusion_from_the_metrics_too(small):
    mask = temple(small.source, 60.0)
    jobs = replace(small, source_exclude=mask), replace(small, source_weights=(~mask).astype(float))
    excluded, weighted = (register(job).metrics["distances"]["all"]["source_to_target"] for job in jobs)
    assert weighted == excluded


def test_a_small_weight_yields_to_the_stiffness(small, plain):
    top = temple(small.source, 8.0)
    light = register(replace(small, source_weights=np.where(temple(small.source, 60.0), 1e-6, 1.0)))
    assert height(light, small.source, top).max() < 0.8 * height(plain, small.source, top).max()


@pytest.mark.slow
def test_a_stiffer_source_follows_less():
    """Ripples 6 mm long and 0.5 mm high on a bent strip of 150 mm: copied, or smoothed over when the stiffness asks for it."""
    vertices, triangles = sheet(101, 15, 1.5)
    ripples, faces = sheet(301, 43, 0.5)
    for strip in (vertices, ripples):
        strip[:, 2] = 0.002 * (strip[:, 0] - strip[:, 0].mean()) ** 2
    bend = ripples[:, 2].copy()
    ripples[:, 2] += 0.5 * np.sin(2.0 * np.pi * ripples[:, 0] / 6.0)
    corners = [0, 100, 14 * 101, 15 * 101 - 1]
    job = RegisterInput(
        Mesh.from_faces(vertices, triangles),
        Mesh.from_faces(ripples, faces),
        LandmarkPairs(vertices[corners], vertices[corners]),
    )
    copied = {}
    for stiffness in (1.0, 100.0):
        result = register(job, RegisterSettings(stiffness=stiffness))
        copied[stiffness] = np.std(result.registered[:, 2] - vertices[:, 2]) / np.std(ripples[:, 2] - bend)
    assert copied[1.0] > 0.8
    assert copied[100.0] < 0.6 * copied[1.0]


def test_turning_and_scaling_the_target_turns_and_scales_the_result(small, plain):
    placed = Similarity(0.1, Rotation.from_rotvec([1.0, -2.0, 0.4]).as_matrix(), np.array([7.0, 80, -3]))
    moved = RegisterInput(
        small.source,
        small.target.with_vertices(placed.apply(small.target.vertices)),
        LandmarkPairs(small.landmarks.source, placed.apply(small.landmarks.target)),
    )
    result = register(moved)
    assert result.mm_per_target_unit == 10.0
    apart = 10.0 * np.linalg.norm(result.registered - placed.apply(plain.registered), axis=1)
    # Nothing but the plate holds vertices in their places within a round surface.
    assert np.median(apart) < 0.05 and np.percentile(apart, 95) < 0.15
    np.testing.assert_allclose(result.aligned, placed.apply(plain.aligned), atol=1e-9)


def test_quads_are_registered_as_quads(small):
    """A cube's grid of quads, blown up to the blob."""
    steps = np.linspace(-1.0, 1.0, 13)
    faces, points = [], []
    for axis in range(3):
        for side in (-1.0, 1.0):
            grid = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=2).reshape(-1, 2)
            plane = np.insert(grid, axis, side, axis=1)
            corner = (np.arange(12)[:, None] * 13 + np.arange(12)).ravel() + len(points) * 169
            quad = np.stack([corner, corner + 13, corner + 14, corner + 1], axis=1)
            normal = np.cross(plane[13] - plane[0], plane[1] - plane[0])[axis] * side
            faces.append(quad if normal > 0 else quad[:, ::-1])
            points.append(plane)
    merged, place = np.unique(np.concatenate(points).round(9), axis=0, return_inverse=True)
    unit = merged / np.linalg.norm(merged, axis=1, keepdims=True)
    source = Mesh.from_faces(90.0 * unit, place.reshape(-1)[np.concatenate(faces)], name="ball of quads")
    hits = Surface(small.target.vertices, small.target.triangles).cast(np.zeros((6, 3)), unit[::150][:6])
    result = register(RegisterInput(source, small.target, LandmarkPairs(90.0 * unit[::150][:6], hits.points)))
    assert result.registered.shape == source.vertices.shape
    assert result.metrics["flipped_triangles"] == 0
    assert np.percentile(result.distance_mm, 95) < 0.1


@pytest.mark.slow
def test_without_landmarks_the_pose_is_found(small):
    placed = Similarity(0.1, Rotation.from_rotvec([0.3, 2.0, 0.4]).as_matrix(), np.array([7.0, 80, -3]))
    target = small.target.with_vertices(placed.apply(small.target.vertices))
    # A ball with a bump shows no face: its shape alone must do.
    result = register(RegisterInput(small.source, target), RegisterSettings(look=False))
    away = Rotation.from_matrix(result.similarity.rotation @ placed.rotation.T)
    assert np.degrees(away.magnitude()) < 10.0
    assert result.mm_per_target_unit == 10.0
    assert np.percentile(result.distance_mm, 95) < 0.1


def first_reports(inputs, settings=RegisterSettings()):
    """The number of the first report of every stage: by the first word of its message."""
    reports = Reports()
    register(inputs, settings, Progress(reports.listen))
    words = [message.split()[0] for message in reports.messages]
    return {word: words.index(word) for word in words}


def assert_cancelled_at(inputs, number, settings=RegisterSettings()):
    seen = []
    with pytest.raises(Cancelled):
        register(inputs, settings, Progress(lambda *report: seen.append(report), lambda: len(seen) == number))
    assert len(seen) == number


@pytest.mark.slow
def test_a_cancel_is_heard_in_every_stage(small):
    stages = first_reports(small)
    assert set(stages) >= {"Checking", "Registering", "Removing", "Measuring"}
    for number in stages.values():
        assert_cancelled_at(small, number)


@pytest.mark.slow
def test_landmarks_are_held_out_also_where_not_all_have_names(small):
    job = replace(small, landmarks=replace(small.landmarks, names=("chin", "brow")))
    assert register(job, RegisterSettings(hold_out_folds=2)).metrics["landmarks"]["held_out"]["count"] == 6


@pytest.mark.slow
def test_a_cancel_is_heard_while_landmarks_are_held_out(small):
    settings = RegisterSettings(hold_out_folds=2)
    reports = Reports()
    register(small, settings, Progress(reports.listen))
    halfway = int(np.searchsorted(reports.fractions, 0.55))
    assert_cancelled_at(small, halfway, settings)


def test_a_cancel_is_heard_while_the_head_is_looked_for(small):
    assert_cancelled_at(replace(small, landmarks=None), 5)


@pytest.mark.slow
def test_a_cancel_is_heard_while_the_head_model_is_fitted():
    seen = []

    def should_stop():
        return len(seen) > 0 and "model" in seen[-1]

    with pytest.raises(Cancelled):
        register(
            RegisterInput(load_builtin("hack"), load_builtin("flame")),
            progress=Progress(lambda fraction, message, vertices: seen.append(message), should_stop),
        )
    assert sum("model" in message for message in seen) == 1


@pytest.mark.skipif("cuda" not in available_devices(), reason="no CUDA device")
def test_cuda_agrees_with_the_cpu(small, plain):
    result = register(small, RegisterSettings(device="cuda"))
    assert np.abs(result.registered - plain.registered).max() < 0.05
    assert result.metrics["flipped_triangles"] == 0


@pytest.mark.slow
def test_a_finer_source_than_target(small):
    """The other way round: 2,562 vertices with a swelling onto 642 without."""
    pairs = LandmarkPairs(small.landmarks.target, small.landmarks.source)
    result = register(RegisterInput(small.target, small.source, pairs))
    assert np.percentile(result.distance_mm, 95) < 0.1
    assert result.metrics["flipped_triangles"] == 0


def test_the_blob_is_the_same_at_every_resolution():
    np.testing.assert_array_equal(blob(4)[0][:642], blob(3)[0])
