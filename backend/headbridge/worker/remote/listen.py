"""``headbridge worker --listen``: waits for Blenders that SSH tunnels bring here."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from ...errors import InputError
from ...mesh.io.files import write_error
from ...model_files import config_folder
from .session import WORKER, Session

HOST, PORT = "127.0.0.1", 8765
_MOST_CLIENTS = 8


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of "HOST:PORT", ":PORT", "HOST" or nothing. Raises `InputError` for what is no address of this computer
    alone: the token protects against its other users, not against a network."""
    try:
        # IPv6 has colons of its own.
        host, mark, port = str(ipaddress.ip_address(text.strip("[]"))), "", ""
    except ValueError:
        host, mark, port = text.rpartition(":") if ":" in text else (text, "", "")
    host = host.strip("[]") or HOST
    number = int(port) if port.isdecimal() else PORT if not mark else -1
    if not 0 <= number < 65536:
        raise InputError(f"'{text}' is no address; give HOST:PORT, such as {HOST}:{PORT}.")
    try:
        own = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host).is_loopback
    except ValueError:
        own = False
    if not own:
        raise InputError(
            f"The worker listens on this computer alone ({HOST}, ::1 or localhost), not on '{host}'; reach it through "
            f"a tunnel: ssh -L {PORT}:{HOST}:{number} USER@THIS-COMPUTER."
        )
    return ("127.0.0.1" if host == "localhost" else host), number


def token_file() -> Path:
    """Where the user's token is kept."""
    return config_folder() / "worker-token"


def own_token(path: Path, new: bool = False) -> str:
    """The token in a file that only its owner may read; made when there is none, or a new one is wanted."""
    try:
        if not new and path.exists():
            token = path.read_text(encoding="ascii").strip()
            if len(token) >= 32:
                return token
        token = secrets.token_urlsafe(32)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(token + "\n")
        return token
    except (OSError, UnicodeDecodeError) as problem:
        if isinstance(problem, OSError):
            raise write_error(path, problem) from problem
        raise InputError(f"{path}: this is no token; remove the file.") from problem


class Listener:
    """Waits at an address; `address` says which port it became where 0 was asked for.

    Raises `InputError` when the address is taken."""

    def __init__(
        self,
        address: tuple[str, int],
        token: str,
        told: Callable[[str], None] = lambda line: None,
        command: Sequence[str] = WORKER,
    ):
        self._token, self._told, self._command = token, told, command
        self._clients = threading.BoundedSemaphore(_MOST_CLIENTS)
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            if sys.platform != "win32":
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(address)
        except OSError as problem:
            self._socket.close()
            raise InputError(
                f"{address[0]}:{address[1]} cannot be listened at ({problem.strerror}); end what listens there, or choose "
                "another port."
            ) from problem
        self._socket.listen()
        self.address: tuple[str, int] = self._socket.getsockname()[:2]

    def serve(self) -> None:
        """Serve clients, each on a thread and with a worker of its own, until `close`."""
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve_one(self, connection: socket.socket) -> None:
        # Who waits for a place gives up at its own greeting's time limit.
        with self._clients:
            self._told("A client is here.")
            self._told(Session(connection, self._token, self._command).run())
