"""Files that are not what they should be: whatever goes wrong while one is read is told as bad input."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .errors import HeadBridgeError, InputError

_LONGEST_CAUSE = 200


@contextlib.contextmanager
def reading(source: object, advice: str = "export it again") -> Iterator[None]:
    """Around the code that reads the content of the file `source`: errors in it become an `InputError` of one line that
    names the file, the cause and `advice`; errors that are one already, and mistakes in the program, stay as they are.

    Parsers and decompressors raise some twenty kinds of exceptions on damaged bytes, so that a list of them is never
    whole; the traceback follows the message under -v."""
    try:
        yield
    except (HeadBridgeError, NameError, ImportError):
        raise
    except MemoryError as problem:
        raise InputError(f"{source}: its content does not fit in memory; it is damaged or too large.") from problem
    except Exception as problem:
        cause = " ".join(str(problem).split())[:_LONGEST_CAUSE] or type(problem).__name__
        raise InputError(f"{source}: the file is damaged ({cause}); {advice}.") from problem


@contextlib.contextmanager
def naming(source: object) -> Iterator[None]:
    """Around checks of what came from the file or folder `source` that know it by another name: an `InputError` of theirs
    begins with it, unless it has it already."""
    try:
        yield
    except InputError as problem:
        text = str(problem)
        if str(source) in text:
            raise
        raise InputError(f"{source}: {text}", problem.details) from problem
