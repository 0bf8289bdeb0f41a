"""A client that talks to a real worker process."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ANSWER_SECONDS = 120.0
"""Longer than any answer takes on a slow machine, shorter than a test run that hangs."""


class Client:
    """Starts a worker, sends lines, and keeps everything it says in order."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path):
        self._log = log
        with open(log, "wb") as stderr:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
            )
        self._lines: queue.Queue[dict | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._next_id = 0

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def send_line(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def notify(self, method: str, **params) -> None:
        self.send_line(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())

    def request(self, method: str, **params) -> int:
        """Send a request; returns its id."""
        self._next_id += 1
        message = {"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params}
        self.send_line(json.dumps(message).encode())
        return self._next_id

    def next(self) -> dict | None:
        """The next object the worker says, None when it has closed its end."""
        return self._lines.get(timeout=ANSWER_SECONDS)

    def answer(self, request_id) -> tuple[dict, list[dict]]:
        """The answer to a request, and the notifications before it."""
        notifications = []
        while (message := self.next()) is not None:
            if "method" in message:
                notifications.append(message)
            elif message["id"] == request_id:
                return message, notifications
        raise AssertionError(f"the worker ended without an answer; its log:\n{self.log}")

    def call(self, method: str, **params) -> dict:
        return self.answer(self.request(method, **params))[0]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()


def command(real: bool) -> list[str]:
    """What starts a worker: as users run it, or with the tasks for tests."""
    script = [str(Path(__file__).with_name("tasks_for_tests.py"))]
    return [sys.executable, *(["-m", "headbridge.worker"] if real else script)]


@pytest.fixture
def start_worker(tmp_path, backend_environment):
    """Starts a worker with the tasks for tests, or with `real=True` as users run it; ends it after the test."""
    clients = []

    def start(real: bool = False) -> Client:
        clients.append(Client(command(real), backend_environment, tmp_path / f"worker{len(clients)}.log"))
        return clients[-1]

    yield start
    for client in clients:
        client.end()


@pytest.fixture(scope="module")
def lasting_worker(tmp_path_factory, backend_environment):
    """`lasting_worker(real)` is one worker for all tests of a file: what they do to it must not end it."""
    clients = {}

    def one(real: bool = False) -> Client:
        if real not in clients:
            clients[real] = Client(command(real), backend_environment, tmp_path_factory.mktemp("worker") / "log")
        return clients[real]

    yield one
    for client in clients.values():
        client.end()


@pytest.fixture
def worker(start_worker):
    return start_worker()


@pytest.fixture
def job_folder(tmp_path):
    folder = tmp_path / "job"
    folder.mkdir()
    return folder
