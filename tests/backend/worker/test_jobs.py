"""Jobs in a real worker process: progress, cancel, death, and every way to fail."""

import os
import signal
import time

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.jobs.folder import JobFolder
from headbridge.worker.listener import ProgressListener


def start(worker, task, folder, job="a", **more):
    return worker.request(task, job=job, folder=str(folder), **more)


@pytest.mark.slow
def test_result_and_progress(worker, job_folder):
    answer, notes = worker.answer(start(worker, "count", job_folder, settings={"seed": 5}))
    assert answer["result"] == {"steps": 100, "worst": None, "seed": 5}
    np.testing.assert_array_equal(np.load(job_folder / "result.npz")["registered"], np.arange(12.0).reshape(4, 3))
    progress = [note["params"] for note in notes]
    assert {note["method"] for note in notes} == {"progress"} and {p["job"] for p in progress} == {"a"}
    fractions = [p["fraction"] for p in progress]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0 and progress[-1]["message"] == "done"
    first = progress[0]
    assert first["vertices"] == "preview_00000.npz"
    np.testing.assert_array_equal(np.load(job_folder / "preview_00000.npz")["vertices"], np.zeros((4, 3)))
    assert not [name for name in os.listdir(job_folder) if name.endswith(".part")]


def test_previews_come_at_most_eight_times_a_second(job_folder):
    class Recorder:
        def __init__(self):
            self.said = []

        def notify(self, method, params):
            self.said.append(params)

    recorder = Recorder()
    times = iter(np.arange(1000) / 100.0)
    listener = ProgressListener(recorder, "a", JobFolder(job_folder), clock=lambda: next(times))
    for k in range(1000):
        listener(k / 1000, "", np.zeros((1, 3)))
    previews = [p["vertices"] for p in recorder.said if p["vertices"]]
    assert previews == [f"preview_{k:05d}.npz" for k in range(len(previews))] and 70 <= len(previews) <= 80
    assert len(recorder.said) <= 280, "eight previews and twenty messages a second for ten seconds"


def test_cancel_within_a_second_and_the_worker_lives_on(worker, job_folder):
    request = start(worker, "endless", job_folder)
    assert worker.next()["method"] == "progress"
    asked = time.monotonic()
    worker.notify("cancel", job="a")
    answer, _ = worker.answer(request)
    assert time.monotonic() - asked < 1.0
    assert answer["error"]["code"] == -32003 and answer["error"]["data"]["exit_code"] == 130
    assert worker.answer(start(worker, "count", job_folder))[0]["result"]["steps"] == 100


@pytest.mark.slow
def test_a_job_that_does_not_listen_is_answered_for_once(worker, job_folder):
    request = start(worker, "deaf", job_folder)
    assert worker.next()["params"]["message"] == "busy"
    asked = time.monotonic()
    worker.notify("cancel", job="a")
    answer, _ = worker.answer(request)
    assert time.monotonic() - asked < 1.0
    assert answer["error"]["code"] == -32003
    # The next job waits for the end of the deaf one, whose own answer is dropped.
    following = start(worker, "chatty", job_folder, job="b")
    assert worker.next() == {"jsonrpc": "2.0", "id": following, "result": "said it"}


@pytest.mark.slow
def test_waiting_jobs_can_be_cancelled_and_ids_are_used_once(worker, job_folder):
    first = start(worker, "endless", job_folder, job="first")
    second = start(worker, "count", job_folder, job="second")
    again = start(worker, "count", job_folder, job="first")
    answer, _ = worker.answer(again)
    assert answer["error"]["code"] == -32602 and "'first' is already there" in answer["error"]["message"]
    worker.notify("cancel", job="second")
    worker.notify("cancel", job="first")
    assert worker.answer(first)[0]["error"]["code"] == -32003
    assert worker.answer(second)[0]["error"]["code"] == -32003


@pytest.mark.slow
def test_shutdown_cancels_the_running_job(worker, job_folder):
    request = start(worker, "endless", job_folder)
    worker.next()
    ending = worker.request("shutdown")
    assert worker.answer(request)[0]["error"]["code"] == -32003
    assert worker.answer(ending)[0]["result"] is None
    assert worker.process.wait(timeout=60) == 0


def test_a_client_that_disappears_ends_the_running_job(worker, job_folder):
    start(worker, "endless", job_folder)
    worker.next()
    worker.process.stdin.close()
    assert worker.process.wait(timeout=60) == 0


@pytest.mark.slow
def test_death_mid_job_is_seen_as_the_end_of_the_pipe(worker, job_folder):
    start(worker, "dies", job_folder)
    messages = []
    while (message := worker.next()) is not None:
        messages.append(message)
    assert [m["params"]["message"] for m in messages] == ["about to die"]
    assert worker.process.wait(timeout=60) == -signal.SIGKILL


@pytest.mark.slow
def test_interrupt_from_the_terminal_is_left_to_the_client(worker, job_folder):
    worker.call("hello", protocol=1)
    worker.process.send_signal(signal.SIGINT)
    assert worker.call("hello", protocol=1)["result"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "code", "exit_code", "message", "details"),
    [
        ("fails", -32004, 1, "Failed: There is no nose. Add one.", "A nose is off."),
        ("refuses", -32002, 2, "The nose is missing; add a nose.", "looked everywhere"),
        (
            "breaks",
            -32001,
            1,
            "The job failed unexpectedly (ZeroDivisionError: two lines); see the details.",
            "tasks_for_tests.py",
        ),
        ("runs_out_of_memory", -32001, 1, "There is not enough memory for this job", "MemoryError"),
        ("fills_disk", -32001, 1, "preview_00000.npz: the disk is full; free some space or choose another folder.", ""),
        ("escapes", -32002, 2, "'../outside.npz' leads out of the job folder", ""),
    ],
)
def test_failures_are_told_and_the_worker_lives_on(lasting_worker, job_folder, task, code, exit_code, message, details):
    worker = lasting_worker()
    error = worker.call(task, job="a", folder=str(job_folder))["error"]
    assert error["code"] == code and error["data"]["exit_code"] == exit_code
    assert message in error["message"] and "\n" not in error["message"]
    assert details in error["data"]["details"]
    assert os.listdir(job_folder) == [] and not (job_folder.parent / "outside.npz").exists()
    assert worker.call("hello", protocol=1)["result"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "source.npz: there is no such file"),
        ({"source.npz": b"PK\3\4 rubbish"}, "source.npz: the file is damaged"),
        ({"source.npz": b""}, "source.npz: the file is empty"),
        ({"options.npz": b"rubbish"}, "options.npz: this is no .npz file"),
    ],
)
def test_registration_says_which_job_file_is_wrong(lasting_worker, job_folder, files, message):
    for name, content in files.items():
        (job_folder / name).write_bytes(content)
    error = lasting_worker(real=True).call("register", job="a", folder=str(job_folder), settings={})["error"]
    assert error["code"] == -32002 and message in error["message"]


def test_links_do_not_lead_out_of_the_job_folder(tmp_path, job_folder):
    (tmp_path / "secret.npz").write_bytes(b"PK")
    (job_folder / "source.npz").symlink_to(tmp_path / "secret.npz")
    with pytest.raises(InputError, match="leads out of the job folder"):
        JobFolder(job_folder).read_mesh("source.npz")
