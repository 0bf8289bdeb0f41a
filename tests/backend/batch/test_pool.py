"""Workers that die, hang and eat memory cost their head alone; what is done stays done."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from headbridge.batch.pool import Limits, WorkerPool, choose_workers
from headbridge.batch.record import BatchFolder
from headbridge.batch.worker_process import worker_environment
from headbridge.errors import Cancelled, HeadBridgeError

from .conftest import STAND_IN

pytestmark = pytest.mark.slow


def contents(folder):
    """Every file of the results, by its place."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_head_gets_the_record_of_what_became_of_it(tmp_path, heads_folder, run_batch):
    folder = heads_folder(
        a="good", b="check", c="input", d="bug", e="wrong", f="crash", g="exit", h="log", same="good", z="good at last"
    )
    records = run_batch(folder, workers=2)
    states = {name: (record.state, record.exit_code, record.tries) for name, record in records.items()}
    assert states == {
        "a": ("done", 0, 1), "b": ("check", 3, 1), "c": ("failed", 2, 1), "d": ("failed", 1, 1), "e": ("failed", 1, 1),
        "f": ("failed", 1, 2), "g": ("failed", 1, 2), "h": ("done", 0, 1), "same": ("done", 0, 1), "z": ("done", 0, 1),
    }  # fmt: skip
    assert records["b"].message == "Check: look at it." and records["a"].message == ""
    assert records["c"].message == f"{folder / 'c.txt'}: there is no face."
    assert "ZeroDivisionError: one two" in records["d"].message and "Traceback" in records["d"].details
    assert (records["e"].verdict, records["e"].reasons) == ("failed", [{"level": "failed", "text": "Nothing fits."}])
    assert "SIGABRT" in records["f"].message and "Fatal Python error" in records["f"].details
    assert "exit status 7" in records["g"].message
    assert records["a"].key == records["same"].key and records["a"].measures == {"flipped": 4}
    results = contents(tmp_path / "out" / "heads")
    assert {name.split(os.sep)[0] for name in results} == {"a", "b", "h", "same", "z"}
    assert results[os.path.join("z", "z.txt")] == b"GOOD AT LAST"
    assert list((tmp_path / "out" / "working").iterdir()) == []


def test_a_worker_runs_nothing_that_lies_beside_the_heads(tmp_path):
    (tmp_path / "struct.py").write_text("raise SystemExit('this was run')")
    command = [sys.executable, "-m", "headbridge.batch.record"]
    done = subprocess.run(command, cwd=tmp_path, env=worker_environment(1), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_threads_are_set_before_the_worker_loads_anything(tmp_path, heads_folder, run_batch):
    run_batch(heads_folder(a="good"), threads=3)
    report = json.loads((tmp_path / "out" / "heads" / "a" / "fit.json").read_text())
    assert report["metrics"]["threads"] == "3"


def test_a_head_that_needs_too_much_memory_is_ended(heads_folder, run_batch):
    records = run_batch(heads_folder(a="eat", b="good"), workers=2, limits=Limits(memory=400_000_000))
    assert {name: (record.state, record.tries) for name, record in records.items()} == {
        "a": ("failed", 1), "b": ("done", 1),
    }  # fmt: skip
    assert records["a"].message == "It needed more than 0.4 GB of memory, and was ended."


def test_a_head_that_takes_too_long_is_ended(heads_folder, run_batch):
    record = run_batch(heads_folder(a="wait"), limits=Limits(seconds=1.5))["a"]
    assert (record.state, record.tries, record.message) == ("failed", 1, "It took longer than 1.5 s, and was ended.")
    assert 1.5 <= record.seconds < 4.0


def test_what_is_done_is_kept_until_input_or_settings_change(heads_folder, run_batch):
    folder = heads_folder(a="good", b="bug", c="slow")
    first = run_batch(folder)
    again = run_batch(folder)
    assert {name: record.kept for name, record in again.items()} == {"a": True, "b": True, "c": True}
    assert [record.state for record in again.values()] == [record.state for record in first.values()]
    retried = run_batch(folder, retry_failed=True)
    assert {name: record.kept for name, record in retried.items()} == {"a": True, "b": False, "c": True}
    heads_folder(c="good now")
    changed = run_batch(folder)
    assert {name: record.kept for name, record in changed.items()} == {"a": True, "b": True, "c": False}
    assert not any(record.kept for record in run_batch(folder, times=2).values())


def test_results_that_were_deleted_are_computed_again(tmp_path, heads_folder, run_batch):
    folder = heads_folder(a="good", b="good")
    run_batch(folder)
    (tmp_path / "out" / "heads" / "a").rename(tmp_path / "away")
    (tmp_path / "out" / "records" / "b.json").write_text('{"name": "b", "state"')
    records = run_batch(folder)
    assert not records["a"].kept and not records["b"].kept
    assert (tmp_path / "out" / "heads" / "a" / "a.txt").read_text() == "GOOD"


def test_a_head_that_fails_after_it_was_done_takes_its_old_results_away(tmp_path, heads_folder, run_batch):
    folder = heads_folder(a="good")
    run_batch(folder)
    heads_folder(a="bug")
    assert run_batch(folder)["a"].state == "failed"
    assert contents(tmp_path / "out" / "heads") == {}


def test_a_stop_ends_all_workers_within_a_second(tmp_path, heads_folder, run_batch, stand_in):
    folder = heads_folder(a="good", b="wait", c="wait")
    asked = []

    def stopped():
        # As soon as both workers have a head that never ends.
        if not asked and {path.name[0] for path in (tmp_path / "out" / "working").iterdir()} == {"b", "c"}:
            asked.append(time.monotonic())
        return bool(asked)

    with pytest.raises(Cancelled):
        run_batch(folder, workers=2, stopped=stopped)
    assert time.monotonic() - asked[0] < 1.0
    assert list((tmp_path / "out" / "working").iterdir()) == []
    assert BatchFolder(tmp_path / "out").record("a").state == "done"


def test_workers_that_do_not_come_up_end_the_batch(tmp_path, stand_in, heads_folder):
    command = [sys.executable, "-c", "print('no such library', file=__import__('sys').stderr); exit(4)"]
    pool = WorkerPool(command, BatchFolder(tmp_path / "out"), 1, 1, Limits())
    with pytest.raises(HeadBridgeError, match="exit status 4") as caught:
        heads = stand_in.heads_of(heads_folder(a="good"))
        pool.run(heads, False, lambda _: None, lambda: None, lambda: False)
    assert caught.value.details == "no such library"


def test_a_batch_killed_again_and_again_gives_the_same_results(tmp_path, heads_folder, run_batch, backend_environment):
    texts = {f"head{k:02d}": f"slow number {k}" for k in range(40)} | {"mean": "crash", "bad": "bug"}
    folder = heads_folder(**texts)
    run_batch(folder, workers=2)
    whole = contents(tmp_path / "out" / "heads")
    command = [sys.executable, STAND_IN, "batch", tmp_path / "killed", folder, "2"]
    rng = random.Random(3)
    records = tmp_path / "killed" / "records"
    seen = {}
    for _ in range(3):
        process = subprocess.Popen(command, env=backend_environment, start_new_session=True)
        begun = len(list(records.glob("*.json"))) if records.exists() else 0
        deadline = time.monotonic() + 20.0
        while (not records.exists() or len(list(records.glob("*.json"))) < begun + 4) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, 0.2))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        # Nobody has told the workers; they end because the pool is gone.
        time.sleep(0.1)
        for name, changed in seen.items():
            assert (records / name).stat().st_mtime_ns == changed, "a head that was done was computed again"
        seen = {path.name: path.stat().st_mtime_ns for path in records.glob("*.json")}
        assert all(json.loads((records / name).read_bytes())["name"] for name in seen), "a record is not whole"
    assert len(seen) < len(texts), "the batch was through before it was killed for the last time"
    subprocess.run(command, env=backend_environment, check=True)
    assert contents(tmp_path / "killed" / "heads") == whole
    assert {path.stem for path in records.iterdir()} == set(texts)
    assert list((tmp_path / "killed" / "working").iterdir()) == []


def test_workers_are_chosen_from_heads_cores_and_memory():
    cores = choose_workers(10_000, 10**15, Limits())
    assert cores == len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores >= 1
    assert choose_workers(1, 10**15, Limits()) == 1
    assert choose_workers(10_000, 10**9, Limits(memory=10**10)) == 1
