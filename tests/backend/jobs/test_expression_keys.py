"""Shape keys as jobs: the files in and out."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.jobs.expression_keys import ExpressionKeysSettings, run_arkit_keys, run_transfer_keys
from headbridge.jobs.folder import JobFolder
from headbridge.mesh.io import write_mesh
from headbridge.models.arkit import ARKIT_PARTS, arkit_shapes
from headbridge.progress import Progress
from headbridge.topologies import load_builtin

SETTINGS = ExpressionKeysSettings()


def test_arkit_keys_of_a_known_head(tmp_path):
    flame = load_builtin("flame")
    write_mesh(tmp_path / "target.npz", flame.with_vertices(0.001 * flame.vertices))
    run_arkit_keys(JobFolder(tmp_path), SETTINGS, Progress())
    stored = np.load(tmp_path / "result.npz", allow_pickle=False)
    assert stored["names"].tolist() == list(ARKIT_PARTS)
    assert dict(zip(stored["names"].tolist(), stored["parts"].tolist()))["cheekPuff"] == "cheekPuff_L cheekPuff_R"
    np.testing.assert_allclose(1000.0 * stored["deltas"], arkit_shapes("flame")[1], atol=1e-3)


@pytest.mark.slow
def test_arkit_keys_need_a_known_head(tmp_path, seamed_prism):
    write_mesh(tmp_path / "target.npz", seamed_prism)
    with pytest.raises(InputError, match="register one onto it first"):
        run_arkit_keys(JobFolder(tmp_path), SETTINGS, Progress())
    # On the head of a known topology that lies on it everything is known.
    flame = load_builtin("flame")
    write_mesh(tmp_path / "registered.npz", flame)
    write_mesh(tmp_path / "target.npz", seamed_prism.with_vertices(100.0 * seamed_prism.vertices))
    run_arkit_keys(JobFolder(tmp_path), SETTINGS, Progress())
    stored = np.load(tmp_path / "result.npz", allow_pickle=False)
    assert stored["deltas"].shape == (52, len(seamed_prism.vertices), 3)


def test_transfer_takes_the_keys_along(tmp_path, sphere_mesh):
    folder, ball = JobFolder(tmp_path), sphere_mesh()
    mesh = ball.with_vertices(50.0 * ball.vertices)
    write_mesh(tmp_path / "source.npz", mesh)
    write_mesh(tmp_path / "target.npz", mesh.with_vertices(2.0 * mesh.vertices))
    with pytest.raises(InputError, match=r"keys.npz should hold 'deltas'"):
        run_transfer_keys(folder, SETTINGS, Progress())
    deltas = np.stack([0.1 * mesh.vertices, mesh.vertices[:, [1, 0, 2]] * [0.1, 0.0, 0.0]])
    np.savez(tmp_path / "keys.npz", deltas=deltas)
    run_transfer_keys(folder, SETTINGS, Progress())
    stored = np.load(tmp_path / "result.npz", allow_pickle=False)
    np.testing.assert_allclose(stored["deltas"], 2.0 * deltas, atol=1e-3)
