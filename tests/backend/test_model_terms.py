"""Terms and credits of the users' model files: noted for each job, told once, and in the reports."""

from __future__ import annotations

import json

import pytest

from headbridge.cli.main import main
from headbridge.fitting.heads import load_head
from headbridge.jobs.versions import result_origin
from headbridge.mesh.io import write_mesh
from headbridge.model_files import MODEL_FILES
from headbridge.model_terms import credit_lines, describe_credits, newly_told, note_file, note_use, noting_use
from headbridge.topologies import load_builtin

from .models.flame.forge import published_arrays, published_form, python2_pickle


@pytest.fixture
def models(monkeypatch, tmp_path):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def test_a_job_credits_what_it_used_alone(models):
    with noting_use():
        note_use("ffhq_uv")
        note_file("/somewhere/generic_model.pkl")
        note_file("/somewhere/my_own.npz")
        assert [each["key"] for each in describe_credits()] == ["ffhq_uv", "flame2020"]
        assert result_origin()["credits"] == describe_credits()
        with noting_use():
            assert credit_lines() == []
    assert describe_credits() == []


def test_those_whose_terms_are_uncertain_say_whom_to_credit():
    with_terms = {model.key for model in MODEL_FILES if model.terms}
    assert with_terms >= {"flame2023", "flame2020", "flame_texture", "flame_albedo_from_bfm", "ffhq_uv", "hack"}
    assert all(model.credit for model in MODEL_FILES if model.terms)


def test_terms_are_told_once(models):
    with noting_use():
        note_use("hack")
        (line,) = newly_told()
        assert "HACK" in line and "without a licence" in line and "github.com" in line
        assert newly_told() == []
        note_use("ffhq_uv")
        (line,) = newly_told()
        assert "FFHQ-UV" in line
    assert json.loads((models / "terms_told.json").read_text()) == ["ffhq_uv", "hack"]


def test_a_damaged_memory_tells_again(models):
    models.mkdir()
    (models / "terms_told.json").write_text("{")
    with noting_use():
        note_use("hack")
        assert len(newly_told()) == 1 and newly_told() == []


@pytest.mark.slow
def test_a_fit_with_a_users_file_tells_and_reports(models, tmp_path, capsys):
    (models / "flame").mkdir(parents=True)
    (models / "flame" / "generic_model.pkl").write_bytes(python2_pickle(published_form(published_arrays(0))))
    write_mesh(tmp_path / "head.obj", load_builtin("flame"))
    arguments = ["fit-mesh", str(tmp_path / "head.obj"), "-o", str(tmp_path / "fit")]
    assert main([*arguments, "--model", "open-flame"]) == 0
    assert "first time" not in capsys.readouterr().out
    assert json.loads((tmp_path / "fit" / "fit.json").read_text())["credits"] == []
    assert main(arguments) == 0
    assert "used for the first time: FLAME's model licence" in capsys.readouterr().out
    (credit,) = json.loads((tmp_path / "fit" / "fit.json").read_text())["credits"]
    assert credit["key"] == "flame2020" and "Max-Planck" in credit["credit"]
    assert main(arguments) == 0
    assert "first time" not in capsys.readouterr().out


def test_loading_the_open_head_needs_no_credit(models):
    with noting_use():
        load_head("open-flame")
        assert describe_credits() == []
