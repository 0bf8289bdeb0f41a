"""Which triangle a pixel shows, against rays."""

import numpy as np

from headbridge.detection.on_meshes.camera import Camera, looking
from headbridge.detection.on_meshes.pictures import visible
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin


def test_pixels_show_what_their_rays_meet_at_the_same_place():
    head = load_builtin("flame")
    camera = Camera(looking(25.0, -10.0), head.vertices.mean(axis=0), 160.0, 96)
    surface = Surface(head.vertices, head.triangles)
    directions = camera.directions(camera.pixel_centres())
    hits = surface.cast(np.broadcast_to(camera.position, directions.shape), directions)
    shown, weights = visible(head.vertices, head.triangles, camera, surface.device)
    assert np.mean((shown >= 0) != hits.hit) < 1e-3
    both = (shown >= 0) & hits.hit
    points = np.einsum("nk,nkd->nd", weights[both], head.vertices[head.triangles[shown[both]]])
    apart = np.linalg.norm(points - hits.points[both], axis=1)
    # At silhouettes a ray and a pixel may choose another one of two sheets.
    assert np.mean(apart > 0.05) < 2e-3 and np.median(apart) < 1e-3


def test_what_is_behind_the_camera_is_not_shown():
    square = np.array([[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]])
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    away = Camera(np.diag([-1.0, 1.0, -1.0]), np.array([0.0, 0.0, 20.0]), 1.0, 32)
    shown, _ = visible(square, triangles, away, Surface(square, triangles).device)
    assert (shown == -1).all()
