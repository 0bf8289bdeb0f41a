"""Which triangle every pixel of a view shows, and how clay looks there: Warp kernels without gradients.

The differentiable renderer (`headbridge.render`) would compute more than these two kernels, which serve pictures that only
a detector sees.
"""

from __future__ import annotations

import numpy as np
import warp as wp

from .camera import Camera

_EMPTY = -(2**62)


@wp.kernel(enable_backward=False)
def _visibility_kernel(
    points: wp.array(dtype=wp.vec3),
    triangles: wp.array(dtype=wp.vec3i),
    size: int,
    nearest: wp.array(dtype=wp.int64),
):
    # points: column, row and 1 / depth, so that depth is linear over the screen.
    t = wp.tid()
    corner = triangles[t]
    a = points[corner[0]]
    b = points[corner[1]]
    c = points[corner[2]]
    if a[2] > 0.0 and b[2] > 0.0 and c[2] > 0.0:
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if area != 0.0:
            left = wp.max(0, int(wp.ceil(wp.min(a[0], wp.min(b[0], c[0])) - 0.5)))
            right = wp.min(size - 1, int(wp.floor(wp.max(a[0], wp.max(b[0], c[0])) - 0.5)))
            top = wp.max(0, int(wp.ceil(wp.min(a[1], wp.min(b[1], c[1])) - 0.5)))
            bottom = wp.min(size - 1, int(wp.floor(wp.max(a[1], wp.max(b[1], c[1])) - 0.5)))
            for row in range(top, bottom + 1):
                y = float(row) + 0.5
                for column in range(left, right + 1):
                    x = float(column) + 0.5
                    u = ((b[0] - x) * (c[1] - y) - (b[1] - y) * (c[0] - x)) / area
                    v = ((c[0] - x) * (a[1] - y) - (c[1] - y) * (a[0] - x)) / area
                    w = 1.0 - u - v
                    if u >= 0.0 and v >= 0.0 and w >= 0.0:
                        nearness = u * a[2] + v * b[2] + w * c[2]
                        # Positive floats have the order of their bits; of equal depths the lower triangle wins.
                        key = (wp.int64(wp.cast(nearness, wp.int32)) << wp.int64(32)) + wp.int64(2147483647 - t)
                        wp.atomic_max(nearest, row * size + column, key)


@wp.func
def _interpolated(values: wp.array(dtype=wp.vec3), corner: wp.vec3i, weights: wp.vec3):
    return weights[0] * values[corner[0]] + weights[1] * values[corner[1]] + weights[2] * values[corner[2]]


@wp.kernel(enable_backward=False)
def _clay_kernel(
    shown: wp.array(dtype=wp.int32),
    weights: wp.array(dtype=wp.vec3),
    triangles: wp.array(dtype=wp.vec3i),
    positions: wp.array(dtype=wp.vec3),
    normals: wp.array(dtype=wp.vec3),
    openness: wp.array(dtype=float),
    eye: wp.vec3,
    lights: wp.mat33,
    strengths: wp.vec3,
    ambient: float,
    skin: wp.vec3,
    inside: wp.vec3,
    background: wp.vec3,
    colours: wp.array(dtype=wp.vec3),
):
    i = wp.tid()
    t = shown[i]
    if t < 0:
        colours[i] = background
    else:
        corner = triangles[t]
        a = positions[corner[0]]
        flat = wp.cross(positions[corner[1]] - a, positions[corner[2]] - a)
        if wp.dot(flat, eye - a) <= 0.0:
            colours[i] = inside
        else:
            w = weights[i]
            normal = wp.normalize(_interpolated(normals, corner, w))
            facing = lights * normal
            light = ambient
            for k in range(3):
                light += (1.0 - ambient) * strengths[k] * wp.clamp(facing[k], 0.0, 1.0)
            light *= w[0] * openness[corner[0]] + w[1] * openness[corner[1]] + w[2] * openness[corner[2]]
            colours[i] = wp.clamp(light, 0.0, 1.0) * skin


def visible(positions: np.ndarray, triangles: np.ndarray, camera: Camera, device) -> tuple[np.ndarray, np.ndarray]:
    """What a camera shows of (V, 3) positions and (T, 3) triangles.

    Returns (size * size,) int32 triangles row by row, -1 where there is none, and (size * size, 3) float32 barycentric
    weights of the surface point at each pixel's centre. Triangles that reach behind the camera are left out."""
    size = camera.size
    screen = camera.project(positions)
    nearest = wp.full(size * size, _EMPTY, dtype=wp.int64, device=device)
    wp.launch(
        _visibility_kernel,
        dim=len(triangles),
        inputs=[
            wp.array(screen.astype(np.float32), dtype=wp.vec3, device=device),
            wp.array(triangles, dtype=wp.vec3i, device=device),
            size,
            nearest,
        ],
        device=device,
    )
    keys = nearest.numpy()
    shown = np.where(keys == _EMPTY, -1, 2147483647 - (keys & 0xFFFFFFFF)).astype(np.int32)
    return shown, _weights(screen, triangles, shown, size)


def _weights(screen: np.ndarray, triangles: np.ndarray, shown: np.ndarray, size: int) -> np.ndarray:
    """Perspective-correct barycentric weights of the pixels' centres."""
    weights = np.zeros((len(shown), 3), np.float32)
    pixels = np.flatnonzero(shown >= 0)
    rows, columns = np.divmod(pixels, size)
    x, y = columns + 0.5, rows + 0.5
    corners = triangles[shown[pixels]]
    a, b, c = (screen[corners[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    u = ((b[:, 0] - x) * (c[:, 1] - y) - (b[:, 1] - y) * (c[:, 0] - x)) / area
    v = ((c[:, 0] - x) * (a[:, 1] - y) - (c[:, 1] - y) * (a[:, 0] - x)) / area
    # Weights on the screen times 1 / depth are those on the surface, up to their sum.
    there = np.stack([u * a[:, 2], v * b[:, 2], (1.0 - u - v) * c[:, 2]], axis=1)
    weights[pixels] = there / there.sum(axis=1, keepdims=True)
    return weights


class Clay:
    """A surface in plain skin: three lights that come with the camera, ambient occlusion, and a dark inner side.

    positions : (V, 3); triangles : (T, 3), counter-clockwise from outside; normals : (V, 3); openness : (V,), see
    `ambient_occlusion`; lights : ((direction in the camera's frame: right, up, back), strength) each; skin, inside,
    background : sRGB in 0..1.
    """

    def __init__(self, positions, triangles, normals, openness, lights, ambient, skin, inside, background, device):
        self._device = device
        centre = 0.5 * (positions.min(axis=0) + positions.max(axis=0))
        self._centre = centre
        self._arrays = [
            wp.array(np.ascontiguousarray(triangles, np.int32), dtype=wp.vec3i, device=device),
            wp.array((positions - centre).astype(np.float32), dtype=wp.vec3, device=device),
            wp.array(normals.astype(np.float32), dtype=wp.vec3, device=device),
            wp.array(openness.astype(np.float32), dtype=float, device=device),
        ]
        self._directions = np.array([direction for direction, _ in lights], np.float64)
        self._directions /= np.linalg.norm(self._directions, axis=1, keepdims=True)
        self._strengths = wp.vec3(*(strength for _, strength in lights))
        self._ambient = float(ambient)
        self._skin, self._inside, self._background = wp.vec3(*skin), wp.vec3(*inside), wp.vec3(*background)

    def colours(self, shown: np.ndarray, weights: np.ndarray, camera: Camera) -> np.ndarray:
        """(N, 3) sRGB in 0..1 of N pixels that show triangles `shown` (N,) at barycentric `weights` (N, 3)."""
        colours = wp.empty(len(shown), dtype=wp.vec3, device=self._device)
        lights = self._directions @ camera.axes
        wp.launch(
            _clay_kernel,
            dim=len(shown),
            inputs=[
                wp.array(shown, dtype=wp.int32, device=self._device),
                wp.array(weights, dtype=wp.vec3, device=self._device),
                *self._arrays,
                wp.vec3(*(camera.position - self._centre)),
                wp.mat33(*lights.reshape(-1)),
                self._strengths,
                self._ambient,
                self._skin,
                self._inside,
                self._background,
                colours,
            ],
            device=self._device,
        )
        return colours.numpy()
