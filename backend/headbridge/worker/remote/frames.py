"""Frames on a stream, and which paths they may name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

LONGEST_LINE = 64 * 2**20
_BLOCK = 2**20
_PART = re.compile(r"[^\\:\x00-\x1f]+")


class BrokenFrame(Exception):
    """What the other end sent is no frame, or the stream ended inside one."""


def write_frame(stream: BinaryIO, head: dict[str, Any]) -> None:
    stream.write(json.dumps(head, allow_nan=False).encode() + b"\n")
    stream.flush()


def read_frame(stream: BinaryIO, longest: int = LONGEST_LINE) -> dict[str, Any] | None:
    """The next frame's head; None at the end of the stream."""
    line = stream.readline(longest)
    if not line:
        return None
    try:
        head = json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        head = None
    if not isinstance(head, dict):
        raise BrokenFrame(f"a line is no frame: {line[:60]!r}")
    return head


def send_file(stream: BinaryIO, job: str, name: str, path: Path) -> None:
    """A file as it is now; one that has gone is left out."""
    try:
        source = open(path, "rb")
    except FileNotFoundError:
        return
    with source:
        left = path.stat().st_size
        stream.write(json.dumps({"file": name, "job": job, "length": left}).encode() + b"\n")
        while left:
            # A file that shrinks meanwhile is filled up: the other end counts on its length.
            block = source.read(min(_BLOCK, left)) or bytes(min(_BLOCK, left))
            stream.write(block)
            left -= len(block)
    stream.flush()


def receive_file(stream: BinaryIO, head: dict[str, Any], folder: Path, room: Callable[[], int]) -> None:
    """Write the file of a frame into a folder. room : bytes that are free. Raises `BrokenFrame` for names outside the
    folder, lengths that are none, and a stream that ends."""
    path, left = inside(folder, head.get("file")), head.get("length")
    if type(left) is not int or left < 0:
        raise BrokenFrame(f"a file of {left!r} bytes")
    if left > room():
        raise BrokenFrame(f"'{head['file']}' has {left / 1e9:.1f} GB, and the disk has no room for it")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as target:
        while left:
            block = stream.read(min(_BLOCK, left))
            if not block:
                raise BrokenFrame("the connection ended inside a file")
            target.write(block)
            left -= len(block)


def inside(folder: Path, name: object) -> Path:
    """The path of a file in a job folder by its name there; `BrokenFrame` for one that is anywhere else."""
    parts = name.split("/") if isinstance(name, str) else []
    if not parts or not all(_PART.fullmatch(part) and part not in (".", "..") for part in parts):
        raise BrokenFrame(f"{str(name)[:60]!r} is no file of a job folder")
    path = folder.joinpath(*parts)
    if any(parent.is_symlink() for parent in (path, *path.parents) if folder in parent.parents):
        raise BrokenFrame(f"{str(name)[:60]!r} is a link")
    return path


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every plain file of a folder, by its path there."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            state = path.stat()
            found[path.relative_to(folder).as_posix()] = (state.st_size, state.st_mtime_ns)
    return found
