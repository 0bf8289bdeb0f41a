"""Making and updating environments: whatever happens, the one that worked still works."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stub is a shell script")

STAGES = ("venv", "config", "pip", "check")
WAYS = ("fails", "full", "killed", "cancelled", "Blender killed")


def test_first_setup(workshop):
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    assert workshop.store.best(workshop.pins(extension)) is None
    setup = workshop.make(extension)
    assert (setup.error, setup.cancelled, setup.finished) == ("", False, True)
    made = workshop.store.of_pins(workshop.pins(extension))
    assert (made.python, made.build) == ("3.11", "cpu")
    folder = workshop.in_use(extension)
    assert workshop.folders() == [folder.name] and not (folder / "tmp").exists()
    assert len(folder.name) == 8


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("pins", ["numpy==2.4.6\n", "numpy==2.5.0\n"], ids=["again", "update"])
def test_what_goes_wrong_leaves_the_environment_that_works(workshop, is_gone, stage, way, pins):
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    workshop.make(extension)
    old = workshop.in_use(extension)
    workshop.extension("extension", pins)

    workshop.goes(stage, {"cancelled": "hangs", "Blender killed": "hangs"}.get(way, way))
    if way == "Blender killed":
        blender = workshop.start_process(extension)
        child = workshop.wait_until_it_hangs()
        blender.send_signal(signal.SIGKILL)
        blender.wait()
    elif way == "cancelled":
        setup = workshop.start(extension)
        child = workshop.wait_until_it_hangs()
        setup.cancel()
        began = time.monotonic()
        setup.wait()
        assert time.monotonic() - began < 1.0
        is_gone(child)
        assert setup.cancelled and not setup.error
    else:
        setup = workshop.make(extension)
        expected = {"fails": "failed. ERROR: it broke", "full": "The disk is full", "killed": "want of memory"}
        assert expected[way] in setup.error

    assert workshop.in_use(extension) == old
    if way != "Blender killed":
        assert workshop.folders() == [old.name]

    # The next set-up works, and ends and removes what a killed one has left.
    assert workshop.make(extension).error == ""
    new = workshop.in_use(extension)
    assert new != old and workshop.folders() == [new.name]
    if way == "Blender killed":
        is_gone(child)


def test_too_little_room_is_said_before_anything_is_made(workshop, plain_addon, monkeypatch):
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    monkeypatch.setattr(plain_addon("environment.disk"), "free", lambda _folder: 2.0e9)
    setup = workshop.make(extension)
    assert "has 2.0 GB free, and 2.7 GB are needed" in setup.error and workshop.folders() == []


def test_two_blenders_make_one_environment(workshop):
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    workshop.goes("pip", "hangs")
    first = workshop.start_process(extension)
    workshop.wait_until_it_hangs()
    second = workshop.start(extension)
    while "another Blender" not in second.message:
        time.sleep(0.01)
    assert not second.finished
    # The step's child ends, and with it the step: the first goes on to its end.
    os.kill(int(workshop.hanging.read_text()), signal.SIGKILL)
    assert first.communicate()[0] == "\n"
    second.wait()
    assert second.error == "" and len(workshop.folders()) == 1


def test_waiting_for_another_blender_can_be_cancelled(workshop):
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    lock = workshop.store.lock()
    assert lock.acquire()
    setup = workshop.start(extension)
    setup.cancel()
    setup.wait()
    assert setup.cancelled and not setup.error
    lock.release()
    assert workshop.make(extension).error == ""


def test_a_killed_blenders_lock_is_free(workshop):
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    workshop.goes("venv", "hangs")
    blender = workshop.start_process(extension)
    workshop.wait_until_it_hangs()
    assert not workshop.store.lock().acquire()
    blender.kill()
    blender.wait()
    lock = workshop.store.lock()
    assert lock.acquire()
    lock.release()
    workshop.goes()
    assert workshop.make(extension).error == ""


def test_an_environment_that_another_blender_uses_stays_until_it_ends(workshop):
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    workshop.make(extension)
    old = workshop.in_use(extension)
    use = workshop.store.use(str(old / "bin" / "python"))
    workshop.extension("extension", "numpy==2.5.0\n")
    assert workshop.make(extension).error == ""
    assert old.exists() and workshop.in_use(extension) != old
    use.release()
    workshop.make(extension)
    assert not old.exists()


def test_the_environment_of_another_installed_version_stays(workshop):
    other = workshop.extension("other", "numpy==1.0\n")
    workshop.make(other)
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    workshop.make(extension)
    assert len(workshop.folders()) == 2 and workshop.in_use(other) != workshop.in_use(extension)
    # Once that version is gone, so is its environment at the next set-up.
    shutil.rmtree(other)
    workshop.make(extension)
    assert workshop.folders() == [workshop.in_use(extension).name]


def test_an_environment_elsewhere_is_removed_only_after_success(workshop):
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    earlier = workshop.folder / "earlier"
    earlier.mkdir()
    workshop.goes("check", "fails")
    workshop.make(extension, replaced=str(earlier))
    assert earlier.exists()
    workshop.goes()
    workshop.make(extension, replaced=str(earlier))
    assert not earlier.exists()


def test_pip_is_told_the_users_mirror_and_nothing_else_of_theirs(workshop, monkeypatch):
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_REQUIRE_VIRTUALENV", "1")
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    workshop.make(extension)
    folder = workshop.in_use(extension)
    said = dict(line.split("=", 1) for line in (folder / "pip_variables").read_text().splitlines())
    assert said == {
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "PIP_CONFIG_FILE": "/dev/null",
        "TMPDIR": str(folder / "tmp"),
    }
    assert "--only-binary :all:" in (folder / "pip_arguments").read_text()


def test_a_bundle_needs_no_network(workshop, plain_addon):
    wheels = workshop.folder / "wheels"
    wheels.mkdir()
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    bundle = plain_addon("environment.bundle").Bundle(str(wheels), (3, 11), "cpu")
    assert workshop.make(extension, bundle=bundle).error == ""
    folder = workshop.in_use(extension)
    assert f"--no-index --find-links {wheels}" in (folder / "pip_arguments").read_text()
    assert "PIP_INDEX_URL" not in (folder / "pip_variables").read_text()


def test_a_reader_finds_the_old_or_the_new_at_every_moment(workshop, plain_addon):
    """Switching to and fro while the pointer is read: it never names nothing."""
    extension = workshop.extension("extension", "numpy==2.4.6\n")
    workshop.make(extension)
    pins, store = workshop.pins(extension), workshop.store
    first = store.of_pins(pins)
    second = plain_addon("environment.store").Environment(store.new_folder("abcdef"), pins, "3.11", "cpu")
    Path(second.folder).mkdir()
    done = threading.Event()

    def to_and_fro():
        for _ in range(30):
            store.switch(second)
            store.switch(first)
        done.set()

    thread = threading.Thread(target=to_and_fro)
    thread.start()
    seen = set()
    while not done.is_set():
        seen.add(store.of_pins(pins))
    thread.join()
    assert seen <= {first, second} and seen
    assert not list(Path(store.folder).rglob("*.part"))
