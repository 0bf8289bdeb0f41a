"""Errors that name their cause and the fix, and the exit code each one stands for."""

import unicodedata

# What quotes a file may quote megabytes of it.
_LONGEST, _START, _END = 1000, 600, 300
# Joiners that Persian, Indian scripts and emoji need.
_JOINERS = "\u200c\u200d"


def printable(text: str) -> str:
    """`text` with what a terminal would obey, hide or fail to encode written as escapes: control characters, line ends,
    marks that turn the direction of writing, broken code points. Names in files may hold any of them."""
    return "".join(
        letter.encode("unicode_escape").decode("ascii")
        if letter not in _JOINERS and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        else letter
        for letter in text
    )


class HeadBridgeError(Exception):
    """Something failed while a job ran (exit code 1). The message is one clear line, whatever the names in it hold;
    `details` may hold more."""

    exit_code = 1

    def __init__(self, message: str, details: str = ""):
        if len(message) > _LONGEST:
            message = f"{message[:_START]} ... {message[-_END:]}"
        super().__init__(printable(message))
        self.details = details


class FailedResult(HeadBridgeError):
    """A result is wrong by its own verdict, so that nothing was written (exit code 1). `reasons` : as the verdict has
    them, the worst first."""

    def __init__(self, message: str, reasons: list[dict[str, str]], details: str = ""):
        super().__init__(message, details)
        self.reasons = reasons


class InputError(HeadBridgeError):
    """The input or the arguments are at fault (exit code 2): a broken mesh, a missing file, a wrong topology."""

    exit_code = 2


class DeviceError(HeadBridgeError):
    """A compute device was asked for and is not there. Nothing falls back silently (exit code 2)."""

    exit_code = 2


class Cancelled(HeadBridgeError):
    """The user stopped the job (exit code 130)."""

    exit_code = 130

    def __init__(self, message: str = "Cancelled; nothing was changed."):
        super().__init__(message)
