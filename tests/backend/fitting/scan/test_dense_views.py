"""Dense images of a scan's views: they say where on the scan places of the head lie, errors or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from headbridge.detection.on_meshes.camera import Camera, looking
from headbridge.errors import InputError
from headbridge.fitting.posable import Posed
from headbridge.fitting.result import state_of
from headbridge.fitting.scan.dense_views import DenseView, dense_pairs
from headbridge.fitting.scan.views import camera_in
from headbridge.mesh.similarity import Similarity
from headbridge.topologies import load_builtin, load_topology

from ..dense_pictures import dense_picture
from ..made_up_head import random_coefficients

POSE = Similarity(0.001, Rotation.from_euler("XYZ", [20.0, -130.0, 5.0], degrees=True).as_matrix(), np.array([1.0, 2.0, 3.0]))  # fmt: skip
VIEWS = ((0.0, 0.0), (70.0, 10.0), (-70.0, 10.0), (140.0, 30.0), (-140.0, 30.0), (180.0, -20.0))


@pytest.fixture(scope="module")
def head(open_flame) -> np.ndarray:
    """(5023, 3) a person with an expression, upright at the origin as canonical scans are."""
    coefficients = random_coefficients(open_flame, 3) | {"root": np.zeros(3), "translation": np.zeros(3)}
    return Posed(open_flame, state_of(open_flame, coefficients)).vertices()


def views(head, **errors) -> tuple[DenseView, ...]:
    middle = head.mean(axis=0)
    cameras = [camera_in(Camera(looking(*view), middle, 170.0, 300), POSE) for view in VIEWS]
    return tuple(
        DenseView(dense_picture(POSE.apply(head), camera, seed=number, **errors), camera)
        for number, camera in enumerate(cameras)
    )


def errors_of(pairs, head) -> np.ndarray:
    """(N,) mm from where the places lie on the head."""
    template = load_builtin("flame").vertices
    distance, nearest = cKDTree(template).query(pairs.source)
    assert distance.max() < 1e-6
    return np.linalg.norm(pairs.target - head[nearest], axis=1)


@pytest.mark.slow
def test_perfect_images_give_every_place_and_noise_and_outliers_most_of_it(head):
    scan = load_builtin("flame").with_vertices(head)
    pairs = dense_pairs(views(head), scan, POSE)
    found = errors_of(pairs, head)
    assert len(found) > 400 and found.mean() < 0.4 and np.quantile(found, 0.98) < 1.0
    # Scalp and neck, where nothing else tells.
    topology = load_topology("flame")
    for part in ("scalp", "neck"):
        places = load_builtin("flame").vertices[topology.regions[part] & topology.skin]
        there = cKDTree(places).query(pairs.source)[0] < 1e-6
        assert there.sum() > 20 and found[there].mean() < 0.5
    noisy = errors_of(dense_pairs(views(head, noise=5.0, outliers=0.2), scan, POSE), head)
    assert len(noisy) > 350 and noisy.mean() < 1.2 and np.quantile(noisy, 0.95) < 3.0


def test_wrong_images_are_told(head):
    scan, given = load_builtin("flame").with_vertices(head), views(head)
    mirrored = tuple(
        replace(each, image=replace(each.image, uvs=each.image.uvs[::-1], valid=each.image.valid[::-1], normals=None))
        for each in given
    )
    with pytest.raises(InputError, match="do not lie where the mean head has them"):
        dense_pairs(mirrored, scan, POSE)
    away = replace(given[0].camera, translation=given[0].camera.translation + (50.0, 0.0, 0.0))
    with pytest.raises(InputError, match="no valid pixel sees the scan"):
        dense_pairs((replace(given[0], camera=away),), scan, POSE)
    with pytest.raises(InputError, match="normals alone"):
        dense_pairs((replace(given[0], image=replace(given[0].image, uvs=None)),), scan, POSE)


def test_cameras_see_the_same_in_the_scans_frame():
    camera = Camera(looking(30.0, -10.0), np.array([5.0, 20.0, 60.0]), 150.0, 400)
    points = np.random.default_rng(0).normal(size=(20, 3)) * 60.0 + camera.target
    seen = camera.project(points)[:, :2]
    filed = camera_in(camera, POSE)
    there = POSE.apply(points) @ filed.rotation.T + filed.translation
    places = there @ filed.matrix.T
    np.testing.assert_allclose(places[:, :2] / places[:, 2:], seen, atol=1e-6)
