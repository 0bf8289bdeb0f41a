"""Closest points and ray hits on a triangle mesh through Warp's bounding volume hierarchy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from ..device import warp_device
from ..mesh.normals import normalized, triangle_cross
from .blocks import run_in_blocks


@dataclass(frozen=True)
class SurfaceHits:
    """Where queries met the surface.

    points : (N, 3) float64; triangles : (N,) int32, -1 where nothing was met;
    barycentrics : (N, 3) float64, weights of the triangle's three vertices; distances : (N,) float64, inf at a miss, where
    points and barycentrics mean nothing.
    """

    points: np.ndarray
    triangles: np.ndarray
    barycentrics: np.ndarray
    distances: np.ndarray

    @property
    def hit(self) -> np.ndarray:
        """(N,) bool."""
        return self.triangles >= 0


@wp.kernel(enable_backward=False)
def _closest_point_kernel(
    mesh: wp.uint64,
    first: int,
    queries: wp.array(dtype=wp.vec3),
    max_distance: float,
    triangles: wp.array(dtype=wp.int32),
    coordinates: wp.array(dtype=wp.vec2),
):
    i = wp.tid() + first
    found = wp.mesh_query_point_no_sign(mesh, queries[i], max_distance)
    if found.result:
        triangles[i] = found.face
        coordinates[i] = wp.vec2(found.u, found.v)
    else:
        triangles[i] = -1


@wp.kernel(enable_backward=False)
def _ray_kernel(
    mesh: wp.uint64,
    first: int,
    origins: wp.array(dtype=wp.vec3),
    directions: wp.array(dtype=wp.vec3),
    max_distance: float,
    triangles: wp.array(dtype=wp.int32),
    coordinates: wp.array(dtype=wp.vec2),
):
    i = wp.tid() + first
    found = wp.mesh_query_ray(mesh, origins[i], directions[i], max_distance)
    if found.result:
        triangles[i] = found.face
        coordinates[i] = wp.vec2(found.u, found.v)
    else:
        triangles[i] = -1


class Surface:
    """A triangle mesh that answers closest-point and ray queries.

    Parameters
    ----------
    vertices : (V, 3) positions; triangles : (T, 3) vertex indices; device : "cpu" or "cuda".

    Queries run in float32 about the mesh's centre; positions are evaluated in float64 from the barycentrics, so the
    answer lies on the given surface to double precision.
    """

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray, device: str = "cpu"):
        self.device = warp_device(device)
        self.triangles = np.ascontiguousarray(triangles, dtype=np.int32)
        self.vertices = np.array(vertices, dtype=np.float64)
        self._centre = 0.5 * (self.vertices.min(axis=0) + self.vertices.max(axis=0))
        self._mesh = wp.Mesh(
            points=wp.array(self.local(self.vertices), dtype=wp.vec3, device=self.device),
            indices=wp.array(self.triangles.reshape(-1), dtype=wp.int32, device=self.device),
        )

    def move(self, vertices: np.ndarray) -> None:
        """Move the vertices to other (V, 3) positions and refit the hierarchy (much cheaper than building it)."""
        self.vertices = np.array(vertices, dtype=np.float64)
        self._mesh.points.assign(self.local(self.vertices))
        self._mesh.refit()

    def triangle_normals(self) -> np.ndarray:
        """(T, 3) unit normals of the triangles as they are now."""
        return normalized(triangle_cross(self.vertices, self.triangles))

    def closest(self, queries: np.ndarray, max_distance: float = np.inf) -> SurfaceHits:
        """Closest surface point of each of (N, 3) queries within `max_distance`."""
        queries = np.asarray(queries, dtype=np.float64)
        triangles, coordinates = self._found(_closest_point_kernel, [self.local(queries)], max_distance)
        return self._hits(queries, triangles, coordinates)

    def cast(self, origins: np.ndarray, directions: np.ndarray, max_distance: float = np.inf) -> SurfaceHits:
        """First hit of each ray; (N, 3) origins and (N, 3) directions, which need not be unit length.

        `distances` in the answer are Euclidean from the origin."""
        origins = np.asarray(origins, dtype=np.float64)
        directions = np.asarray(directions, dtype=np.float64)
        length = np.linalg.norm(directions, axis=1, keepdims=True)
        unit = (directions / np.maximum(length, 1e-300)).astype(np.float32)
        triangles, coordinates = self._found(_ray_kernel, [self.local(origins), unit], max_distance)
        return self._hits(origins, triangles, coordinates)

    def local(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 points as kernels see them, about the mesh's centre."""
        return np.ascontiguousarray(np.asarray(points, dtype=np.float64) - self._centre, dtype=np.float32)

    def launch(self, kernel, count: int, inputs: list) -> None:
        """Run a kernel over 0..count. Its arguments: the mesh's id, the number that its `tid` counts from, and inputs."""

        def launch(_block: int, first: int, last: int):
            wp.launch(kernel, dim=last - first, inputs=[self._mesh.id, first, *inputs], device=self.device)

        run_in_blocks(kernel, self.device, count, launch)

    def _found(self, kernel, vectors: list[np.ndarray], max_distance: float):
        count = len(vectors[0])
        reach = float(min(max_distance, 1.0e30))
        triangles = wp.empty(count, dtype=wp.int32, device=self.device)
        coordinates = wp.zeros(count, dtype=wp.vec2, device=self.device)
        queries = [wp.array(v, dtype=wp.vec3, device=self.device) for v in vectors]
        self.launch(kernel, count, [*queries, reach, triangles, coordinates])
        return triangles.numpy(), coordinates.numpy()

    def _hits(self, queries: np.ndarray, triangles: np.ndarray, coordinates: np.ndarray) -> SurfaceHits:
        u, v = coordinates[:, 0].astype(np.float64), coordinates[:, 1].astype(np.float64)
        barycentrics = np.stack([u, v, 1.0 - u - v], axis=1)
        hit = triangles >= 0
        corners = self.triangles[np.where(hit, triangles, 0)]
        points = np.einsum("nk,nkd->nd", barycentrics, self.vertices[corners])
        distances = np.where(hit, np.linalg.norm(points - queries, axis=1), np.inf)
        return SurfaceHits(points, triangles, barycentrics, distances)
