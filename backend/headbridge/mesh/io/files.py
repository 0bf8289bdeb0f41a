"""Whole files in and out: clear errors when reading, all or nothing when writing."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...errors import HeadBridgeError, InputError
from ...interrupt import unfinished_file, uninterrupted

# Of the usual file systems, in bytes.
_LONGEST_NAME = 255


def read_file(path: str | os.PathLike) -> bytes:
    """The content of a file; `InputError` when it is missing, a folder, a pipe, unreadable or empty."""
    path = Path(path)
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise InputError(f"{path}: this is a folder; name a file inside it.")
        # A pipe may never say anything, and /dev/zero never stops.
        if not stat.S_ISREG(kind):
            raise InputError(f"{path}: this is a pipe or a device; save what it gives to a file first.")
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; check the path.") from None
    # A zero byte in a path is a ValueError.
    except (OSError, ValueError) as problem:
        cause = getattr(problem, "strerror", None) or problem
        raise InputError(f"{path}: cannot be read ({cause}); check the path and its permissions.") from problem
    if not content:
        raise InputError(f"{path}: the file is empty; export it again.")
    return content


def write_file(path: str | os.PathLike, content: bytes) -> None:
    """Write a file so that readers see the old content or all of the new, never a part.

    Raises `InputError` when the folder is missing or may not be written, `HeadBridgeError` when the disk is full or
    fails.
    """
    write_files([(path, content)])


def write_files(files: Iterable[tuple[str | os.PathLike, bytes]]) -> None:
    """Write several files, each as `write_file` does, and none of them unless there is room for all.

    `files` is taken one by one, so that the content of all need not be in memory at once.
    """
    partials: dict[Path, Path] = {}
    with contextlib.ExitStack() as unfinished:
        for path, content in ((Path(name), content) for name, content in files):
            partials[path] = _partial(path, len(partials))
            unfinished.enter_context(unfinished_file(partials[path]))
            with _clear_errors(path):
                if path.is_dir():
                    raise InputError(f"{path}: this is a folder; name a file to write.")
                with open(partials[path], "wb") as stream:
                    stream.write(content)
        with uninterrupted():
            for path, partial in partials.items():
                with _clear_errors(path):
                    os.replace(partial, path)


def _partial(path: Path, number: int) -> Path:
    """Where a file is written before it gets its name."""
    # The process id keeps two writers of one path apart; the same folder keeps the rename atomic.
    name = f".{path.name}.{os.getpid()}.part"
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = f".headbridge-{number}.{os.getpid()}.part"
    return path.with_name(name)


@contextlib.contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise write_error(path, problem) from problem
    except ValueError as problem:
        raise InputError(f"{path}: this cannot be a file's name ({problem}); choose another.") from problem


def check_output(path: str | os.PathLike, inputs: Iterable[str | os.PathLike] = ()) -> None:
    """Raise `InputError` when `path` is a folder, lies in no folder, or is one of the files `inputs`."""
    path = Path(path)
    with _clear_errors(path):
        if path.is_dir():
            raise InputError(f"{path}: this is a folder; name a file to write.")
        if not path.parent.is_dir():
            raise InputError(f"{path}: the folder {path.parent} does not exist; create it or choose another.")
        for other in map(Path, inputs):
            if path.exists() and other.exists() and path.samefile(other):
                raise InputError(f"{path}: this is an input file; choose another name for the output.")


def write_error(path: str | os.PathLike, problem: OSError) -> HeadBridgeError:
    """The clear error for an `OSError` met while writing `path`."""
    folder = Path(path).parent
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return HeadBridgeError(f"{path}: the disk is full; free some space or choose another folder.")
    if problem.errno in (errno.ENOENT, errno.ENOTDIR):
        return InputError(f"{path}: the folder {folder} does not exist; create it or choose another.")
    if problem.errno == errno.ENAMETOOLONG:
        return InputError(f"{path}: the name is too long for this disk; choose a shorter one.")
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return InputError(f"{path}: the folder {folder} may not be written; change its permissions or choose another.")
    return HeadBridgeError(f"{path}: cannot be written ({problem.strerror or problem}).")
