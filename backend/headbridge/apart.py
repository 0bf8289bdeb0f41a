"""Libraries of C and C++ that a damaged file can kill read it in a process of their own.

SciPy's `loadmat` and OpenCV's ONNX importer end the whole program on some files of a few hundred bytes. Here they run
in a child of ours that gets arrays, gives arrays, and takes nobody with it. It stays for the next file, and a new one
takes its place when it has died: `python -m headbridge.apart` answers requests on stdin until that ends.

A request and an answer are each a line of JSON and as many bytes of an .npz file as its "length" says.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .errors import InputError
from .mesh.io.npz import read_arrays, write_arrays
from .reading import reading

_REFUSED = "refused"
_MEMORY = 8 * 2**30
_SECONDS = 120.0
# How often whoever waits may stop it.
_LOOK = 0.2


def run_apart(
    module: str,
    function: str,
    arrays: Mapping[str, np.ndarray],
    source: object,
    advice: str,
    waiting: Callable[[], None] = lambda: None,
) -> dict[str, np.ndarray]:
    """What `function` of a module of ours ("headbridge.detection.face_parsing") makes of arrays, all by name.

    waiting : called several times a second meanwhile; what it raises ends the child.
    Raises `InputError` that names the file `source` and `advice` when the function raises, and when its process dies, runs
    out of memory or takes minutes."""
    content = write_arrays(dict(arrays))
    with _LOCK:
        child = _living()
        try:
            answer = child.ask({"module": module, "function": function}, content, waiting)
        except BaseException as problem:
            child.end()
            if isinstance(problem, TimeoutError):
                told = f"{source}: reading it took more than {_SECONDS:.0f} seconds; {advice}."
                raise InputError(told) from None
            if isinstance(problem, EOFError):
                told = f"{source}: the file is damaged (its reader ended by {child.how_it_ended()}); {advice}."
                raise InputError(told, details=child.log()) from None
            raise
    made = read_arrays(answer, f"{source}, as it was read")
    if _REFUSED in made:
        raise InputError(f"{source}: the file is damaged or of another kind ({made[_REFUSED]}); {advice}.")
    return made


def child_environment() -> dict[str, str]:
    """Environment variables of a Python of ours that finds this package, and runs nothing that lies where the user is."""
    root = str(Path(__file__).resolve().parents[1])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    # `python -m` looks into the present folder first, where a struct.py may lie beside the user's files.
    return {**os.environ, "PYTHONPATH": paths, "PYTHONSAFEPATH": "1"}


class Child:
    """The process that reads."""

    def __init__(self):
        # What libraries print goes here; a pipe that nobody reads would stop them when it is full.
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            env=child_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: dict[str, str], content: bytes, waiting: Callable[[], None]) -> bytes:
        """The content of the answer. Raises `EOFError` when the process dies, `TimeoutError` when it takes too long, and
        what `waiting` raises."""
        # The child may answer, or die, before it has read everything: then nobody may wait for it to read.
        threading.Thread(target=self._send, args=(request, content), daemon=True).start()
        until = time.monotonic() + _SECONDS
        while True:
            try:
                answer = self._answers.get(timeout=_LOOK)
            except queue.Empty:
                waiting()
                if time.monotonic() > until:
                    raise TimeoutError from None
                continue
            if answer is None:
                raise EOFError
            return answer

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def how_it_ended(self) -> str:
        code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"status {code}"

    def log(self) -> str:
        """The end of what the process printed."""
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - 2000))
        return self._log.read().decode("utf-8", "replace")

    def _send(self, request: dict[str, str], content: bytes) -> None:
        # A broken pipe is told by the end of the answers.
        with contextlib.suppress(OSError, ValueError):
            _write(self._process.stdin, request, content)

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (read := _read(self._process.stdout)) is not None:
                self._answers.put(read[1])
        self._process.wait()
        self._answers.put(None)


_LOCK = threading.Lock()
_child: Child | None = None


def _living() -> Child:
    global _child
    if _child is None or not _child.alive:
        _child = Child()
    return _child


@atexit.register
def _end() -> None:
    if _child is not None:
        _child.end()


def _write(stream: BinaryIO, head: dict[str, str], content: bytes) -> None:
    stream.write(json.dumps({**head, "length": len(content)}).encode() + b"\n")
    stream.write(content)
    stream.flush()


def _read(stream: BinaryIO) -> tuple[dict, bytes] | None:
    """The next request or answer; None at the end."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        return None
    head = json.loads(line)
    content = stream.read(head["length"])
    return (head, content) if len(content) == head["length"] else None


def _answer(module: str, function: str, content: bytes) -> bytes:
    try:
        with reading("file"):
            return write_arrays(getattr(import_module(module), function)(**read_arrays(content, "stdin")))
    except InputError as problem:
        cause = problem.__cause__ or problem
        return write_arrays({_REFUSED: np.array(" ".join(str(cause).split())[:200] or type(cause).__name__)})


def main() -> None:
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(ImportError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while (request := _read(sys.stdin.buffer)) is not None:
        head, content = request
        _write(out, {}, _answer(head["module"], head["function"], content))


if __name__ == "__main__":
    main()
