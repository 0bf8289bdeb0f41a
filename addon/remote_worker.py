# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker on another computer, at the near end of an SSH tunnel: what `job_client.WorkerClient` is for a process here.

The far end is `headbridge worker --listen`; `headbridge.worker.remote` says what travels. Files of job folders go with the
requests and come with the answers. Nothing here blocks: two threads send and receive. Only the standard library is
needed, so that a computer without a backend of its own can use another's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import queue
import re
import secrets
import socket
import threading

PROTOCOL = 2
CONNECT_SECONDS = 10.0
_LONGEST_LINE = 64 * 2**20
_BLOCK = 2**20
# Some systems do not take them, and the far end is another system.
_NOT_IN_NAMES = re.compile(r"[^\w. ()+-]")
# What these jobs read is named by path and lies where it lies: a far worker does not see it.
_READING_IN_PLACE = frozenset({"import_sequence", "fit_sequence", "track_video"})


class Lost(Exception):
    """Why there is no connection (any more), as a line for the user."""


class RemoteWorker:
    """A connection to a listening worker.

    address : HOST:PORT of the tunnel's near end. token : the far end's. What goes wrong arrives through `messages` as
    {"refused": line}, after which the worker is not `alive`."""

    log_path = ""

    def __init__(self, address: str, token: str):
        self.command = self.called(address, token)
        self.hello: dict | None = None
        self._address, self._token = address, token
        self._next_id = 0
        self._folders: dict[str, str] = {}
        self._names: dict[int, str] = {}
        self._own_files: dict[int, dict[str, str]] = {}
        self._messages: queue.SimpleQueue = queue.SimpleQueue()
        self._waiting: queue.SimpleQueue = queue.SimpleQueue()
        self._closed = threading.Event()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="headbridge-remote-worker", daemon=True)
        self._thread.start()

    @staticmethod
    def called(address: str, token: str) -> list[str]:
        """What tells one worker from another, as the command of a process does."""
        return [address, "remote", token]

    @property
    def alive(self) -> bool:
        return not self._closed.is_set()

    def request(self, method: str, params: dict) -> int:
        """Send a request and return its id; the answer arrives through `messages`. Its `folder` is sent along."""
        self._next_id += 1
        message = {"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params}
        if method in _READING_IN_PLACE:
            text = (
                f"The worker at {self._address} does not see the files that this job reads on this computer; clear the "
                "worker's address in the add-on's preferences for it."
            )
            self._messages.put({"id": self._next_id, "error": {"code": -32002, "message": text}})
        else:
            self._waiting.put(message)
        return self._next_id

    def notify(self, method: str, params: dict) -> None:
        """Send a notification, which has no answer."""
        self._waiting.put({"jsonrpc": "2.0", "method": method, "params": params})

    def messages(self) -> list[dict]:
        """Everything received since the last call."""
        received = []
        while True:
            try:
                received.append(self._messages.get_nowait())
            except queue.Empty:
                return received

    def log_tail(self, lines: int = 8) -> str:
        """What the far worker said when it died came with the message of it."""
        return ""

    def kill(self) -> None:
        """Hang up, which ends the far worker."""
        self._closed.set()
        self._waiting.put(None)
        if self._socket is not None:
            self._hang_up()
            self._socket.close()

    def shutdown(self, seconds: float = 1.0) -> None:
        """As `WorkerClient.shutdown`: nothing of this end has to be waited for."""
        self.kill()

    def _run(self) -> None:
        try:
            with self._connected() as connection, connection.makefile("rwb") as stream:
                self._greet(stream)
                if self._closed.is_set():
                    # Let go while it was being made.
                    return
                connection.settimeout(None)
                threading.Thread(target=self._send_all, args=(stream,), daemon=True).start()
                self._receive_all(stream)
        except Lost as problem:
            self._end(str(problem))
        except (OSError, ValueError) as problem:
            self._end(f"{self._lost()} ({problem}).")

    def _end(self, line: str) -> None:
        if not self._closed.is_set():
            self._messages.put({"refused": line})
        self.kill()

    def _lost(self) -> str:
        return (
            f"The connection to the worker at {self._address} was lost; nothing was changed. See that the tunnel and "
            "headbridge worker --listen run"
        )

    def _connected(self) -> socket.socket:
        host, mark, port = self._address.rpartition(":")
        if not mark or not port.isdecimal():
            raise Lost(f"'{self._address}' is no worker's address; give HOST:PORT, such as 127.0.0.1:8765.")
        try:
            self._socket = socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS)
        except (OSError, OverflowError) as problem:
            raise Lost(
                f"No worker answers at {self._address} ({problem}): start headbridge worker --listen on the other computer, "
                f"and the tunnel here, ssh -N -L {port}:127.0.0.1:8765 USER@HOST."
            ) from problem
        return self._socket

    def _greet(self, stream) -> None:
        try:
            greeting = _read_head(stream)
        except (OSError, ValueError):
            greeting = None
        if greeting is None:
            raise Lost(f"{self._lost()}; the tunnel took the call and hung up.")
        if "challenge" not in greeting:
            raise Lost(f"What answers at {self._address} is no HeadBridge worker; check the port.")
        if greeting.get("protocol") != PROTOCOL:
            raise Lost(
                f"The worker at {self._address} is HeadBridge {greeting.get('headbridge')} with protocol "
                f"{greeting.get('protocol')}, this add-on has {PROTOCOL}; install the same version on both computers."
            )
        theirs, own = str(greeting["challenge"]), secrets.token_hex(32)
        _write_head(stream, {"challenge": own, "protocol": PROTOCOL})
        shown = str((_read_head(stream) or {}).get("proof"))
        if not hmac.compare_digest(shown.encode(), self._proof("server", theirs, own).encode()):
            raise Lost(
                f"What answers at {self._address} does not know the token, and was sent nothing: copy the one that headbridge "
                "worker --listen shows, and see that the port is the tunnel's and no other program's."
            )
        _write_head(stream, {"proof": self._proof("client", theirs, own)})
        said = _read_head(stream)
        if said is None:
            raise Lost(f"{self._lost()}.")
        if not said.get("accepted"):
            raise Lost(f"The worker at {self._address} refused: {' '.join(str(said.get('refused')).split())}")

    def _proof(self, role: str, server: str, client: str) -> str:
        """As `headbridge.worker.remote.proof`."""
        said = "\n".join((role, server, client)).encode()
        return hmac.new(self._token.encode(), said, hashlib.sha256).hexdigest()

    def _send_all(self, stream) -> None:
        try:
            while (message := self._waiting.get()) is not None:
                self._send(stream, message)
        except (OSError, ValueError):
            # The receiving thread tells that the connection has ended.
            self._hang_up()

    def _hang_up(self) -> None:
        """Let the receiving thread see the end."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _send(self, stream, message: dict) -> None:
        params = message["params"]
        folder, job = params.get("folder"), params.get("job")
        if folder is not None:
            self._folders[job], self._names[message["id"]] = folder, job
            for name, path in _files(folder):
                _send_file(stream, job, name, path)
            settings, own = dict(params.get("settings", {})), {}
            for key, value in settings.items():
                if isinstance(value, str) and os.path.isabs(value) and os.path.isfile(value):
                    name = f"settings/{key}/{_NOT_IN_NAMES.sub('_', os.path.basename(value))}"
                    settings[key], own[name] = {"file": name}, value
                    _send_file(stream, job, name, value)
            self._own_files[message["id"]] = own
            params = {name: value for name, value in params.items() if name != "folder"}
            message = {**message, "params": {**params, "settings": settings}}
        _write_head(stream, {"rpc": message})

    def _receive_all(self, stream) -> None:
        while (head := _read_head(stream)) is not None:
            if "file" in head:
                self._receive_file(stream, head)
            elif isinstance(head.get("rpc"), dict):
                message = head["rpc"]
                if "method" not in message:
                    self._folders.pop(self._names.pop(message.get("id"), None), None)
                    message = _with_own_files(message, self._own_files.pop(message.get("id"), {}))
                self._messages.put(message)
            elif "ended" in head:
                log = " ".join(str(head.get("log", "")).split()[-60:])
                raise Lost(
                    f"The worker at {self._address} ended unexpectedly (status {head['ended']}); nothing was changed. {log}"
                )
            else:
                raise ValueError("a frame that is not known")
        raise Lost(f"{self._lost()}.")

    def _receive_file(self, stream, head: dict) -> None:
        """Files of jobs that nobody waits for any more are read and dropped."""
        folder, left = self._folders.get(head.get("job")), head.get("length")
        if type(left) is not int or left < 0:
            raise ValueError("a file without a length")
        path = _inside(folder or os.curdir, head["file"])
        if folder is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path if folder is not None else os.devnull, "wb") as target:
            while left:
                block = stream.read(min(_BLOCK, left))
                if not block:
                    raise ValueError("the connection ended inside a file")
                target.write(block)
                left -= len(block)


def _write_head(stream, head: dict) -> None:
    stream.write(json.dumps(head).encode() + b"\n")
    stream.flush()


def _read_head(stream) -> dict | None:
    line = stream.readline(_LONGEST_LINE)
    if not line:
        return None
    head = json.loads(line)
    if not isinstance(head, dict):
        raise ValueError("a line that is no frame")
    return head


def _files(folder: str) -> list[tuple[str, str]]:
    """Plain files of a folder: their path in it, with /, and their path."""
    found = []
    for home, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(home, name)
            if os.path.isfile(path) and not os.path.islink(path):
                found.append((os.path.relpath(path, folder).replace(os.sep, "/"), path))
    return sorted(found)


def _with_own_files(answer, own: dict[str, str]):
    """The answer with paths of this computer for those that the worker has of the files it was sent (`own`, by name)."""
    if isinstance(answer, dict):
        return {key: _with_own_files(value, own) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_with_own_files(value, own) for value in answer]
    if isinstance(answer, str):
        there = answer.replace("\\", "/")
        return next((path for name, path in own.items() if there.endswith("/" + name)), answer)
    return answer


def _send_file(stream, job: str, name: str, path: str) -> None:
    with open(path, "rb") as source:
        left = os.fstat(source.fileno()).st_size
        stream.write(json.dumps({"file": name, "job": job, "length": left}).encode() + b"\n")
        while left:
            block = source.read(min(_BLOCK, left)) or bytes(min(_BLOCK, left))
            stream.write(block)
            left -= len(block)
    stream.flush()


def _inside(folder: str, name: object) -> str:
    """The path of a file in a folder; `ValueError` for one that is anywhere else."""
    parts = name.split("/") if isinstance(name, str) else []
    for part in parts:
        if part in ("", ".", "..") or any(letter in "\\:" or ord(letter) < 32 for letter in part):
            parts = []
            break
    if not parts:
        raise ValueError(f"{str(name)[:60]!r} is no file of a job folder")
    return os.path.join(folder, *parts)
