"""The bench's own measures, and what its table says of them."""

from __future__ import annotations

import numpy as np
import pytest
from strangers.case import Case, given_landmarks, turn_of, varied
from strangers.depth import depth_difference, separate_parts
from strangers.known_set import makehuman_part
from strangers.measures import measures
from strangers.parts import joined, kept_part
from strangers.rows import ROWS, cases
from strangers.stranger import known, moved
from strangers.summary import stability_lines, truth_of, verdict_lines
from strangers.views import frame

from headbridge.mesh import Mesh
from headbridge.topologies import load_builtin

FRONT = frame(np.zeros(3), np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]))


def ball(sphere_mesh, radius: float) -> Mesh:
    unit = sphere_mesh(rows=60, columns=80)
    return unit.with_vertices(radius * unit.vertices)


def no_parts(mesh: Mesh) -> np.ndarray:
    return np.zeros(len(mesh.vertices), bool)


def test_the_same_surface_has_no_depth_difference(sphere_mesh):
    mesh = ball(sphere_mesh, 100.0)
    found = depth_difference(mesh, no_parts(mesh), mesh, FRONT, pixel=4.0)
    assert found.p95 < 1e-3 and found.over_2mm == 0.0 and found.pixels > 1000


def test_a_larger_sphere_differs_by_its_radius_in_front(sphere_mesh):
    near, far = ball(sphere_mesh, 101.0), ball(sphere_mesh, 100.0)
    found = depth_difference(near, no_parts(near), far, FRONT, pixel=4.0)
    # Depth differs by 1 mm in the middle and by more towards the rim, 1 / cos of the angle there.
    assert 1.0 < found.p50 < 1.2
    assert found.over_2mm == 0.0


def test_a_hole_in_the_result_counts_and_one_in_the_target_does_not(sphere_mesh):
    whole = ball(sphere_mesh, 100.0)
    holed = kept_part(whole, np.linalg.norm(whole.vertices - (0.0, 0.0, 100.0), axis=1) > 30.0)
    assert depth_difference(holed, no_parts(holed), whole, FRONT, pixel=4.0).over_2mm > 0.1
    # The back of the sphere is seen through the target's hole, from behind.
    assert depth_difference(whole, no_parts(whole), holed, FRONT, pixel=4.0).over_2mm == 0.0


def test_pixels_of_separate_parts_are_left_out(sphere_mesh):
    skin, eye = ball(sphere_mesh, 100.0), ball(sphere_mesh, 15.0)
    both = joined([skin, eye.with_vertices(eye.vertices + (0.0, 0.0, 95.0))], "with an eye")
    assert separate_parts(both).sum() == len(eye.triangles)
    assert depth_difference(skin, no_parts(skin), both, FRONT, pixel=4.0).over_2mm == 0.0
    parts = np.arange(len(both.vertices)) >= len(skin.vertices)
    assert depth_difference(both, parts, skin, FRONT, pixel=4.0).over_2mm == 0.0


@pytest.fixture
def someone():
    template = load_builtin("makehuman")
    return known("someone", "adult", "makehuman", makehuman_part(template, True, False), template.vertices)


def test_the_truth_itself_measures_zero(someone):
    found = measures(someone, someone.registered, with_depth=False)
    assert found["flips"] == 0 and found["intersections"] == found["template_intersections"]
    assert found["face_mean"] == found["lips_p95"] == found["landmarks_mean"] == 0.0


def test_errors_are_millimetres_in_every_unit(someone):
    stranger = moved(someone, 4)
    shifted = stranger.registered + 2.0 / stranger.mm_per_unit * stranger.front
    found = measures(stranger, shifted, with_depth=False)
    assert found["face_mean"] == pytest.approx(2.0) and found["landmarks_mean"] == pytest.approx(2.0)


def test_variations_change_nothing_that_matters(someone):
    noise = varied(someone, "noise").mesh.vertices - someone.mesh.vertices
    assert 0.0 < np.abs(noise).max() < 1e-5
    turned = varied(someone, "turn_05")
    assert np.allclose(turned.mesh.vertices, someone.mesh.vertices @ turn_of("turn_05").T)
    assert np.allclose(turned.registered, someone.registered @ turn_of("turn_05").T)
    assert given_landmarks(someone, "") is None


def test_stability_undoes_the_turn(someone):
    plain, turned = Case("ict", 1, "hack"), Case("ict", 1, "hack", variation="turn_05")
    points = np.random.default_rng(0).normal(size=(len(load_builtin("hack").vertices), 3))
    kept = {plain: points, turned: points @ turn_of("turn_05").T + (0.01, 0.0, 0.0)}
    (line,) = stability_lines("stability", {plain: {}, turned: {}}, kept.get)
    assert line.value == "0.0100 mm" and line.met


def test_verdicts_are_counted_against_the_truth():
    right = {"expect": "right", "face_mean": 0.4, "lips_mean": 0.9, "verdict": "good"}
    off = {"expect": "right", "face_mean": 0.4, "lips_mean": 5.0, "verdict": "check"}
    teapot = {"expect": "wrong", "verdict": "failed", "error": "no head"}
    unknown = {"expect": "either", "face_mean": 1.0, "lips_mean": 1.0, "verdict": "check"}
    assert [truth_of(found) for found in (right, off, teapot, unknown)] == ["right", "wrong", "wrong", None]
    by_marks = [{"expect": "right", "landmarks_mean": error} for error in (3.0, 6.0, 12.0)]
    assert [truth_of(found) for found in by_marks] == ["right", None, "wrong"]
    refused = [{"expect": expect, "error": "no head"} for expect in ("right", "either", "wrong")]
    assert [truth_of(found) for found in refused] == ["right", None, "wrong"]
    numbers = {Case("ict", k, "hack"): found for k, found in enumerate((right, off, teapot, unknown))}
    assert [line.met for line in verdict_lines("verdict", numbers)] == [True, True]
    # Silence counts as saying that all is well.
    numbers[Case("ict", 9, "hack")] = off | {"verdict": "none"}
    assert [line.met for line in verdict_lines("verdict", numbers)] == [True, False]


@pytest.mark.parametrize("row", ROWS)
def test_quick_rows_are_part_of_the_whole(row):
    quick, whole = set(cases(row, range(2), True)), set(cases(row, range(2), False))
    assert quick <= whole
    assert len({case.name for case in whole}) == len(whole)
