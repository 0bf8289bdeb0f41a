"""What tests of faces on meshes share."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.detection.detector import FaceDetector
from headbridge.mesh import Mesh
from headbridge.models import head_model
from headbridge.topologies import load_builtin, load_topology


@pytest.fixture(scope="session")
def detector():
    with FaceDetector() as made:
        yield made


@pytest.fixture(scope="session")
def random_head():
    """Makes the skin of the HACK head with a random identity and its (14062, 3) vertices, mm: `random_head(seed)`."""

    def make(seed: int) -> tuple[Mesh, np.ndarray]:
        model, rng, hack = head_model("hack", "ict"), np.random.default_rng(seed), load_builtin("hack")
        coefficients = np.where(model.lower < 0.0, rng.standard_normal(len(model.names)), 0.0)
        vertices = hack.vertices + np.tensordot(coefficients, model.basis.astype(np.float64), axes=1)
        skin = load_topology("hack").skin
        triangles = hack.triangles[skin[hack.triangles].all(axis=1)]
        used, corners = np.unique(triangles, return_inverse=True)
        return Mesh.from_faces(vertices[used], corners.reshape(-1, 3).astype(np.int32), name="scan"), vertices

    return make
