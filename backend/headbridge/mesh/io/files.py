"""Whole files in and out: clear errors when reading, all or nothing when writing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from ...errors import HeadBridgeError, InputError


def read_file(path: str | os.PathLike) -> bytes:
    """The content of a file; `InputError` when it is missing, a folder, unreadable or empty."""
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: this is a folder; name a file inside it.")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; check the path.") from None
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror or problem}).") from problem
    if not content:
        raise InputError(f"{path}: the file is empty; export it again.")
    return content


def write_file(path: str | os.PathLike, content: bytes) -> None:
    """Write a file so that readers see the old content or all of the new, never a part.

    Raises `InputError` when the folder is missing or may not be written, `HeadBridgeError` when the disk is full or
    fails.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: this is a folder; name a file to write.")
    # The process id keeps two writers of one path apart; the same folder keeps the rename atomic.
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(partial, "wb") as stream:
            stream.write(content)
        os.replace(partial, path)
    except OSError as problem:
        partial.unlink(missing_ok=True)
        raise write_error(path, problem) from problem


def write_error(path: str | os.PathLike, problem: OSError) -> HeadBridgeError:
    """The clear error for an `OSError` met while writing `path`."""
    folder = Path(path).parent
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return HeadBridgeError(f"{path}: the disk is full; free some space or choose another folder.")
    if problem.errno in (errno.ENOENT, errno.ENOTDIR):
        return InputError(f"{path}: the folder {folder} does not exist; create it or choose another.")
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return InputError(f"{path}: the folder {folder} may not be written; change its permissions or choose another.")
    return HeadBridgeError(f"{path}: cannot be written ({problem.strerror or problem}).")
