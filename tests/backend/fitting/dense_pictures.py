"""Dense images of heads in FLAME's topology, as a perfect predictor would make them, and as one that errs."""

from __future__ import annotations

import numpy as np

from headbridge.fitting.dense_images import DenseImage, dense_image
from headbridge.fitting.photo.job import PhotoCamera
from headbridge.mesh.normals import vertex_normals
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin


def dense_picture(
    vertices: np.ndarray, camera: PhotoCamera, noise: float = 0.0, outliers: float = 0.0, seed: int = 0
) -> DenseImage:
    """The image of FLAME's head at (5023, 3) vertices. noise : pixels by which a pixel's answer is another's; outliers :
    share of pixels that say anything."""
    mesh = load_builtin("flame")
    rows, columns = np.mgrid[: camera.height, : camera.width]
    pixels = np.stack([columns + 0.5, rows + 0.5, np.ones(rows.shape)], axis=-1).reshape(-1, 3)
    rays = pixels @ np.linalg.inv(camera.matrix).T @ camera.rotation
    centre = -camera.rotation.T @ camera.translation
    hits = Surface(vertices, mesh.triangles).cast(np.broadcast_to(centre, rays.shape), rays)
    uvs = np.einsum("nk,nkd->nd", hits.barycentrics, mesh.uvs[mesh.triangle_corners].astype(float)[hits.triangles])
    normals = np.einsum(
        "nk,nkd->nd", hits.barycentrics, vertex_normals(vertices, mesh.triangles)[mesh.triangles[hits.triangles]]
    )
    shape = (camera.height, camera.width)
    # Nobody is asked about the inside of an open neck.
    outside = np.einsum("nd,nd->n", normals, rays) < 0.0
    valid, uvs = (hits.hit & outside).reshape(shape), uvs.reshape(*shape, 2)
    normals = (normals @ camera.rotation.T * (1.0, -1.0, -1.0)).reshape(*shape, 3)
    random = np.random.default_rng(seed)
    if noise:
        off = np.rint(random.normal(0.0, noise, (2, *shape))).astype(int)
        there = np.clip(rows + off[0], 0, shape[0] - 1), np.clip(columns + off[1], 0, shape[1] - 1)
        uvs = np.where(valid[there][..., None], uvs[there], uvs)
    wild = random.random(shape) < outliers
    uvs = np.where(wild[..., None], random.random((*shape, 2)), uvs)
    stored = np.concatenate([uvs, np.zeros((*shape, 1)), valid[..., None]], axis=-1)
    return dense_image("view.png", stored, np.concatenate([0.5 * (normals + 1.0), valid[..., None]], axis=-1))
