"""One client of a listening worker: a worker process of its own, between whose pipes and the socket files are carried."""

from __future__ import annotations

import contextlib
import hmac
import json
import ntpath
import os
import posixpath
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ... import __version__
from ...apart import child_environment
from ..errors import BAD_INPUT
from . import PROTOCOL, proof
from .frames import BrokenFrame, files_of, inside, read_frame, receive_file, send_file, write_frame

WORKER = (sys.executable, "-m", "headbridge.worker")
GREETING_SECONDS = 10.0
_GRACE_SECONDS = 3.0
_LONGEST_GREETING = 4096
# What stays free on the disk.
_SPARE = 2**28
_LOG = 2000
# Of the time that previews take to send, so many times as much is left for other things.
_PREVIEW_REST = 3.0


class Session:
    """Serves one connection until it ends. token : what the client has to know. command : of the worker process."""

    def __init__(self, connection: socket.socket, token: str, command: Sequence[str] = WORKER):
        self._command = command
        self._socket = connection
        self._token = token
        self._stream = connection.makefile("rwb")
        self._lock = threading.Lock()
        # Job name to folder and what was sent into it; request id to job name.
        self._folders: dict[str, Path] = {}
        self._count = 0
        self._given: dict[str, dict[str, tuple[int, int]]] = {}
        self._requests: dict[str, str] = {}
        self._next_preview = 0.0

    def run(self) -> str:
        """Returns why it ended, as a line for the server's log."""
        try:
            refusal = self._refusal()
            if refusal:
                return refusal
            with tempfile.TemporaryDirectory(prefix="headbridge-worker-", ignore_cleanup_errors=True) as folder:
                self._root = Path(folder)
                return self._serve()
        except (OSError, ValueError, BrokenFrame) as problem:
            return f"The connection ended: {problem}."
        finally:
            with contextlib.suppress(OSError, ValueError):
                self._stream.close()
            self._socket.close()

    def _refusal(self) -> str:
        """Greets the client; why it may not go on, empty when it may."""
        self._socket.settimeout(GREETING_SECONDS)
        own = secrets.token_hex(32)
        write_frame(self._stream, {"headbridge": __version__, "protocol": PROTOCOL, "challenge": own})
        said = read_frame(self._stream, _LONGEST_GREETING) or {}
        protocol, theirs = said.get("protocol"), said.get("challenge")
        refusal = ""
        if protocol != PROTOCOL:
            refusal = (
                f"The worker is HeadBridge {__version__} with protocol {PROTOCOL}, and the client has protocol {protocol}; "
                "install the same version on both computers."
            )
        elif not isinstance(theirs, str):
            raise BrokenFrame("a greeting without a challenge")
        else:
            write_frame(self._stream, {"proof": proof(self._token, "server", own, theirs)})
            answer = (read_frame(self._stream, _LONGEST_GREETING) or {}).get("proof")
            wanted = proof(self._token, "client", own, theirs)
            if not isinstance(answer, str) or not hmac.compare_digest(answer.encode(), wanted.encode()):
                refusal = "The token is wrong; copy the one that headbridge worker --listen shows."
        write_frame(self._stream, {"refused": refusal} if refusal else {"accepted": True})
        self._socket.settimeout(None)
        return refusal

    def _serve(self) -> str:
        log = open(self._root / "log", "w+b")
        jobs = self._root / "jobs"
        jobs.mkdir()
        worker = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={"OMP_WAIT_POLICY": "PASSIVE", **child_environment()},
            cwd=jobs,
        )
        down = threading.Thread(target=self._carry_down, args=(worker, log), daemon=True)
        down.start()
        reason = "The client hung up."
        try:
            self._carry_up(worker, jobs)
        except BrokenFrame as problem:
            reason = f"The client broke the protocol: {problem}."
        except OSError as problem:
            reason = f"The connection was lost: {problem}."
        finally:
            # Its end cancels what runs.
            with contextlib.suppress(OSError):
                worker.stdin.close()
            try:
                worker.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
            # The other thread may be writing to a client that does not read.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            down.join(_GRACE_SECONDS)
            worker.stdout.close()
            log.close()
        return reason

    def _carry_up(self, worker: subprocess.Popen, jobs: Path) -> None:
        while (head := read_frame(self._stream)) is not None:
            if "file" in head:
                room = lambda: shutil.disk_usage(jobs).free - _SPARE  # noqa: E731
                receive_file(self._stream, head, self._folder(head.get("job"), jobs), room)
            elif isinstance(head.get("rpc"), dict):
                message = self._with_folder(head["rpc"], jobs)
                if message is not None:
                    worker.stdin.write(json.dumps(message).encode() + b"\n")
                    worker.stdin.flush()
            else:
                raise BrokenFrame(f"a frame with {', '.join(map(str, head))[:60]}")

    def _folder(self, job: object, jobs: Path) -> Path:
        if not isinstance(job, str) or not job:
            raise BrokenFrame("a file of no job")
        if job not in self._folders:
            # A number of its own: a job that was cancelled may still write into the folder that it had.
            self._count += 1
            self._folders[job] = jobs / f"job{self._count}"
            self._folders[job].mkdir()
        return self._folders[job]

    def _with_folder(self, message: dict[str, Any], jobs: Path) -> dict[str, Any] | None:
        """A client's message as the worker takes it; None where it was answered here."""
        params = message.get("params")
        # Notifications (`cancel`) name a job too.
        if "id" not in message or not isinstance(params, dict) or "job" not in params:
            return message
        job = params["job"]
        folder = self._folder(job, jobs)
        settings = params.get("settings", {})
        if isinstance(settings, dict):
            outside = [name for name, value in settings.items() if _leads_out(value)]
            if outside:
                text = f"The setting '{outside[0]}' names '{settings[outside[0]]}', which is no file of the client's; choose one."
                self._send({"rpc": {"jsonrpc": "2.0", "id": message.get("id"), "error": _error(text)}})
                return None
            settings = {name: self._own(value, folder) for name, value in settings.items()}
        self._given[job] = files_of(folder)
        self._requests[json.dumps(message.get("id"))] = job
        return {**message, "params": {**params, "folder": str(folder), "settings": settings}}

    def _own(self, value: Any, folder: Path) -> Any:
        return str(inside(folder, value["file"])) if isinstance(value, dict) and set(value) == {"file"} else value

    def _carry_down(self, worker: subprocess.Popen, log) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in worker.stdout:
                self._pass_on(json.loads(line))
            status = worker.wait()
            log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG))
            self._send({"ended": status, "log": log.read().decode("utf-8", "replace")})
        # Whatever ended it, the client must not wait for answers that nobody passes on.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _pass_on(self, message: dict[str, Any]) -> None:
        if message.get("method") == "progress":
            self._send_preview(message["params"])
        elif (job := self._requests.pop(json.dumps(message.get("id")), None)) is not None:
            folder = self._folders.pop(job)
            given = self._given.pop(job)
            if "result" in message:
                for name, state in files_of(folder).items():
                    if given.get(name) != state:
                        self._send_file(job, name, folder)
            shutil.rmtree(folder, ignore_errors=True)
        self._send({"rpc": message})

    def _send_preview(self, params: dict[str, Any]) -> None:
        """Vertices on their way, or none where the connection is too slow for them: they may not hold up the job."""
        job, name = params["job"], params.get("vertices")
        folder = self._folders.get(job)
        if not name or folder is None:
            params["vertices"] = None
            return
        started = time.monotonic()
        if started < self._next_preview:
            params["vertices"] = None
        else:
            self._send_file(job, name, folder)
            self._next_preview = time.monotonic() + _PREVIEW_REST * (time.monotonic() - started)
        (folder / name).unlink(missing_ok=True)

    def _send(self, head: dict[str, Any]) -> None:
        with self._lock:
            write_frame(self._stream, head)

    def _send_file(self, job: str, name: str, folder: Path) -> None:
        with self._lock:
            send_file(self._stream, job, name, folder / name)


def _leads_out(value: object) -> bool:
    """Whether a setting names a place outside the job's folder, on any system."""
    if not isinstance(value, str):
        return False
    parts = value.replace("\\", "/").split("/")
    return posixpath.isabs(value) or ntpath.isabs(value) or value.startswith("~") or ".." in parts


def _error(text: str) -> dict[str, Any]:
    return {"code": BAD_INPUT, "message": text, "data": {"exit_code": 2, "details": ""}}
