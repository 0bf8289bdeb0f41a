"""`headbridge fit-mesh`, `fit-landmarks3d`, `sample` and `convert` as users run them."""

import json

import numpy as np
import pytest

from headbridge.mesh.io import read_mesh, write_mesh
from headbridge.topologies import load_builtin, load_topology

RESULTS = {"head.npz", "head.obj", "fit.json"}


@pytest.fixture(autouse=True)
def without_model_files(monkeypatch, tmp_path):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path / "none"))


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_fit_mesh_writes_its_files_and_says_what_it_did(run_here, tmp_path):
    write_mesh(tmp_path / "face.ply", load_builtin("flame"))
    (tmp_path / "hidden.txt").write_text("1 2 3")
    code, out, err = run_here("fit-mesh", "face.ply", "-o", "out", "--exclude", "hidden.txt", "--expression-count", "3")
    assert code == 0 and err == ""
    assert out.startswith("Model: the open FLAME-topology head.") and "distance in mm, fitted" in out
    assert names(tmp_path / "out") == RESULTS
    report = json.loads((tmp_path / "out" / "fit.json").read_text())
    assert report["metrics"]["fitted"]["count"] == 5020 and report["settings"]["expression_count"] == 3


def test_fit_landmarks3d_writes_its_files(run_here, tmp_path):
    points = load_topology("flame").landmarks_51.evaluate(load_builtin("flame").vertices)
    np.save(tmp_path / "points.npy", points)
    code, out, err = run_here("fit-landmarks3d", "points.npy", "-o", "out", "--noise", "0.5")
    assert code == 0 and err == "" and "The points are in millimetres." in out
    assert names(tmp_path / "out") == RESULTS
    found = read_mesh(tmp_path / "out" / "head.obj").vertices
    np.testing.assert_allclose(found, load_builtin("flame").vertices, atol=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["obj", "ply", "glb", "npz"])
def test_sample_writes_meshes(run_here, tmp_path, suffix):
    code, out, err = run_here(
        "sample", "-o", "out", "--count", "2", "--seed", "3", "--format", suffix, "--kind", "neutral"
    )
    assert code == 0 and err == "" and "2 meshes" in out
    files = {f"template_000{k}.{suffix}" for k in range(2)}
    assert names(tmp_path / "out") == {*files, "heads.npz", "sample.json"}
    for name in files:
        assert len(read_mesh(tmp_path / "out" / name).triangles) == 9976


@pytest.mark.slow
def test_convert_of_a_mesh_and_of_its_head_file(run_here, tmp_path):
    # These two share their skin, so that nothing has to be registered.
    assert run_here("convert", "ict", "-o", "there", "--to", "hack")[0] == 0
    assert names(tmp_path / "there") == RESULTS | {"model.obj"}
    code, out, _ = run_here("convert", "there/head.npz", "-o", "back", "--to", "ict")
    assert code == 0 and out.startswith("Good.\nThe mesh is a HACK head.")
    ict = load_builtin("ict").vertices
    off = np.linalg.norm(read_mesh(tmp_path / "back" / "head.obj").vertices - ict, axis=1)
    assert len(off) == len(ict) and off[: len(load_topology("hack").skin)].mean() < 0.1


@pytest.mark.slow
def test_people_by_words_and_the_coefficients_of_an_older_head(run_here, tmp_path):
    words = "--age 8 --sex female --ancestry african:0.5,asian:0.5 --nose-width 0.6 --count 1 --kind neutral".split()
    code, out, _ = run_here("sample", "-o", "out", "--format", "ply", *words)
    assert code == 0 and "the head of all people in FLAME's topology" in out
    with np.load(tmp_path / "out" / "heads.npz", allow_pickle=False) as heads:
        assert str(heads["version"]) == "all people 2" and heads["identity"].shape == (1, 300)
    assert run_here("fit-mesh", "flame", "-o", "older")[0] == 0
    code, out, _ = run_here("fit-mesh", "older/head.npz", "-o", "newer", "--identities", "people")
    assert code == 0 and "the head of all people in FLAME's topology" in out
    older, newer = (read_mesh(tmp_path / name / "head.obj").vertices for name in ("older", "newer"))
    off = np.linalg.norm(newer - older, axis=1)[load_topology("flame").regions["face"]]
    # FLAME's mean is no head of the space: it lies 1.1 mm away in the narrow face.
    assert 0.01 < off.mean() < 1.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit-mesh", "missing.obj", "-o", "out"], "missing.obj: there is no such file"),
        (["fit-mesh", "flame", "-o", "no/out"], "does not exist"),
        (["fit-mesh", "flame", "-o", "note.txt"], "this is a file; name a folder"),
        (["fit-mesh", "makehuman", "-o", "out"], "headbridge register"),
        (["fit-mesh", "flame", "-o", "out", "--model", "hack"], "headbridge convert"),
        (["fit-mesh", "flame", "-o", "out", "--model-file", "flame2023.pkl"], "flame2023.pkl: there is no such file"),
        (["fit-mesh", "hack", "-o", "out", "--model-file", "hack"], "there is no such folder"),
        (["fit-mesh", "ict", "-o", "out", "--model-file", "x.pkl"], "takes no file"),
        (["fit-mesh", "flame", "-o", "out", "--prior", "-1"], "below its minimum"),
        (["fit-landmarks3d", "note.txt", "-o", "out"], "three numbers"),
        (["fit-landmarks3d", "missing.pp", "-o", "out"], "missing.pp: there is no such file"),
        (["sample", "-o", "out", "--count", "0"], "below its minimum"),
        (["sample", "-o", "out", "--model-file", "none.pkl"], "none.pkl: there is no such file"),
        (["sample", "-o", "out", "--age", "teen"], "age 'teen' is not understood"),
        (["sample", "-o", "out", "--age", "8", "--identities", "ict"], "knows neither age, sex"),
        (["sample", "-o", "out", "--age", "8", "--model-file", "x.pkl"], "identities of its own"),
        (["convert", "flame", "-o", "out", "--to", "flame"], "FLAME head already"),
        (["convert", "lee-perry-smith", "-o", "out"], "Basel Face Model"),
    ],
)
def test_wrong_input_is_told_in_one_line(refused, tmp_path, arguments, message):
    (tmp_path / "note.txt").write_text("no numbers")
    assert message in refused(*arguments)
