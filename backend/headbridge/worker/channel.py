"""The worker's side of the pipe."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any, BinaryIO


class Channel:
    """Writes JSON-RPC objects, one per line, from any thread."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._lock = threading.Lock()

    @classmethod
    def take_stdout(cls) -> Channel:
        """Keep a private duplicate of stdout for the protocol and send everything else printed there to stderr.

        Works below Python, so that compilers and C libraries cannot write into the protocol either."""
        sys.stdout.flush()
        private = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        return cls(private)

    def result(self, request_id: Any, result: Any) -> None:
        self._send({"id": request_id, "result": result})

    def error(self, request_id: Any, error: dict) -> None:
        self._send({"id": request_id, "error": error})

    def notify(self, method: str, params: dict) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict) -> None:
        line = json.dumps({"jsonrpc": "2.0", **message}, allow_nan=False).encode("utf-8") + b"\n"
        with self._lock:
            self._stream.write(line)
