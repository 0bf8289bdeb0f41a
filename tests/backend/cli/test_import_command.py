"""`headbridge import` and `headbridge info`, as users run them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from headbridge.cli.main import main
from headbridge.errors import Cancelled, InputError
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.import_sequence import write_import
from headbridge.jobs.tasks import TASKS
from headbridge.mesh.io import read_mesh
from headbridge.models.open_flame import load_open_flame
from headbridge.progress import Progress
from headbridge.sequences import Sequence, read_sequence, write_sequence
from headbridge.sequences.job import ExportSettings, ImportSettings


@pytest.fixture
def codes(tmp_path):
    """A sequence of the open head, as our own jobs write it, and the file of MICA's identity."""
    random = np.random.default_rng(2)
    write_sequence(
        tmp_path / "mine.npz",
        Sequence(
            source="headbridge",
            frame_ids=np.arange(3),
            model="flame",
            version="open topology",
            fps=25.0,
            expression=random.random((3, 55)),
        ),
    )
    np.save(tmp_path / "identity.npy", random.normal(size=300).astype(np.float32))
    return tmp_path


@pytest.fixture
def spoken(tmp_path):
    """(4, 5023, 3) vertices in metres, as FaceFormer writes them, and their file."""
    vertices = load_open_flame().template[None] / 1000.0 + np.random.default_rng(0).normal(0.0, 1e-3, (4, 5023, 3))
    np.save(tmp_path / "spoken.npy", vertices.reshape(4, -1))
    return tmp_path / "spoken.npy", vertices


def test_codes_and_head_without_a_model(codes, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["import", str(codes / "identity.npy"), "-o", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "Source: MICA." in said and "FLAME 2020 (generic_model.pkl of 2020); not in the models folder" in said
    sequence = read_sequence(tmp_path / "out" / "sequence.npz")
    assert np.array_equal(sequence.identity[0], np.load(codes / "identity.npy").astype(np.float64))
    with np.load(tmp_path / "out" / "head.npz") as head:
        assert (str(head["model"]), str(head["version"]), str(head["units"])) == ("flame", "2020", "mm")
        assert np.array_equal(head["identity"], sequence.identity[0])
    report = json.loads((tmp_path / "out" / "sequence.json").read_text())
    assert (
        report["read"] == [str(codes / "identity.npy")]
        and report["source"] == "mica"
        and report["files"] == ["sequence.npz", "sequence.json", "head.npz"]
    )


@pytest.mark.parametrize("form", ["obj", "ply", "npz"])
def test_meshes_of_every_frame(spoken, tmp_path, form):
    path, vertices = spoken
    out = tmp_path / "out"
    assert main(["import", str(path), "-o", str(out), "--meshes", form, "--fps", "30", "--frames", "1:"]) == 0
    sequence = read_sequence(out / "sequence.npz")
    assert sequence.fps == 30.0 and sequence.frame_ids.tolist() == [1, 2, 3] and sequence.mm_per_unit == 1000.0
    if form == "npz":
        with np.load(out / "meshes.npz") as stored:
            found, faces = stored["vertices"], len(stored["face_sizes"])
    else:
        meshes = [read_mesh(out / "meshes" / f"{number:05d}.{form}") for number in (1, 2, 3)]
        found, faces = np.stack([mesh.vertices for mesh in meshes]), len(meshes[0].face_sizes)
        assert sorted(each.name for each in (out / "meshes").iterdir()) == [f"{n:05d}.{form}" for n in (1, 2, 3)]
    assert np.abs(found - vertices[1:]).max() < 1e-6 and faces == 9976


def test_what_is_wrong_writes_nothing(codes, tmp_path, capsys):
    assert main(["import", str(codes / "identity.npy"), "-o", str(tmp_path / "out"), "--fps", "0"]) == 2
    assert "--fps is 0" in capsys.readouterr().err
    assert main(["import", str(codes / "nothing"), "-o", str(tmp_path / "out")]) == 2
    assert main(["import", str(codes / "identity.npy"), "-o", str(tmp_path / "out"), "--format", "vahp"]) == 2
    assert "choose one of auto, sequence, pixel3dmm" in capsys.readouterr().err
    assert main(["import", str(codes / "identity.npy"), "-o", str(tmp_path / "out"), "--mesh"]) == 2
    assert f"no mesh of frame {tmp_path.name} with them" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_info_tells_what_files_are(codes, spoken, capsys):
    def said(path, *options) -> str:
        assert main(["info", str(path), *options]) == 0
        return capsys.readouterr().out

    lines = said(codes / "mine.npz")
    assert "A sequence of HeadBridge." in lines and "Frames: 3 (0 to 2), 25 frames a second." in lines
    assert "the open head, which ships with HeadBridge" in lines and "Expression: 55 coefficients." in lines
    assert main(["import", str(codes / "mine.npz"), "-o", str(codes / "again")]) == 0
    capsys.readouterr()
    assert "HeadBridge (sequence.npz)." in said(codes / "again")
    facts = json.loads(said(codes / "identity.npy", "--json"))
    assert (facts["kind"], facts["format"], facts["model"]["version"]) == ("tracker", "mica", "2020")
    assert "vertex arrays" in said(spoken[0])
    assert main(["info", str(codes / "none.npz")]) == 2


def test_the_worker_runs_the_same_jobs(codes, tmp_path):
    job = tmp_path / "job"
    job.mkdir()
    np.savez(job / "options.npz", paths=np.array([str(codes / "mine.npz")]))
    answer = TASKS["import_sequence"].run(JobFolder(job), ImportSettings(frames="1:"), Progress())
    assert answer["frames"]["count"] == 2 and answer["model"]["version"] == "open topology"
    assert read_sequence(job / "sequence.npz").frame_ids.tolist() == [1, 2]
    with pytest.raises(InputError, match="codes are of FLAME open topology"):
        TASKS["export_sequence"].run(JobFolder(job), ExportSettings(format="vhap"), Progress())
    np.savez(job / "options.npz", path=np.array(["x"]))
    with pytest.raises(InputError, match=r"options.npz holds 'path', which is unknown"):
        TASKS["import_sequence"].run(JobFolder(job), ImportSettings(), Progress())


def test_a_cancelled_import_stops_at_once(codes, tmp_path):
    with pytest.raises(Cancelled):
        write_import([str(codes / "identity.npy")], tmp_path / "out", ImportSettings(), Progress(None, lambda: True))
    assert not (tmp_path / "out").exists()
