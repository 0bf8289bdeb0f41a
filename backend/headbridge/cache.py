"""Results that cost seconds and depend on their input alone, kept in a folder between jobs.

An entry is one .npz file, named after its kind and the hash of everything it was computed from; those not used for
longest give way when the folder grows too large. The cache is a convenience: an entry that is damaged, or whole but not
what was put there, counts as missing, and a
folder that may not be written as no cache at all, each with a note, never with an error.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import re
import struct
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import __version__
from .errors import HeadBridgeError, InputError
from .mesh import Mesh
from .mesh.io.files import write_error, write_file
from .mesh.io.npz import read_arrays, write_arrays

SIZE_LIMIT = 500_000_000
"""Bytes all entries may take together."""

_VARIABLE = "HEADBRIDGE_CACHE"
# Files that do not look like this are somebody else's and stay, whatever folder the cache is pointed at. What a killed
# writer left behind counts as an entry after a while, so that it goes the same way.
_WRITING_SECONDS = 600.0
_ENTRY = re.compile(r"\.?[a-z][a-z0-9_]*-[0-9a-f]{64}\.npz(\.\d+\.part)?")
# The array with the hash of all others and of the entry's name.
_DIGEST = "digest"
_KIND = re.compile(r"[a-z][a-z0-9_]*")


def cache_folder() -> Path | None:
    """Where entries are kept: $HEADBRIDGE_CACHE (None when it is "off"), else the user's cache folder."""
    named = os.environ.get(_VARIABLE, "")
    if named.strip().lower() == "off":
        return None
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "HeadBridge" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "HeadBridge"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headbridge"


def content_key(*parts: Any) -> str:
    """The name of what is computed from `parts` by this version of HeadBridge: 64 hexadecimal digits.

    Parts are meshes (positions, faces and UVs count, names do not), arrays, dataclasses such as settings, numbers,
    strings, bytes, None, and sequences and mappings of them; anything else raises `TypeError`."""
    digest = hashlib.sha256()
    _add(digest, (__version__, *parts))
    return digest.hexdigest()


def _add(digest, part: Any) -> None:
    """Feed a part in a form from which it could be read back, so that different parts never feed the same bytes."""
    if isinstance(part, Mesh):
        part = {"mesh": [part.vertices, part.corners, part.face_sizes, part.uvs, part.face_materials]}
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        fields = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}
        part = {type(part).__name__: fields}
    if isinstance(part, np.ndarray | np.generic):
        array = np.ascontiguousarray(part)
        if array.dtype.hasobject:
            raise TypeError("An array of Python objects has no content key.")
        _feed(digest, b"array", f"{array.dtype.str} {np.shape(part)}".encode())
        _feed(digest, b"bytes", array.tobytes())
    elif isinstance(part, Mapping):
        _feed(digest, b"mapping", str(len(part)).encode())
        for name in sorted(part):
            _add(digest, name)
            _add(digest, part[name])
    elif isinstance(part, list | tuple):
        _feed(digest, b"sequence", str(len(part)).encode())
        for item in part:
            _add(digest, item)
    elif isinstance(part, float):
        _feed(digest, b"float", struct.pack("<d", part))
    elif part is None or isinstance(part, bool | int):
        _feed(digest, b"constant", repr(part).encode())
    elif isinstance(part, str):
        _feed(digest, b"text", part.encode("utf-8", "surrogatepass"))
    elif isinstance(part, bytes):
        _feed(digest, b"bytes", part)
    else:
        raise TypeError(f"{type(part).__name__} has no content key.")


def _feed(digest, kind: bytes, content: bytes) -> None:
    digest.update(kind + b" %d " % len(content))
    digest.update(content)


class Cache:
    """Arrays by kind and key. Two processes may use one folder at the same time.

    folder : where entries lie, None for no cache; made with the first entry.
    size_limit : bytes all entries may take together.
    notes : sentences for the user on what went wrong, none of which keeps a job from running.
    """

    def __init__(self, folder: Path | None, size_limit: int = SIZE_LIMIT):
        self.folder = folder
        self.size_limit = size_limit
        self.notes: list[str] = []

    @classmethod
    def of_user(cls) -> Cache:
        """The cache in `cache_folder()`."""
        return cls(cache_folder())

    def get(self, kind: str, key: str) -> dict[str, np.ndarray] | None:
        """The arrays put under `key`, or None when there are none (any more) or the entry is damaged."""
        path = self._path(kind, key)
        if path is None:
            return None
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as problem:
            self._note(f"{path}: the cache entry cannot be read ({problem.strerror or problem}); computed again.")
            return None
        try:
            arrays = read_arrays(content, str(path))
        except InputError:
            arrays = {}
        # An entry may be whole and still not what was put there: of another key, or changed.
        if arrays.pop(_DIGEST, np.array("")).tolist() != content_key(kind, key, arrays):
            self._note(f"{path}: the cache entry was damaged; computed again.")
            return None
        # What was used last goes last; another process may just have removed it.
        with contextlib.suppress(OSError):
            os.utime(path)
        return arrays

    def put(self, kind: str, key: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep arrays under `key`, unless they alone are too large, and let the entries go that were not used for
        longest when there are too many."""
        path = self._path(kind, key)
        if path is None:
            return
        content = write_arrays({**arrays, _DIGEST: np.array(content_key(kind, key, arrays))})
        if len(content) > self.size_limit:
            return
        try:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as problem:
                raise write_error(path, problem) from problem
            write_file(path, content)
        except HeadBridgeError as problem:
            self._note(f"Not kept for the next time: {problem} (the environment variable {_VARIABLE} names the folder)")
            return
        self._make_room(path)

    def why_not_writable(self) -> str | None:
        """What keeps entries from being written, None when nothing does. Leaves no file."""
        place = self.folder
        # The folder is made with the first entry, in the nearest one that is there.
        while place is not None and not place.exists() and place != place.parent:
            place = place.parent
        if place is not None and not place.is_dir():
            return f"{place} is no folder"
        if place is not None and not os.access(place, os.W_OK | os.X_OK):
            return f"{place} may not be written"
        return None

    def size(self) -> int:
        """Bytes all entries take together."""
        return sum(size for _, size, _ in self._entries())

    def _path(self, kind: str, key: str) -> Path | None:
        if not _KIND.fullmatch(kind) or not _ENTRY.fullmatch(f"{kind}-{key}.npz"):
            raise ValueError(f"'{kind}' and '{key}' do not name a cache entry.")
        return None if self.folder is None else self.folder / f"{kind}-{key}.npz"

    def _entries(self) -> list[tuple[int, int, Path]]:
        """When every entry was used last (nanoseconds), its size and its path, oldest first."""
        if self.folder is None:
            return []
        try:
            paths = [path for path in self.folder.iterdir() if _ENTRY.fullmatch(path.name)]
        except OSError:
            return []
        return sorted(state for state in map(_state, paths) if state is not None)

    def _make_room(self, newest: Path) -> None:
        entries = self._entries()
        total = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if total <= self.size_limit:
                return
            # A file that another process has open may be held (Windows); the next entry makes room then.
            if path != newest:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
                    total -= size

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _state(path: Path) -> tuple[int, int, Path] | None:
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    if path.suffix == ".part" and time.time() - state.st_mtime < _WRITING_SECONDS:
        return None
    return state.st_mtime_ns, state.st_size, path
