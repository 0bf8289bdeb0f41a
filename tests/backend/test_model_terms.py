"""Terms and credits of the users' model files: asked once before their use, and in the reports."""

from __future__ import annotations

import io
import json
import os
import shutil

import pytest

from headbridge.cli.batch_worker import run_command
from headbridge.cli.main import _accepts, main
from headbridge.fitting.heads import load_head
from headbridge.jobs.versions import result_origin
from headbridge.mesh.io import write_mesh
from headbridge.model_files import MODEL_FILES, model_file
from headbridge.model_terms import (
    VARIABLE,
    TermsNotAccepted,
    accepted_terms,
    credit_lines,
    describe_credits,
    note_file,
    note_use,
    noting_use,
)
from headbridge.topologies import load_builtin
from headbridge.worker.errors import describe_error

from .models.flame.forge import published_arrays, published_form, python2_pickle


@pytest.fixture
def models(monkeypatch, tmp_path):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def nobody_accepted(monkeypatch, tmp_path):
    """The folder of a user's choices who has made none."""
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    return tmp_path / "config"


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


def test_nothing_is_used_before_its_terms_are_accepted_and_then_nobody_is_asked_again(models, nobody_accepted):
    asked = []

    def ask(answer):
        return lambda model: asked.append(model.key) or answer

    with noting_use():
        with pytest.raises(TermsNotAccepted, match="HACK.* without a licence.*github.com.*--accept-terms") as refused:
            note_use("hack")
        assert refused.value.model.key == "hack" and credit_lines() == []
    with noting_use(ask(False)), pytest.raises(TermsNotAccepted):
        note_use("hack")
    with noting_use(ask(True)):
        note_use("hack")
        note_use("hack")
        # One kind of file says nothing of another.
        note_use("ffhq_uv")
    assert asked == ["hack", "hack", "ffhq_uv"]
    with noting_use():
        note_use("hack")
    assert json.loads((nobody_accepted / "headbridge" / "accepted-terms.json").read_text()) == ["ffhq_uv", "hack"]


def test_a_damaged_memory_asks_again(models, nobody_accepted):
    (nobody_accepted / "headbridge").mkdir()
    (nobody_accepted / "headbridge" / "accepted-terms.json").write_text("{")
    with noting_use():
        with pytest.raises(TermsNotAccepted):
            note_use("hack")
    with noting_use(lambda model: True):
        note_use("hack")
    assert accepted_terms() == {"hack"}


def test_an_environment_accepts_what_it_names_or_all(models, nobody_accepted, monkeypatch):
    monkeypatch.setenv(VARIABLE, "ffhq_uv flame2020")
    with noting_use():
        note_use("ffhq_uv")
        with pytest.raises(TermsNotAccepted):
            note_use("hack")
        monkeypatch.setenv(VARIABLE, "1")
        note_use("hack")


def test_a_worker_takes_the_clients_word_for_its_user(models, nobody_accepted):
    error = describe_error(TermsNotAccepted(model_file("hack")))
    assert error["code"] == -32005 and error["data"]["terms"]["key"] == "hack" and error["data"]["exit_code"] == 2


@pytest.mark.slow
def test_a_fit_with_a_users_file_asks_and_reports(models, nobody_accepted, tmp_path, capsys):
    (models / "flame").mkdir(parents=True)
    (models / "flame" / "generic_model.pkl").write_bytes(python2_pickle(published_form(published_arrays(0))))
    write_mesh(tmp_path / "head.obj", load_builtin("flame"))
    arguments = ["fit-mesh", str(tmp_path / "head.obj"), "-o", str(tmp_path / "fit")]
    assert main([*arguments, "--model", "open-flame"]) == 0
    assert json.loads((tmp_path / "fit" / "fit.json").read_text())["credits"] == []
    shutil.rmtree(tmp_path / "fit")
    capsys.readouterr()
    # Nobody sits at a test's terminal: one line says whose terms, and what to type.
    assert main(arguments) == 2 and not (tmp_path / "fit").exists()
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert "FLAME 2020, 2019 or 2017 is used for the first time" in line and "--accept-terms" in line
    # A batch's workers answer as who started it did, and find what was accepted before.
    words = arguments[1:3] + [str(tmp_path / "two")]
    with pytest.raises(TermsNotAccepted):
        run_command("fit-mesh", words)
    assert run_command("fit-mesh", words, accept_terms=True)[0] == 0
    (nobody_accepted / "headbridge" / "accepted-terms.json").unlink()
    assert main([*arguments, "--accept-terms"]) == 0 and VARIABLE not in os.environ
    (credit,) = json.loads((tmp_path / "fit" / "fit.json").read_text())["credits"]
    assert credit["key"] == "flame2020" and "Max-Planck" in credit["credit"]
    assert main(arguments) == 0 and run_command("fit-mesh", words)[0] == 0


@pytest.mark.parametrize(
    ("typed", "accepted"), [("y\n", True), ("yes\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_who_sits_at_a_terminal_is_asked(monkeypatch, capsys, typed, accepted):
    class Terminal(io.StringIO):
        isatty = lambda self: True  # noqa: E731

    shown = Terminal()
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    monkeypatch.setattr("sys.stderr", shown)
    assert _accepts(model_file("hack")) is accepted
    assert "HACK" in shown.getvalue() and "Do you accept these terms? [y/N]" in shown.getvalue()


def test_loading_the_open_head_needs_no_credit(models):
    with noting_use():
        load_head("open-flame")
        assert describe_credits() == []
