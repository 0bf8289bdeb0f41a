"""Reads damaged files one after the other and says before each which one, so that the parent knows what it died of.

Lines in, JSON: [reader, seed, first, count]. Lines out: "N" before the file number N, then, unless it was read or refused
as it should be, JSON: {"kind", "text"}; "end" after the last one. What readers print goes nowhere.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import sys
import tempfile
import unicodedata
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from .mutations import mutated

if TYPE_CHECKING:
    from .readers import Reader

FREE_MEMORY = 512 * 2**20
MEMORY_PER_BYTE = 50
ADDRESS_SPACE = 6 * 2**30


class Memory:
    """The largest share of memory this process held since `start`, where Linux tells it."""

    def start(self) -> None:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
        self.before = self._kilobytes("VmRSS")

    def taken(self) -> int:
        """Bytes."""
        return 1024 * (self._kilobytes("VmHWM") - self.before)

    def _kilobytes(self, name: str) -> int:
        with contextlib.suppress(OSError):
            for line in Path("/proc/self/status").read_text().splitlines():
                if line.startswith(name):
                    return int(line.split()[1])
        return 0


def fault_of(problem: BaseException, path: Path) -> str:
    """What is wrong with the error of a damaged file; empty when it is one line that names the file."""
    from headbridge.errors import InputError

    if not isinstance(problem, InputError):
        return f"unexpected {type(problem).__name__}: {problem}"[:300]
    text = str(problem)
    if path.stem not in text and path.name not in text and "options.npz" not in text:
        return f"names no file: {text}"[:300]
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text):
        return f"control characters: {text!r}"[:300]
    cause = problem
    while cause is not None:
        if isinstance(cause, MemoryError):
            return f"took all memory: {text}"[:300]
        cause = cause.__cause__ or cause.__context__
    return "" if len(text) < 1000 else f"{len(text)} letters long: {text}"[:300]


def fault(reader: Reader, name: str, content: bytes, memory: Memory, say=lambda: None) -> tuple[str, str] | None:
    """What is wrong with how a reader takes a damaged file called `name`: kind and text; None when nothing is. `say` is
    called before it is read."""
    with tempfile.TemporaryDirectory(dir=_FOLDER) as folder:
        path = Path(folder) / f"{name}{reader.suffix}"
        path.write_bytes(content)
        say()
        memory.start()
        found = ""
        try:
            reader.read(path)
        except Exception as problem:
            found = fault_of(problem, path)
            del problem
        taken = memory.taken()
    if taken > max(FREE_MEMORY, MEMORY_PER_BYTE * len(content)):
        return "memory", f"{taken / 2**20:.0f} MB for {len(content)} bytes; {found}"
    if not found:
        return None
    return "unexpected" if found.startswith(("unexpected", "took")) else "message", found


def run(name: str, seed: int, first: int, count: int, say) -> None:
    from .readers import READERS

    reader = READERS[name]
    samples = reader.samples()
    memory = Memory()
    for number in range(first, first + count):
        content = mutated(samples, random.Random(f"{name} {seed} {number}"))
        found = fault(reader, f"damaged{number}", content, memory, lambda: say(str(number)))
        if found is not None:
            say(json.dumps(dict(zip(("kind", "text"), found))))
        if number % 50 == 0:
            gc.collect()


_FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def main() -> None:
    out = os.fdopen(os.dup(1), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    warnings.simplefilter("ignore")
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def say(line: str) -> None:
        out.write(line + "\n")
        out.flush()

    for line in sys.stdin:
        run(*json.loads(line), say)
        say("end")


if __name__ == "__main__":
    main()
