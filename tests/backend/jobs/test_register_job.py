"""A registration job hands everything in its folder to the computation and everything computed to its folder."""

import json
import sys
import types

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.register import REGISTER
from headbridge.mesh.io import write_mesh
from headbridge.mesh.similarity import Similarity
from headbridge.progress import Progress
from headbridge.registration.job import RegisterResult, RegisterSettings


@pytest.fixture
def seen(monkeypatch):
    """Stands in for the computation: keeps what it was given and answers with the source lifted by one."""
    given = {}

    def register(inputs, settings, progress):
        given.update(inputs=inputs, settings=settings)
        vertices = inputs.source.vertices
        similarity = Similarity(2.0, np.eye(3), np.array([0.0, 1.0, 0.0]))
        distance = np.where(np.arange(len(vertices)) == 0, np.nan, 0.25)
        return RegisterResult(
            vertices, vertices + 1.0, distance, similarity, 10.0, {"p95": np.float64(0.25)}, ("A note.",)
        )

    module = types.SimpleNamespace(register=register)
    monkeypatch.setitem(sys.modules, "headbridge.registration.register", module)
    return given


@pytest.fixture
def folder(tmp_path, sphere_mesh, seamed_prism):
    write_mesh(tmp_path / "source.npz", seamed_prism)
    write_mesh(tmp_path / "target.npz", sphere_mesh())
    return JobFolder(tmp_path)


def test_everything_arrives_and_returns(folder, seen, seamed_prism, sphere_mesh):
    count, target_count = len(seamed_prism.vertices), len(sphere_mesh().vertices)
    options = {
        "landmarks_source": np.eye(3), "landmarks_target": 2.0 * np.eye(3),
        "source_exclude": np.arange(count) % 2, "target_exclude": np.zeros(target_count, bool),
        "source_weights": np.linspace(0, 1, count, dtype=np.float32),
    }  # fmt: skip
    folder.write_arrays("options.npz", **options)
    settings = RegisterSettings(stiffness=3.0, seed=4)
    answer = REGISTER.run(folder, settings, Progress())

    inputs = seen["inputs"]
    np.testing.assert_array_equal(inputs.source.uvs, seamed_prism.uvs)
    np.testing.assert_array_equal(inputs.target.vertices, sphere_mesh().vertices)
    np.testing.assert_array_equal(inputs.landmarks.target, 2.0 * np.eye(3))
    assert inputs.source_exclude.dtype == bool and inputs.source_exclude.tolist() == [k % 2 == 1 for k in range(count)]
    assert inputs.target_exclude.shape == (target_count,) and inputs.source_weights[-1] == 1.0
    assert seen["settings"] is settings

    result = folder.read_arrays("result.npz")
    np.testing.assert_array_equal(result["aligned"], seamed_prism.vertices)
    np.testing.assert_array_equal(result["registered"], seamed_prism.vertices + 1.0)
    np.testing.assert_array_equal(result["distance_mm"], [np.nan] + [0.25] * (count - 1))
    written = json.loads((folder.path / "metrics.json").read_text())
    assert answer == {**written, "result": "result.npz"}
    assert (
        written["metrics"] == {"p95": 0.25}
        and written["notes"] == ["A note."]
        and written["mm_per_target_unit"] == 10.0
    )
    assert written["similarity"] == {"scale": 2.0, "rotation": np.eye(3).tolist(), "translation": [0.0, 1.0, 0.0]}
    assert written["settings"]["stiffness"] == 3.0 and written["settings"]["seed"] == 4
    assert written["versions"]["headbridge"] and written["versions"]["numpy"] == np.__version__


def test_options_may_be_left_out(folder, seen):
    REGISTER.run(folder, RegisterSettings(), Progress())
    inputs = seen["inputs"]
    assert inputs.landmarks is inputs.source_exclude is inputs.target_exclude is inputs.source_weights is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"landmark_source": np.eye(3)}, "options.npz holds 'landmark_source', which is unknown"),
        ({"landmarks_source": np.eye(3)}, "landmarks of one side only"),
    ],
)
def test_wrong_options(folder, seen, options, message):
    folder.write_arrays("options.npz", **options)
    with pytest.raises(InputError, match=message):
        REGISTER.run(folder, RegisterSettings(), Progress())


def test_names_stay_inside_the_folder(folder, tmp_path):
    for name in ("../a.npz", "/etc/passwd", "sub/a.npz", "..", "."):
        with pytest.raises(InputError, match="leads out of the job folder"):
            folder.file(name)
    with pytest.raises(InputError, match="the job folder does not exist"):
        JobFolder(tmp_path / "none")
    with pytest.raises(InputError, match="the job folder does not exist"):
        JobFolder(tmp_path / "source.npz")
