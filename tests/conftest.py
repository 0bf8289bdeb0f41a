"""What tests of all parts share: small meshes, and running HeadBridge as users do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.mesh.io.registry import FORMATS

ROOT = Path(__file__).resolve().parents[1]
_IN_BLENDER = "test_in_blender.py"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Several processes share the tests by files, which keep their fixtures; what runs files in Blender has none to keep."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid if _IN_BLENDER in nodeid else super()._split_scope(nodeid)

    # The order of the collection is the order of the work.
    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_collection_modifyitems(items):
    """What takes longest comes first, so that all processes end together: files in Blender, then files of many tests."""
    size = Counter(item.path for item in items)
    place = {path: number for number, path in enumerate(size)}
    items.sort(key=lambda item: (item.path.name != _IN_BLENDER, -size[item.path], place[item.path]))


@pytest.fixture(scope="session", autouse=True)
def cache_of_this_run(tmp_path_factory) -> Iterator[None]:
    """Tests keep their cache and their choices in folders of their own, and so do the processes they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADBRIDGE_CACHE", str(tmp_path_factory.mktemp("cache")))
        # What users are asked once is asked in the tests of that alone, and none of it reaches who runs the tests.
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("HEADBRIDGE_ACCEPT_TERMS", "1")
        yield


@pytest.fixture(scope="session")
def backend_environment(cache_of_this_run) -> dict[str, str]:
    """Environment variables in which a Python process finds this backend."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "backend")}


@pytest.fixture
def headbridge(backend_environment, tmp_path):
    """Runs the command line as a process in a folder of its own: `headbridge("doctor", "--json", HOME="/empty")`;
    keywords are environment variables."""

    def run(*arguments, **variables):
        return subprocess.run(
            [sys.executable, "-m", "headbridge", *map(str, arguments)],
            env={**backend_environment, **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


@pytest.fixture
def write_unchecked():
    """Writes a mesh whatever its numbers are, as other programs do: `write_unchecked(path, mesh)`."""
    return lambda path, mesh: path.write_bytes(FORMATS[path.suffix].encode(mesh))


@pytest.fixture
def seamed_prism() -> Mesh:
    """A closed pentagonal prism: a pentagon, five quads in two materials and a fan of five triangles; every face is a
    UV chart of its own, so that every edge is a seam; the last vertex is loose. Coordinates need all digits of
    float64."""
    angle = 2.0 * np.pi * np.arange(5) / 5.0
    ring = np.stack([np.cos(angle), np.zeros(5), -np.sin(angle)], axis=1)
    vertices = np.concatenate([ring, ring + (0.0, 1.0 / 3.0, 0.0), [[0.0, 0.7, 0.0]], [[9.0, 9.0, 9.0]]])
    bottom = [[4, 3, 2, 1, 0]]
    sides = [[k, (k + 1) % 5, 5 + (k + 1) % 5, 5 + k] for k in range(5)]
    top = [[5 + k, 5 + (k + 1) % 5, 10] for k in range(5)]
    uvs = np.random.default_rng(7).random((5 + 20 + 15, 2)).astype(np.float32)
    materials = [0] + [1] * 5 + [0] * 5
    return Mesh.from_faces(
        vertices,
        bottom + sides + top,
        uvs=uvs,
        face_materials=materials,
        material_names=("skin", "eye #1 (left)"),
        name="prism",
    )


@pytest.fixture
def sphere_mesh():
    """Makes a closed unit sphere of quads with triangles at its poles: `sphere_mesh(rows=12, columns=16)`."""

    def make(rows: int = 12, columns: int = 16) -> Mesh:
        polar = np.pi * np.arange(1, rows) / rows
        around = 2.0 * np.pi * np.arange(columns) / columns
        y, radius = np.cos(polar)[:, None], np.sin(polar)[:, None]
        rings = np.stack(
            [radius * np.sin(around), np.broadcast_to(y, (rows - 1, columns)), radius * np.cos(around)], axis=2
        )
        vertices = np.concatenate([rings.reshape(-1, 3), [[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]]])
        north, south = len(vertices) - 2, len(vertices) - 1
        faces = [
            [
                r * columns + c,
                (r + 1) * columns + c,
                (r + 1) * columns + (c + 1) % columns,
                r * columns + (c + 1) % columns,
            ]
            for r in range(rows - 2)
            for c in range(columns)
        ]
        last = (rows - 2) * columns
        faces += [[north, c, (c + 1) % columns] for c in range(columns)]
        faces += [[south, last + (c + 1) % columns, last + c] for c in range(columns)]
        return Mesh.from_faces(vertices, faces, name="sphere")

    return make


@pytest.fixture
def sphere_cap():
    """Makes a part of a sphere of radius 100 and its (C, 2) UVs, a formula: `mesh, uvs = sphere_cap(20)` has 20 by 20
    quads around +Z, and UVs that are the angles around Y and X, 60 degrees to either side, from 0.05 to 0.95."""

    def make(count: int) -> tuple[Mesh, np.ndarray]:
        across, up = np.meshgrid(*2 * [np.linspace(-1.0, 1.0, count + 1)])
        a, b = across * np.radians(60.0), up * np.radians(60.0)
        vertices = 100.0 * np.stack([np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)], axis=2).reshape(-1, 3)
        grid = np.arange((count + 1) ** 2).reshape(count + 1, count + 1)
        faces = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=2).reshape(-1, 4)
        mesh = Mesh.from_faces(vertices, faces, name="cap")
        return mesh, (0.45 * np.stack([across, up], axis=2).reshape(-1, 2) + 0.5)[mesh.corners]

    return make
