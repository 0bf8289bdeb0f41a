"""Handing out head models, and the heads of fits."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting.heads import load_head
from headbridge.fitting.job import FitMeshInput, FitMeshSettings
from headbridge.fitting.mesh import fit_mesh
from headbridge.fitting.posable import Posed
from headbridge.fitting.result import state_of
from headbridge.jobs.fit_output import head_arrays
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.head_file import read_head_mesh
from headbridge.jobs.head_model import FittedHeadSettings, HeadModelSettings, run_fitted_head, run_head_model
from headbridge.models.open_flame import load_open_flame
from headbridge.models.rig import flame_rig
from headbridge.progress import Progress
from headbridge.topologies import load_builtin


def test_everything_of_the_rig_is_in_the_file(tmp_path):
    settings = HeadModelSettings(model="open-flame", identity_count=3, expression_count=2)
    answer = run_head_model(JobFolder(tmp_path), settings, Progress())
    assert (answer["topology"], answer["version"], answer["result"]) == ("flame", "open topology", "result.npz")
    assert answer["settings"]["identity_count"] == 3 and answer["versions"]["headbridge"]
    rig, mesh = flame_rig(load_open_flame(), 3, 2), load_builtin("flame")
    stored = np.load(tmp_path / "result.npz", allow_pickle=False)
    assert stored["names"].tolist() == list(rig.names) and stored["joint_names"].tolist() == list(rig.joint_names)
    for name in ("deltas", "joints", "joint_deltas", "joint_axes", "weights", "correctives", "parents", "lower"):
        np.testing.assert_array_equal(stored[name], getattr(rig, name), err_msg=name)
    for name in ("vertices", "corners", "face_sizes", "uvs"):
        np.testing.assert_array_equal(stored[name], getattr(mesh, name), err_msg=name)


def test_a_fit_comes_back_with_its_coefficients(tmp_path):
    data = load_open_flame()
    shape = data.template + 1.5 * data.identity[2] + 0.5 * data.expression[7]
    mesh = load_builtin("flame").with_vertices(0.1 * shape + [5.0, 0.0, 0.0])
    settings = FitMeshSettings(model="open-flame", scale=True, identity_count=6)
    fit = fit_mesh(FitMeshInput(mesh), settings, Progress())
    np.savez(tmp_path / "head.npz", **head_arrays(fit))
    answer = run_fitted_head(JobFolder(tmp_path), FittedHeadSettings(), Progress())
    assert answer["label"] == data.label
    stored = np.load(tmp_path / "result.npz", allow_pickle=False)
    assert len(stored["values"]) == len(stored["names"]) == len(stored["deltas"])
    identity = stored["values"][stored["kinds"] == "identity"]
    np.testing.assert_allclose(identity[2], 1.5, atol=0.02)
    head = stored["vertices"] + np.einsum("k,kvd->vd", stored["values"], stored["deltas"]) + stored["translation"]
    placed = stored["similarity_scale"] * head @ stored["similarity_rotation"].T + stored["similarity_translation"]
    np.testing.assert_allclose(placed, mesh.vertices, atol=0.02)
    assert stored["rotations"].shape == (5, 3) and np.abs(stored["rotations"]).max() < 1e-2


@pytest.mark.parametrize(("version", "count"), [("all people 2", 300), ("all people 1", 121)])
def test_a_fit_to_all_people_has_their_sliders_and_its_own_rest_in_the_template(version, count, tmp_path):
    people = load_head("flame", identities="people")
    coefficients = {"identity": np.random.default_rng(3).normal(size=count), "expression": np.full(55, 0.1)}
    vertices = Posed(people, state_of(people, coefficients)).vertices()
    np.savez(tmp_path / "head.npz", model="flame", version=version, label="people", units="mm", **coefficients)
    np.testing.assert_allclose(read_head_mesh(tmp_path / "head.npz").vertices, vertices, atol=1e-9)
    run_fitted_head(JobFolder(tmp_path), FittedHeadSettings(), Progress())
    stored = np.load(tmp_path / "result.npz", allow_pickle=False)
    assert stored["kinds"].tolist() == 121 * ["identity"] + 55 * ["expression"] and "handle_corners" in stored
    head = stored["vertices"] + np.einsum("k,kvd->vd", stored["values"], stored["deltas"])
    np.testing.assert_allclose(head, vertices, atol=1e-3)


def test_other_files_are_refused(tmp_path):
    folder = JobFolder(tmp_path)
    with pytest.raises(InputError, match="no fitted head: expression, identity, model, version missing"):
        run_fitted_head(folder, FittedHeadSettings(), Progress())
    np.savez(tmp_path / "head.npz", model="smpl", version="1", identity=np.zeros(3), expression=np.zeros(3))
    with pytest.raises(InputError, match="the model 'smpl', which HeadBridge does not know"):
        run_fitted_head(folder, FittedHeadSettings(), Progress())
    assert not (tmp_path / "result.npz").exists()
