"""Where long jobs keep what they have done."""

from __future__ import annotations

import os
import time

import pytest

from headbridge.jobs.parts_folder import parts_folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADBRIDGE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_it_stays_after_a_failure_and_goes_after_success(cache, tmp_path):
    with pytest.raises(RuntimeError), parts_folder("track", "a" * 64, tmp_path / "out") as folder:
        folder.mkdir(parents=True)
        raise RuntimeError
    assert folder.is_dir() and folder.parent == cache
    with parts_folder("track", "a" * 64, tmp_path / "out") as again:
        assert again == folder
    assert not folder.exists()


def test_two_equal_jobs_at_once_do_not_share_one(cache, tmp_path):
    with parts_folder("track", "b" * 64, tmp_path) as first:
        first.mkdir()
        with parts_folder("track", "b" * 64, tmp_path) as second:
            assert second != first
            second.mkdir()
        assert first.is_dir() and not second.exists()
    with parts_folder("track", "b" * 64, tmp_path) as third:
        assert third == first


def test_nobody_else_gets_it_before_it_is_gone(cache, tmp_path, monkeypatch):
    taken = []

    def removed(folder, **_):
        if folder == first:
            with parts_folder("track", "e" * 64, tmp_path) as other:
                taken.append(other)

    with parts_folder("track", "e" * 64, tmp_path) as first:
        monkeypatch.setattr("headbridge.jobs.parts_folder.shutil.rmtree", removed)
    assert len(taken) == 1 and first not in taken


def test_what_nobody_went_on_with_goes_after_two_weeks(cache, tmp_path):
    old, young, other = cache / "track-1", cache / "track-2", cache / "else-1"
    for folder in (old, young, other):
        folder.mkdir(parents=True)
    long_ago = time.time() - 15 * 86400
    for folder in (old, other):
        os.utime(folder, (long_ago, long_ago))
    with parts_folder("track", "c" * 64, tmp_path):
        assert not old.exists() and young.exists() and other.exists()


def test_without_cache_it_lies_in_the_output(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADBRIDGE_CACHE", "off")
    with parts_folder("track", "d" * 64, tmp_path / "out") as folder:
        assert folder.parent == tmp_path / "out"
    assert not (tmp_path / "out").exists()
