"""A worker whose tasks do on purpose what real ones only do by accident. Run as a script."""

import os
import sys
import time
from pathlib import Path

import numpy as np

from headbridge.errors import InputError
from headbridge.fitting.job import FitLandmarksSettings
from headbridge.jobs.protocol import Task
from headbridge.jobs.tasks import TASKS
from headbridge.registration.job import RegisterSettings
from headbridge.verdict import Reason, Verdict
from headbridge.worker.__main__ import main


def count(folder, settings, progress):
    """Reports a hundred times as fast as it can, each time with vertices."""
    for k in range(100):
        progress.report(k / 100, f"step {k}", np.full((4, 3), float(k)))
    progress.report(1.0, "done")
    folder.write_arrays("result.npz", registered=np.arange(12.0).reshape(4, 3))
    return {"steps": np.int64(100), "worst": float("nan"), "seed": settings.seed}


def endless(folder, settings, progress):
    """Never ends by itself."""
    while True:
        progress.report(0.5, "still here", np.zeros((1, 3)))
        time.sleep(0.02)


def deaf(folder, settings, progress):
    """Is busy inside a library for a while, reports nothing, and then finishes."""
    progress.report(0.5, "busy")
    time.sleep(2.5)
    return "finished after all"


def chatty(folder, settings, progress):
    """Prints like a library: from Python, from a child process, and from C."""
    print("from print")
    sys.stdout.flush()
    os.write(1, b"from the file descriptor\n")
    os.system("echo from a child")
    sys.stderr.write("from stderr\n")
    return "said it"


def dies(folder, settings, progress):
    """Ends the process as an out-of-memory killer does."""
    progress.report(0.1, "about to die")
    time.sleep(0.1)
    os.kill(os.getpid(), 9)


def refuses(folder, settings, progress):
    raise InputError("The nose is missing; add a nose.", "looked everywhere")


def fails(folder, settings, progress):
    Verdict.of(
        [Reason("check", "A nose is off."), Reason("failed", "There is no nose.", "nose", "Add one.")]
    ).raise_if_failed()


def breaks(folder, settings, progress):
    raise ZeroDivisionError("two\nlines")


def runs_out_of_memory(folder, settings, progress):
    raise MemoryError


def fills_disk(folder, settings, progress):
    """Writes into a disk that is full: every write of a file fails as the system would let it fail."""
    import builtins
    import errno

    real_open = builtins.open

    class FullFile:
        def __init__(self, path):
            self.stream = real_open(path, "wb")

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.stream.close()

        def write(self, content):
            self.stream.write(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    builtins.open = lambda path, mode="r", *a, **k: FullFile(path) if mode == "wb" else real_open(path, mode, *a, **k)
    try:
        progress.report(0.5, "writing", np.zeros((1000, 3)))
    finally:
        builtins.open = real_open


def escapes(folder, settings, progress):
    folder.write_arrays("../outside.npz", vertices=np.zeros((1, 3)))


def reads(folder, settings, progress):
    """The content of the file that a setting names, whether it lies in the job's folder, and the settings."""
    path = Path(settings.model_file)
    facts = {"settings": {"model_file": settings.model_file}}
    return {"content": path.read_text(), "inside": folder.path in path.parents, **facts}


if __name__ == "__main__":
    for run in (count, endless, deaf, chatty, dies, refuses, fails, breaks, runs_out_of_memory, fills_disk, escapes):
        TASKS[run.__name__] = Task(RegisterSettings, run)
    TASKS["reads"] = Task(FitLandmarksSettings, reads)
    main()
