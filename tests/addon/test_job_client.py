"""The worker client and the life of a job, against a worker that speaks the protocol and misbehaves as asked."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location("headbridge_job_client", HERE.parent.parent / "addon" / "job_client.py")
job_client = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(job_client)


@pytest.fixture
def start(tmp_path):
    """`start(mode)` is a client of the fake worker; all are killed at the end."""
    started = []

    def make(mode: str):
        environment = {**job_client.worker_environment(""), "HEADBRIDGE_FAKE": mode}
        client = job_client.WorkerClient(
            [sys.executable, str(HERE / "fake_worker.py")], environment, str(tmp_path / f"{mode}.log")
        )
        started.append(client)
        return client

    yield make
    for client in started:
        client.kill()


@pytest.fixture
def params(tmp_path):
    np.savez(tmp_path / "source.npz", vertices=np.arange(12.0).reshape(4, 3))
    return {"job": "one", "folder": str(tmp_path), "settings": {"seed": 3}}


def run(job, until=None) -> list[tuple[str, float]]:
    """Step a job to its end (or until a condition holds); the states and fractions it went through."""
    seen = []
    deadline = time.monotonic() + 20.0
    while not (job.finished if until is None else until()):
        job.step()
        if (job.state, job.fraction) not in seen[-1:]:
            seen.append((job.state, job.fraction))
        time.sleep(0.005)
        assert time.monotonic() < deadline
    return seen


def test_answer(start, params):
    job = job_client.Job(start("answer"), "register", params)
    states = [state for state, _ in run(job)]
    assert states[0] == "starting" and states[-1] == "done"
    assert job.result["result"] == "result.npz" and job.result["settings"] == {"seed": 3}
    assert job.preview == "preview_00002.npz" and job.fraction == 1.0


def test_handshake_is_made_once_and_the_worker_stays_warm(start, params):
    client = start("answer")
    hello = job_client.Job(client, None)
    run(hello)
    assert hello.result["devices"] == ["cpu"]
    job = job_client.Job(client, "register", params)
    assert job.state == "running"
    run(job)
    assert job.state == "done" and client.alive


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["cancel", "deaf"])
def test_cancel(start, params, mode):
    client = start(mode)
    job = job_client.Job(client, "register", params)
    run(job, until=lambda: job.fraction > 0.0)
    job.cancel()
    assert job.state == "cancelling"
    asked = time.monotonic()
    run(job)
    assert job.state == "cancelled" and job.error is None
    assert time.monotonic() - asked < 1.5
    # A worker that obeys is kept; one that does not is killed.
    assert client.alive is (mode == "cancel")


def test_cancel_before_the_handshake(start, params):
    client = start("answer")
    job = job_client.Job(client, "register", params)
    job.cancel()
    assert job.state == "cancelled" and not client.alive


def test_death_tells_status_and_log(start, params):
    job = job_client.Job(start("die"), "register", params)
    run(job)
    assert job.state == "failed"
    assert "exit code 3" in str(job.error) and "ran out of luck" in str(job.error)
    assert os.path.isfile(job.error.log_path)


@pytest.mark.slow
def test_refusal_keeps_the_worker(start, params):
    client = start("refuse")
    job = job_client.Job(client, "register", params)
    run(job)
    assert (job.state, str(job.error), job.bad_input) == ("failed", "The source is broken; repair it.", True)
    assert client.alive


@pytest.mark.parametrize(("mode", "text"), [("other-protocol", "protocol 99"), ("garbage", "this is not JSON")])
def test_stranger_is_ended(start, params, mode, text):
    client = start(mode)
    job = job_client.Job(client, "register", params)
    run(job)
    assert job.state == "failed" and text in str(job.error) and not client.alive


def test_handshake_has_a_time_limit(tmp_path, params):
    now = [0.0]
    client = job_client.WorkerClient([sys.executable, "-c", "input()"], dict(os.environ), str(tmp_path / "log"))
    job = job_client.Job(client, "register", params, clock=lambda: now[0])
    job.step()
    assert job.state == "starting"
    now[0] = job_client.HANDSHAKE_SECONDS + 1.0
    job.step()
    assert job.state == "failed" and "did not answer" in str(job.error) and not client.alive


def test_program_that_is_not_there(tmp_path):
    with pytest.raises(job_client.BackendError, match="could not be started"):
        job_client.WorkerClient(["/nowhere/python"], {}, str(tmp_path / "log"))


def test_shutdown_ends_the_worker(start):
    client = start("answer")
    client.shutdown()
    assert not client.alive


def test_environment_is_the_backends_own():
    inherited = {"PYTHONPATH": "/blender", "PYTHONHOME": "/blender", "PATH": "/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    environment = job_client.worker_environment("/extension/backend", inherited)
    assert environment["PYTHONPATH"] == "/extension/backend" and environment["PATH"] == "/bin"
    assert "PYTHONHOME" not in environment and inherited["PYTHONHOME"] == "/blender"
    # An environment's modules are compiled when they are first used.
    assert "PYTHONDONTWRITEBYTECODE" not in environment
