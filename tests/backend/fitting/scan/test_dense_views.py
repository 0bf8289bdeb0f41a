"""Dense images of a scan's views: they say where on the scan places of the head lie, errors or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.detection.on_meshes.camera import Camera, looking
from headbridge.errors import InputError
from headbridge.fitting.dense_images import DenseImage
from headbridge.fitting.photo.job import PhotoCamera
from headbridge.fitting.posable import Posed
from headbridge.fitting.result import state_of
from headbridge.fitting.scan.dense_views import dense_head
from headbridge.fitting.scan.free_vertices import settled
from headbridge.fitting.scan.views import camera_in
from headbridge.fitting.scan.votes import DenseView, _inside
from headbridge.mesh.normals import vertex_normals
from headbridge.mesh.similarity import Similarity
from headbridge.registration.job import RegisterInput, RegisterSettings
from headbridge.spatial import Surface
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


@pytest.fixture(scope="module")
def registered(head) -> np.ndarray:
    """(5023, 3) the head as a registration leaves it: on the surface, and 1 mm beside its place, smoothly."""
    mesh = load_builtin("flame")
    waves = np.sin(head / 12.0)[:, [1, 2, 0]]
    aside = waves * (1.0 / np.sqrt((waves**2).sum(axis=1).mean()))
    normals = vertex_normals(head, mesh.triangles)
    aside -= normals * np.einsum("nd,nd->n", aside, normals)[:, None]
    return Surface(head, mesh.triangles).closest(head + aside).points


def views(head, shown=VIEWS, shift=0.0, **errors) -> tuple[DenseView, ...]:
    """shift : pixels that the images' cameras are beside those that are told."""
    middle, found = head.mean(axis=0), []
    for number, view in enumerate(shown):
        camera = camera_in(Camera(looking(*view), middle, 170.0, 300), POSE)
        picture = dense_picture(POSE.apply(head), camera, seed=number, **errors)
        matrix = camera.matrix + np.array([[0.0, 0.0, shift], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
        found.append(DenseView(picture, replace(camera, matrix=matrix)))
    return tuple(found)


def errors_of(points, head) -> dict[str, np.ndarray]:
    """mm across the surface from where the vertices of FLAME's outer skin lie on the head, by region."""
    topology = load_topology("flame")
    normals = vertex_normals(head, load_builtin("flame").triangles)
    off = points - head
    off -= normals * np.einsum("nd,nd->n", off, normals)[:, None]
    errors, outside = np.linalg.norm(off, axis=1), topology.skin & ~topology.no_match
    return {
        name: errors[topology.regions[name] & outside] for name in ("face", "scalp", "neck", "left_ear", "right_ear")
    }


@pytest.mark.slow
def test_perfect_images_give_every_place_and_noise_and_outliers_help_everywhere(head, registered):
    scan, before = load_builtin("flame").with_vertices(head), errors_of(registered, head)
    laid = dense_head(views(head), scan, POSE, registered)
    onto = RegisterInput(load_builtin("flame"), scan, source_topology="flame")
    perfect, after = (errors_of(found, head) for found in (laid, settled(onto, laid, RegisterSettings()).registered))
    noisy = errors_of(dense_head(views(head, noise=5.0, outliers=0.2), scan, POSE, registered), head)
    for name, found in before.items():
        assert perfect[name].mean() < 0.2 and perfect[name].max() < 1.0, name
        # The registration lays it onto the scan, and loses nothing along it.
        assert after[name].mean() < perfect[name].mean() + 0.02 and after[name].max() < 1.0, name
        assert noisy[name].mean() < 0.6 * found.mean(), name


def test_wrong_images_are_told(head, registered):
    scan = load_builtin("flame").with_vertices(head)
    given = views(head, VIEWS[:2])
    mirrored = tuple(
        replace(each, image=replace(each.image, uvs=each.image.uvs[::-1], valid=each.image.valid[::-1], normals=None))
        for each in given
    )
    wide = head * (1.12, 0.92, 1.1)
    away = replace(given[0].camera, translation=given[0].camera.translation + (50.0, 0.0, 0.0))
    for wrong, told in (
        (mirrored, "do not lie where the head has them"),
        ((replace(given[0], camera=given[1].camera),), "lie where the head|beside the head"),
        (views(head, VIEWS[:1], shift=12.0), "mm beside the head; the image is shifted"),
        (views(wide - (wide.mean(axis=0) - head.mean(axis=0)), VIEWS[:3]), "they are of another head"),
        ((replace(given[0], camera=away),), "no valid pixel sees the scan"),
        ((replace(given[0], image=replace(given[0].image, uvs=None)),), "normals alone"),
    ):
        with pytest.raises(InputError, match=told):
            dense_head(wrong, scan, POSE, registered)


def test_cameras_see_the_same_in_the_scans_frame():
    camera = Camera(looking(30.0, -10.0), np.array([5.0, 20.0, 60.0]), 150.0, 400)
    points = np.random.default_rng(0).normal(size=(20, 3)) * 60.0 + camera.target
    seen = camera.project(points)[:, :2]
    filed = camera_in(camera, POSE)
    there = POSE.apply(points) @ filed.rotation.T + filed.translation
    places = there @ filed.matrix.T
    np.testing.assert_allclose(places[:, :2] / places[:, 2:], seen, atol=1e-6)


def test_an_image_that_is_valid_everywhere_ends_at_its_own_edge():
    camera = PhotoCamera(np.diag([10.0, 10.0, 1.0]), np.eye(3), np.zeros(3), 7, 5)
    points = np.array([[3.5, 2.5, 10.0], [0.5, 2.5, 10.0], [5.5, 1.5, 10.0]])
    found = _inside(DenseView(DenseImage("all", np.ones((5, 7), bool)), camera), points)
    np.testing.assert_allclose(found, [3.0, 1.0, 2.0])
