"""Answers that came damaged: one clear error, the scene as it was, no file left, and the next job runs."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import answer_damage

# What ends every job does so before it is known which job it is.
JOBS = {
    "register": (lambda: bpy.ops.headbridge.register(source="Source", target="Target"), answer_damage.ALL),
    "uv": (lambda: bpy.ops.headbridge.transfer_uvs(source="Source", target="Target"), answer_damage.OF_ARRAYS),
    "fitted head": (lambda: bpy.ops.headbridge.fit_mesh(object="Source"), answer_damage.OF_ARRAYS),
}


def finite_scene() -> bool:
    return all(
        np.isfinite([tuple(vertex.co) for vertex in obj.data.vertices]).all()
        for obj in bpy.data.objects
        if obj.type == "MESH"
    )


@pytest.fixture
def jobs_folder() -> Path:
    return Path(bpy.utils.extension_path_user("bl_ext.user_default.headbridge", path="jobs", create=True))


@pytest.fixture
def damage(fake_worker, monkeypatch, tmp_path):
    """`damage(kind)` has the fake worker damage its next answers so; "" for not at all."""
    path = tmp_path / "damage"
    monkeypatch.setenv("HEADBRIDGE_DAMAGE", str(path))
    fake_worker("answer")
    return path.write_text


@pytest.mark.parametrize("job", JOBS)
def test_damaged_answers_leave_nothing(job, heads, damage, scene_content, addon, jobs_folder):
    run, kinds = JOBS[job]
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    before, faults = scene_content(), {}
    session = bpy.context.window_manager.headbridge
    for kind in kinds:
        damage(kind)
        # A job that nobody answers is cancelled, as Ctrl-C does, which the test tells.
        signal.alarm(20)
        try:
            faults[kind] = [f"ended as {run()}"]
        except RuntimeError as problem:
            faults[kind] = ["shows a traceback"] if "Traceback" in str(problem) else []
        told = {
            "changed the scene": scene_content() != before,
            "brought in what is no number": not finite_scene(),
            "still runs": addon("job_runner").running() is not None,
            "is shown as running": session.task != "",
            "says nothing": not session.error,
            "leaves files": list(jobs_folder.iterdir()) != [],
        }
        faults[kind] += [what for what, is_so in told.items() if is_so]
    assert {kind: found for kind, found in faults.items() if found} == {}
    signal.alarm(0)
    damage("")
    assert run() == {"FINISHED"}


def test_a_fault_of_the_session_itself_ends_it_too(heads, fake_worker, monkeypatch, addon, scene_content):
    fake_worker("answer")
    before = scene_content()

    def broken(*_):
        raise ZeroDivisionError("made for this test")

    with monkeypatch.context() as patch:
        patch.setattr(addon("register_session").RegisterSession, "step", broken)
        with pytest.raises(RuntimeError, match="ended by a fault .ZeroDivisionError: made for this test"):
            bpy.ops.headbridge.register(source="Source", target="Target")
    assert addon("job_runner").running() is None and scene_content() == before
    assert bpy.ops.headbridge.register(source="Source", target="Target") == {"FINISHED"}
