"""Building a space as a job and as a command, with a stand-in for the fit."""

import json
import os

import numpy as np
import pytest

from headbridge.building import training
from headbridge.building.job import BuildTextureSpaceSettings
from headbridge.cli.main import main
from headbridge.errors import Cancelled, InputError
from headbridge.jobs.build_texture_space import write_texture_space
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.tasks import TASKS
from headbridge.progress import Progress
from headbridge.texture import load_texture_space

from .painted_photos import NO_FACE, SIZE, PaintedUnwrap, true_textures, write_photo

SETTINGS = BuildTextureSpaceSettings(size=SIZE, completion="space")


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(6):
        write_photo(folder / f"{number}.png", number)
    write_photo(folder / "wall.png", NO_FACE)
    (folder / "empty").mkdir()
    return folder


@pytest.mark.slow
def test_the_components_are_those_of_the_textures_and_the_file_is_a_space(tmp_path, photos):
    answer = write_texture_space([photos], tmp_path / "mine.npz", SETTINGS, Progress(), PaintedUnwrap())
    assert [image["name"] for image in answer["images"]] == [f"{number}.png" for number in range(6)]
    assert answer["skipped"] == [{"name": "wall.png", "reason": "no face was found."}]
    assert answer["metrics"]["images"] == 6 and answer["metrics"]["skipped"] == 1
    explained = answer["explained_variance"]
    # The photos' textures have two components.
    assert len(explained) == 5 and sum(explained) == pytest.approx(1.0, abs=1e-4) and sum(explained[:2]) > 0.9
    assert answer["metrics"]["explained_by_first_5"] == pytest.approx(sum(explained))
    space = load_texture_space(str(tmp_path / "mine.npz"), "flame", SIZE)
    assert space.labels == tuple(answer["labels"]) and space.count == 5
    truth = true_textures()[3]
    basis = space.components.reshape(-1, 5)
    found = space.colours(np.linalg.lstsq(basis, (truth - space.mean).ravel(), rcond=None)[0])
    middle = np.s_[0, 20:50, 20:44]
    assert np.abs(found - truth)[middle].mean() < 0.3 * np.abs(space.mean - truth)[middle].mean()


@pytest.mark.slow
def test_stopped_and_started_again_it_loses_nothing_and_gives_the_same_file(tmp_path, photos, monkeypatch):
    monkeypatch.setattr(training, "_JUDGED", 1)
    monkeypatch.setattr(training, "_CROP", 64)
    settings = BuildTextureSpaceSettings(size=SIZE, steps=1)
    images = [photos / name for name in ("0.png", "1.png", "wall.png", "3.png")]
    whole, parts, reports = tmp_path / "whole.npz", tmp_path / "parts.npz", []
    write_texture_space(images, whole, settings, Progress(lambda *told: reports.append(told)), PaintedUnwrap())
    calls, stops = [], 0
    for _ in range(20):
        unwrap, left = PaintedUnwrap(), iter(range(len(reports) // 2))
        try:
            progress = Progress(should_stop=lambda: next(left, None) is None)
            write_texture_space(images, parts, settings, progress, unwrap)
        except Cancelled as problem:
            assert "parts.work" in str(problem)
            stops += 1
        calls += unwrap.calls
        if parts.exists():
            break
    assert stops and sorted(calls) == [0, 1, 3, NO_FACE]
    assert parts.read_bytes() == whole.read_bytes()


def test_wrong_input_is_told_and_nothing_is_written(tmp_path, photos):
    def refused(images, output, said):
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(InputError, match=said):
            write_texture_space(images, output, SETTINGS, Progress(), PaintedUnwrap())
        return sorted(set(tmp_path.rglob("*")) - set(before))

    assert not refused([photos], tmp_path / "space.obj", "name it space.npz")
    assert not refused([photos], tmp_path / "none" / "space.npz", "none does not exist")
    assert not refused([photos / "empty"], tmp_path / "space.npz", "there are no images")
    few = [photos / "1.png", photos / "wall.png"]
    left = refused(few, tmp_path / "few.npz", r"at least 2 usable images, but there is 1 among 2 \(wall.png: no face")
    assert {path.relative_to(tmp_path).parts[0] for path in left} == {"few.work"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_is_told_before_anything_is_fitted(tmp_path, photos):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    unwrap = PaintedUnwrap()
    with pytest.raises(InputError, match="may not be written"):
        write_texture_space([photos], closed / "space.npz", SETTINGS, Progress(), unwrap)
    assert unwrap.calls == []


@pytest.mark.slow
def test_textures_of_another_layout_are_not_mixed_in(tmp_path, photos):
    write_texture_space([photos], tmp_path / "mine.npz", SETTINGS, Progress(), PaintedUnwrap())
    other = PaintedUnwrap()
    other.layout = "hack"
    with pytest.raises(InputError, match="layout of flame, not hack"):
        write_texture_space([photos], tmp_path / "mine.npz", SETTINGS, Progress(), other)


def test_the_task_reads_its_images_from_the_folder(photos, monkeypatch):
    monkeypatch.setattr("headbridge.building.unwrapping.FittedUnwrap", lambda settings: PaintedUnwrap())
    task = TASKS["build_texture_space"]
    np.savez(photos / "options.npz", photo_files=np.array(["1.png", "2.png"]))
    answer = task.run(JobFolder(photos), SETTINGS, Progress())
    assert answer["space"] == "space.npz" and (photos / "space.npz").exists()
    for arrays, said in (({"photos": np.array(["1.png"])}, "unknown"), ({}, "names no images")):
        np.savez(photos / "options.npz", **arrays)
        with pytest.raises(InputError, match=said):
            task.run(JobFolder(photos), SETTINGS, Progress())


@pytest.mark.slow
def test_the_command_tells_what_it_did(tmp_path, photos, monkeypatch, capsys):
    monkeypatch.setattr("headbridge.building.unwrapping.FittedUnwrap", lambda settings: PaintedUnwrap(4))
    monkeypatch.chdir(tmp_path)
    options = ["--size", "256", "--completion", "space", "--json", "report.json"]
    assert main(["build-texture-space", "photos", "-o", "mine.npz", *options]) == 0
    told = capsys.readouterr().out
    assert "wall.png: skipped: no face was found." in told and "mine.npz written." in told
    report = json.loads((tmp_path / "report.json").read_text())
    assert f"The first 5 explain {report['metrics']['explained_by_first_5']:.1%}" in told
    assert main(["sample-texture", "-o", "out", "--space", "mine.npz", "--size", "64", "--coefficients", "1"]) == 0
    assert (tmp_path / "out" / "texture_0000.png").exists()
