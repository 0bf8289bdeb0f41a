"""What cannot be registered is refused with one line that names the cause and the fix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.device import available_devices
from headbridge.errors import DeviceError, HeadBridgeError, InputError
from headbridge.mesh import Mesh
from headbridge.registration.job import LandmarkPairs, RegisterSettings
from headbridge.registration.register import register
from headbridge.topologies import load_builtin


def refused(inputs, *words, error=InputError, settings=RegisterSettings()):
    """The job is refused at once with one line that holds all words."""
    with pytest.raises(error) as problem:
        register(inputs, settings)
    message = str(problem.value)
    assert "\n" not in message
    for word in words:
        assert word.lower() in message.lower(), message


@pytest.mark.slow
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_vertices_that_are_no_numbers(small, value):
    """A source is what the user gets back: it is refused. Of a target they are left out."""
    for side in ("source", "target"):
        mesh = getattr(small, side)
        vertices = np.array(mesh.vertices)
        vertices[[17, 30], 1] = value
        job = replace(small, **{side: mesh.with_vertices(vertices)})
        if side == "source":
            refused(job, side, "2 vertices", "vertex 17", "delete or move")
        else:
            assert any("2 vertices with NaN or infinite" in note for note in register(job).notes)


def test_meshes_without_a_surface(small):
    refused(replace(small, source=Mesh.from_faces(np.zeros((0, 3)), [])), "source", "no vertices", "choose a mesh")
    refused(replace(small, source=Mesh.from_faces(np.eye(3), [])), "source", "no faces", "choose a mesh")
    refused(replace(small, target=Mesh.from_faces(np.eye(3), [])), "target", "no faces", "point cloud")


def test_a_mesh_that_is_not_manifold(small):
    """A fin on the source is refused; on the target it is left out."""
    for side in ("source", "target"):
        mesh = getattr(small, side)
        a, b, c = mesh.triangles[0]
        fin = next(v for v in range(len(mesh.vertices)) if v not in (a, b, c) and not _joined(mesh, a, b, v))
        job = replace(small, **{side: Mesh.from_faces(mesh.vertices, np.concatenate([mesh.triangles, [[a, b, fin]]]))})
        if side == "source":
            refused(job, side, "not manifold", "Merge by Distance")
        else:
            assert any("more than two" in note for note in register(job).notes)


def _joined(mesh, a, b, v):
    return any({a, b, v} == set(face) for face in mesh.triangles[(mesh.triangles == a).any(axis=1)].tolist())


def test_a_mesh_of_one_point(small):
    flat = small.source.with_vertices(np.full_like(small.source.vertices, 3.0))
    refused(replace(small, source=flat), "source", "no extent")


def test_fewer_than_three_landmarks(small):
    for count in (0, 1, 2):
        pairs = LandmarkPairs(small.landmarks.source[:count], small.landmarks.target[:count])
        refused(replace(small, landmarks=pairs), f"{count} landmark pairs", "at least 3")


def test_landmarks_that_are_not_in_pairs(small):
    pairs = LandmarkPairs(small.landmarks.source, small.landmarks.target[:4])
    refused(replace(small, landmarks=pairs), "6 landmarks on the source and 4 on the target", "in pairs")


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_landmark_off_the_surface(small, side):
    points = np.array(getattr(small.landmarks, side))
    points[3] *= 1.5
    names = ("chin", "brow", "crown", "nose tip", "left ear", "nape")
    pairs = replace(small.landmarks, **{side: points}, names=names)
    refused(replace(small, landmarks=pairs), side, "'nose tip'", "place it on the surface")


def test_landmarks_on_one_line(small):
    tip = small.source.vertices[[0, 0, 0]] * [[1.0], [0.999], [0.998]]
    refused(replace(small, landmarks=LandmarkPairs(tip, small.landmarks.target[:3])), "source", "one line")


def test_a_landmark_that_is_no_number(small):
    points = np.array(small.landmarks.target)
    points[2, 0] = np.nan
    refused(replace(small, landmarks=replace(small.landmarks, target=points)), "target", "number 3", "place it again")


@pytest.mark.slow
@pytest.mark.parametrize("factor, mm", [(1000.0, 1e-3), (1e-3, 1e3)])
def test_a_target_1000_times_too_large_or_small_is_registered_in_its_own_unit(small, factor, mm):
    target = small.target.with_vertices(factor * small.target.vertices)
    pairs = LandmarkPairs(small.landmarks.source, factor * small.landmarks.target)
    result = register(replace(small, target=target, landmarks=pairs))
    assert result.mm_per_target_unit == pytest.approx(mm, rel=0.3)
    expected = register(small).registered
    assert np.median(np.abs(result.registered / factor - expected)) < 0.05
    assert np.percentile(result.distance_mm, 95) < 0.05
    assert any(note.startswith("Target:") for note in result.notes)


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("key", ["flame", "hack", "makehuman"])
def test_a_wrong_topology_for_a_named_mesh(small, side, key):
    mesh = getattr(small, side)
    count = f"{len(mesh.vertices)} vertices"
    refused(replace(small, **{f"{side}_topology": key}), mesh.name, count, "choose the right topology")


def test_a_topology_with_another_vertex_order(small):
    flame = load_builtin("flame")
    order = np.random.default_rng(0).permutation(len(flame.vertices))
    place = np.argsort(order)
    shuffled = Mesh.from_faces(flame.vertices[order], place[flame.triangles], name="shuffled")
    job = replace(small, source=shuffled, landmarks=None, source_topology="flame")
    refused(job, "shuffled", "another vertex order", "vertex order kept")


def test_a_topology_that_does_not_exist(small):
    refused(replace(small, source_topology="bfm"), "'bfm'", "flame, hack")


def test_the_same_mesh_twice(small):
    refused(replace(small, target=small.source), "same mesh", "two different")
    copy = Mesh.from_faces(np.array(small.source.vertices), np.array(small.source.triangles))
    refused(replace(small, target=copy), "same mesh", "two different")


def test_everything_excluded(small):
    everything = np.ones(len(small.source.vertices), bool)
    refused(replace(small, source_exclude=everything), "source", "nothing", "do not match")
    refused(replace(small, source_weights=np.zeros(len(everything))), "source", "nothing", "weights")
    whole_target = np.ones(len(small.target.vertices), bool)
    refused(replace(small, target_exclude=whole_target), "target", "nothing", "do not match")


def test_excluded_by_halves(small):
    """Mask and weights leave nothing together."""
    left = small.source.vertices[:, 0] > 0
    refused(replace(small, source_exclude=left, source_weights=left.astype(float)), "source", "nothing")


@pytest.mark.parametrize(
    "values, words",
    [
        ({"source_exclude": np.zeros(7, bool)}, ("exclusion", "642 vertices")),
        ({"target_exclude": np.zeros(7, bool)}, ("exclusion", "2562 vertices")),
        ({"source_weights": np.ones((642, 1))}, ("weights", "642 vertices")),
        ({"source_weights": np.full(642, -1.0)}, ("weights", "negative")),
        ({"source_weights": np.full(642, np.nan)}, ("weights", "non-finite")),
    ],
)
def test_masks_and_weights_that_do_not_fit(small, values, words):
    refused(replace(small, **values), *words)


@pytest.mark.skipif("cuda" in available_devices(), reason="a CUDA device is there")
def test_cuda_asked_for_and_absent(small):
    refused(small, "'cuda'", "use the device 'cpu'", error=DeviceError, settings=RegisterSettings(device="cuda"))


def test_a_device_that_does_not_exist(small):
    refused(small, "'tpu'", error=HeadBridgeError, settings=RegisterSettings(device="tpu"))


def test_too_few_landmarks_to_hold_any_out(small):
    pairs = LandmarkPairs(small.landmarks.source[:3], small.landmarks.target[:3])
    refused(replace(small, landmarks=pairs), "leave fewer than three", settings=RegisterSettings(hold_out_folds=3))


def test_no_landmarks_to_hold_out(small):
    refused(replace(small, landmarks=None), "landmark", settings=RegisterSettings(hold_out_folds=3))


def test_a_single_fold_would_leave_no_landmark(small):
    refused(small, "between 2 and", settings=RegisterSettings(hold_out_folds=1))


def test_a_target_whose_faces_look_inwards_is_turned(small):
    inwards = Mesh.from_faces(small.target.vertices, small.target.triangles[:, ::-1], name="scan")
    turned = register(replace(small, target=inwards))
    assert any("'scan': its faces looked inward and were turned" in note for note in turned.notes)
    assert np.percentile(turned.distance_mm, 95) < 0.05 and turned.distance_mm.max() < 0.5
