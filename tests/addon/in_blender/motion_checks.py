"""What a performance in Blender is held against: the evaluated mesh and Blender's own projection."""

from __future__ import annotations

import bpy
import numpy as np


def to_canonical(points) -> np.ndarray:
    """(N, 3) mm, Y up, of points of Blender's world."""
    x, y, z = np.asarray(points, np.float64).reshape(-1, 3).T
    return 1000.0 * np.stack([x, z, -y], axis=1)


def in_world(obj) -> np.ndarray:
    """(V, 3) vertices of the present frame in the world."""
    seen = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    values = np.empty(3 * len(seen.data.vertices), np.float32)
    seen.data.vertices.foreach_get("co", values)
    matrix = np.array(seen.matrix_world, np.float64)
    return values.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def pixels_of(points: np.ndarray, camera, size) -> np.ndarray:
    """(V, 2) where Blender's own projection puts points in a picture of that size."""
    graph = bpy.context.evaluated_depsgraph_get()
    seen = camera.evaluated_get(graph)
    projection = np.array(seen.calc_matrix_camera(graph, x=int(size[0]), y=int(size[1])), np.float64)
    matrix = projection @ np.linalg.inv(np.array(seen.matrix_world, np.float64))
    clip = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
    flat = clip[:, :2] / clip[:, 3:]
    return np.stack([(0.5 + 0.5 * flat[:, 0]) * size[0], (0.5 - 0.5 * flat[:, 1]) * size[1]], axis=1)


def camera_of(obj):
    """The camera that saw the performance an object plays."""
    root = obj.parent or obj
    return next(child for child in root.children if child.type == "CAMERA")


def check_frames(obj, frame_ids, vertices, atol=0.01) -> None:
    """Every frame's (T, V, 3) vertices, in mm."""
    for number, wanted in zip(frame_ids.tolist(), vertices):
        bpy.context.scene.frame_set(number)
        distance = np.linalg.norm(to_canonical(in_world(obj)) - wanted, axis=1)
        assert distance.max() < atol, (number, distance.max())


def check_pixels(obj, frame_ids, pixels, size, atol=0.05) -> None:
    """Where every frame's vertices lie in a picture, (T, V, 2)."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = np.asarray(size).tolist()
    for number, wanted in zip(frame_ids.tolist(), pixels):
        scene.frame_set(number)
        off = np.abs(pixels_of(in_world(obj), camera_of(obj), size) - wanted).max()
        assert off < atol, (number, off)
