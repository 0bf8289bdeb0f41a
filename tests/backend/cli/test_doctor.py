"""`headbridge doctor` says what is there and what to do about the rest."""

import dataclasses
import json
import os
import pickle
import platform
import sys

import numpy as np
import pytest

from headbridge.cache import Cache, content_key
from headbridge.cli.doctor import run
from headbridge.jobs import doctor
from headbridge.jobs.versions import pinned_versions


def by_subject(findings):
    return {finding["subject"]: finding for finding in findings}


@pytest.mark.slow
def test_a_sound_installation(headbridge, tmp_path):
    (tmp_path / "models" / "hack").mkdir(parents=True)
    (tmp_path / "models" / "hack" / "000_generic_neutral_mesh.obj").write_bytes(b"v 0 0 0\n" * 250000)
    done = headbridge("doctor", "--json", HOME=str(tmp_path / "home"), HEADBRIDGE_MODELS=str(tmp_path / "models"))
    found = by_subject(json.loads(done.stdout))
    assert done.returncode == 0, done.stdout
    assert found["devices"]["text"].startswith("cpu") and found["python"]["state"] == "ok"
    assert {name: found[name]["text"].split("+")[0] for name in pinned_versions()} == {
        n: f"version {v}" for n, v in pinned_versions().items()
    }
    assert found["built-in flame"]["text"] == "5023 vertices, 9976 faces"
    assert found["built-in hack"]["text"] == "14062 vertices, 14034 faces"
    assert found["HACK head and neck model"]["text"].startswith("found, 2.0 MB, ")
    missing = found["FLAME 2023"]
    assert (
        missing["state"] == "warning"
        and "flame2023.pkl" in missing["text"]
        and "https://flame.is.tue.mpg.de" in missing["text"]
    )


def test_packages_of_the_users_own_are_named_with_their_versions(findings, monkeypatch):
    found = findings()
    assert found["pytorch3d"]["text"] == "not installed; --renderer pytorch3d needs it"
    versions = {"pytorch3d": "0.7.9", "face-alignment": "1.4.1"}
    monkeypatch.setattr(doctor, "installed_version", versions.get)
    found = findings()
    assert {name: found[name]["text"] for name in versions} == {
        n: f"version {v}, your own" for n, v in versions.items()
    }


def test_found_models_are_read(findings, monkeypatch, tmp_path):
    folder = tmp_path / "models" / "flame"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    np.savez(
        folder / "mediapipe_landmark_embedding.npz",
        lmk_face_idx=np.arange(105),
        lmk_b_coords=np.full((105, 3), 1.0 / 3.0),
        landmark_indices=np.arange(105),
    )
    masks = folder / "FLAME_masks.pkl"
    masks.write_bytes(pickle.dumps({"nose": np.arange(5), "lips": np.arange(7)}))
    for name in ("generic_model.pkl", "male_model.pkl"):
        (folder / name).write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    found = findings()
    assert (found["FLAME vertex masks"]["state"], found["FLAME vertex masks"]["text"]) == (
        "ok",
        f"found, 0.0 MB, {masks}, valid, 2 regions",
    )
    assert found["FLAME landmarks of MediaPipe"]["text"].endswith("valid, MediaPipe")
    broken = found["FLAME 2020, 2019 or 2017"]
    assert broken["state"] == "warning" and "but not valid: " in broken["text"] and "'os.system'" in broken["text"]
    assert str(folder / "male_model.pkl") in found["FLAME 2020, 2019 or 2017, not used"]["text"]


@pytest.mark.slow
def test_lines_for_reading(headbridge):
    lines = headbridge("doctor").stdout.splitlines()
    assert lines[0].startswith("ok   python: HeadBridge ")
    assert all(line[:4] in ("ok  ", "note", "FAIL") for line in lines)


@pytest.fixture
def findings():
    def examine():
        return by_subject(map(dataclasses.asdict, doctor.examine()))

    return examine


def test_missing_and_other_package_versions(monkeypatch, findings):
    installed = {**pinned_versions(), "scipy": None, "cholespy": "9.9", "torch": pinned_versions()["torch"] + "+cpu"}
    monkeypatch.setattr(doctor, "installed_versions", lambda: installed)
    found = findings()
    assert found["scipy"]["state"] == "problem" and "pip install scipy==" in found["scipy"]["text"]
    assert found["cholespy"]["state"] == "warning" and "version 9.9, made for" in found["cholespy"]["text"]
    assert found["torch"]["state"] == "ok" and "+cpu" in found["torch"]["text"]
    assert [found[name]["fix"] for name in ("scipy", "cholespy", "torch")] == ["environment", "environment", ""]
    missing = found["FLAME 2023"]
    assert missing["fix"] == "folder" and missing["text"].endswith(f"into {missing['folder']}")


def test_a_machine_without_cholespy_factors_with_scipy_and_says_so(monkeypatch, findings):
    assert "factorisation" not in findings()
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    found = findings()
    assert "cholespy" not in found and found["numpy"]["state"] == "ok"
    assert found["factorisation"]["state"] == "ok" and "SciPy's" in found["factorisation"]["text"]


@pytest.mark.parametrize(("version", "state"), [((3, 10), "problem"), ((3, 13), "ok"), ((3, 14), "problem")])
def test_versions_of_python(monkeypatch, findings, version, state):
    monkeypatch.setattr(sys, "version_info", (*version, 1))
    assert findings()["python"]["state"] == state


def test_unwritable_kernel_cache(monkeypatch, findings):
    def refuse(dir):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    cache = findings()["kernel cache"]
    assert cache["state"] == "problem" and "set WARP_CACHE_PATH to a folder of yours" in cache["text"]


@pytest.mark.slow
def test_result_cache(monkeypatch, findings, tmp_path):
    folder = tmp_path / "new" / "cache"
    monkeypatch.setenv("HEADBRIDGE_CACHE", str(folder))
    empty = findings()["result cache"]
    assert (empty["state"], empty["text"]) == ("ok", f"{folder} holds 0.0 of at most 500 MB")
    assert not (tmp_path / "new").exists(), "looking makes nothing"
    Cache.of_user().put("net", content_key(1), {"weights": np.zeros(200_000)})
    assert findings()["result cache"]["text"] == f"{folder} holds 1.6 of at most 500 MB"
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    closed = findings()["result cache"]
    assert closed["state"] == "warning" and f"but {folder} may not be written; set HEADBRIDGE_CACHE" in closed["text"]
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HEADBRIDGE_CACHE", str(tmp_path / "file" / "cache"))
    assert f"but {tmp_path / 'file'} is no folder;" in findings()["result cache"]["text"]
    monkeypatch.setenv("HEADBRIDGE_CACHE", "off")
    assert findings()["result cache"]["text"] == "switched off by HEADBRIDGE_CACHE"


def test_damaged_built_in_head(monkeypatch, findings):
    def broken(key):
        raise OSError("gone")

    monkeypatch.setattr(doctor, "load_builtin", broken)
    assert findings()["built-in ict"] == {
        "subject": "built-in ict", "state": "problem", "text": "cannot be loaded (gone); install HeadBridge again.",
        "group": "", "fix": "", "folder": "",
    }  # fmt: skip


def test_a_problem_makes_the_exit_code_1(monkeypatch):
    monkeypatch.setattr(
        doctor, "examine", lambda: [doctor.Finding("a", doctor.OK, "fine"), doctor.Finding("b", doctor.PROBLEM, "bad")]
    )
    assert run(type("Arguments", (), {"json": False})) == (1, "ok   a: fine\nFAIL b: bad")
