"""Fits, conversions and samples as jobs: files in, files out."""

import json

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting.heads import load_head
from headbridge.fitting.job import ConvertSettings, FitLandmarksSettings, FitMeshSettings, SampleSettings
from headbridge.fitting.posable import Posed
from headbridge.fitting.result import state_of
from headbridge.jobs.convert import CONVERT
from headbridge.jobs.fit_landmarks3d import FIT_LANDMARKS3D
from headbridge.jobs.fit_mesh import FIT_MESH
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.head_file import is_head_file, read_head_mesh
from headbridge.jobs.sample import SAMPLE
from headbridge.mesh.io import read_mesh, write_mesh
from headbridge.progress import Progress
from headbridge.topologies import load_builtin, load_topology

OPEN = FitMeshSettings(model="open-flame")


@pytest.fixture(autouse=True)
def without_model_files(monkeypatch, tmp_path):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path / "none"))


@pytest.fixture
def folder(tmp_path):
    return JobFolder(tmp_path)


@pytest.fixture
def head():
    """(V, 3) a FLAME head in metres, and its coefficients."""
    model = load_head("open-flame")
    coefficients = {"identity": np.linspace(-1.0, 1.0, model.identity_count), "jaw": np.array([0.1, 0.0, 0.0])}
    return 0.001 * Posed(model, state_of(model, coefficients)).vertices(), coefficients


def write_flame(folder, vertices, **options):
    write_mesh(folder.file("mesh.npz"), load_builtin("flame").with_vertices(vertices))
    if options:
        folder.write_arrays("options.npz", **options)


def test_fit_mesh_writes_head_mesh_and_report(folder, head):
    vertices, coefficients = head
    write_flame(folder, vertices)
    answer = FIT_MESH.run(folder, OPEN, Progress())
    with np.load(folder.file("head.npz"), allow_pickle=False) as stored:
        arrays = dict(stored)
    assert (str(arrays["model"]), str(arrays["version"]), str(arrays["units"])) == ("flame", "open topology", "mm")
    np.testing.assert_allclose(arrays["identity"], coefficients["identity"], atol=1e-3)
    np.testing.assert_allclose(arrays["jaw"], coefficients["jaw"], atol=1e-4)
    np.testing.assert_allclose(arrays["vertices"], 1000.0 * vertices, atol=1e-2)
    assert arrays["similarity_scale"] == pytest.approx(0.001)
    written = read_mesh(folder.file("head.obj"))
    np.testing.assert_allclose(written.vertices, vertices, atol=1e-5)
    assert written.uvs is not None
    report = json.loads(folder.file("fit.json").read_text())
    assert report["metrics"]["all"]["max"] < 0.01 and report["settings"]["model"] == "open-flame"
    assert {key: answer[key] for key in report} == report


def test_fit_mesh_takes_masks_and_weights(folder, head):
    vertices, _ = head
    nose = load_topology("flame").regions["nose"]
    write_flame(folder, vertices + 0.02 * nose[:, None], exclude=nose, weights=np.full(5023, 2.0))
    FIT_MESH.run(folder, OPEN, Progress())
    np.testing.assert_allclose(read_mesh(folder.file("head.obj")).vertices, vertices, atol=1e-5)


def test_fit_mesh_refuses_unknown_options(folder, head):
    write_flame(folder, head[0], mask=np.zeros(5023))
    with pytest.raises(InputError, match="'mask', which is unknown"):
        FIT_MESH.run(folder, OPEN, Progress())


def test_fit_landmarks3d_reads_points_names_and_active(folder, head):
    table = load_topology("flame").landmarks_51
    points = table.evaluate(head[0])[::-1]
    active = np.ones(51, bool)
    active[3], points[3] = False, 9.0
    folder.write_arrays("landmarks.npz", points=points, names=np.array(table.names[::-1]), active=active)
    answer = FIT_LANDMARKS3D.run(folder, FitLandmarksSettings(model="open-flame"), Progress())
    assert answer["metrics"]["landmarks"]["count"] == 50
    found = table.evaluate(read_mesh(folder.file("head.obj")).vertices)[::-1]
    np.testing.assert_allclose(found[active], points[active], atol=5e-5)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "has no points"),
        ({"points": np.zeros((51, 3)), "pairs": np.zeros(2)}, "not 'pairs'"),
        ({"points": np.zeros((51, 3)), "names": np.array(["a"])}, "'names' should have one entry per point"),
    ],
)
def test_fit_landmarks3d_refuses_other_arrays(folder, arrays, message):
    folder.write_arrays("landmarks.npz", **arrays)
    with pytest.raises(InputError, match=message):
        FIT_LANDMARKS3D.run(folder, FitLandmarksSettings(), Progress())


@pytest.mark.slow
def test_convert_keeps_the_face_in_the_head_file(folder):
    write_mesh(folder.file("mesh.npz"), load_builtin("ict"))
    CONVERT.run(folder, ConvertSettings(to="hack"), Progress())
    transferred = read_mesh(folder.file("head.obj"))
    assert len(transferred.vertices) == len(read_mesh(folder.file("model.obj")).vertices) == 14062
    again = read_head_mesh(folder.file("head.npz"))
    np.testing.assert_allclose(again.vertices, transferred.vertices, atol=1e-9)
    np.testing.assert_array_equal(again.corners, transferred.corners)


def test_sample_writes_meshes_and_all_coefficients(folder):
    answer = SAMPLE.run(folder, SampleSettings(model="open-flame", count=3, format="ply", unit="metres"), Progress())
    with np.load(folder.file("heads.npz"), allow_pickle=False) as stored:
        arrays = dict(stored)
    assert answer["files"] == [f"{name}.ply" for name in arrays["names"]]
    assert arrays["identity"].shape == (3, 101) and arrays["jaw"].shape == (3, 3)
    head = load_head("open-flame")
    row = {name: array[2] for name, array in arrays.items() if array.dtype.kind == "f"}
    wanted = 0.001 * Posed(head, state_of(head, row)).vertices()
    np.testing.assert_allclose(read_mesh(folder.file(answer["files"][2])).vertices, wanted, atol=1e-9)


def head_file(folder, **arrays):
    text = {"model": "flame", "version": "open topology", "label": "x", "units": "mm"}
    text |= {name: arrays.pop(name) for name in list(arrays) if isinstance(arrays[name], str)}
    folder.write_arrays("given.npz", **{name: np.array(value) for name, value in text.items()}, **arrays)
    return folder.file("given.npz")


def test_a_head_file_of_coefficients_alone_is_a_head(folder, head):
    path = head_file(folder, similarity_scale=np.array(0.001), similarity_rotation=np.eye(3),
                     similarity_translation=np.zeros(3), **head[1])  # fmt: skip
    assert is_head_file(path)
    np.testing.assert_allclose(read_head_mesh(path).vertices, head[0], atol=1e-9)


def test_a_mesh_is_no_head_file(folder, head):
    write_flame(folder, head[0])
    assert not is_head_file(folder.file("mesh.npz")) and not is_head_file("head.obj")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"model": "smpl"}, "'smpl', which is unknown"),
        ({"version": "2020", "identity": np.zeros(300)}, "version 2020, but the model is the open FLAME"),
        ({"identity": np.zeros(300)}, "300 identity coefficients"),
        ({"identity": np.full(3, np.nan)}, "'identity' has values that are no numbers"),
        ({"jaw": np.zeros(2)}, "'jaw' should have 3 values, not 2"),
        ({"vertices": np.zeros((5, 3))}, r"has vertices \(5023, 3\), not \(5, 3\)"),
        ({"similarity_scale": np.array(1.0), "similarity_rotation": np.eye(2)}, "'similarity_rotation'"),
    ],
)
def test_bad_head_files_are_told(folder, arrays, message):
    with pytest.raises(InputError, match=message):
        read_head_mesh(head_file(folder, **arrays))
