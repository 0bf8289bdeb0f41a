"""``python -m headbridge`` and the program `headbridge`: the command line."""

from __future__ import annotations

import os
import sys

from .interrupt import exit_on_interrupt
from .threads import asked_threads, use_threads


def console() -> None:
    """Run the command line as a program: Ctrl-C ends it, also while it is still loading."""
    exit_on_interrupt()
    # Before any library that has threads: waiting by spinning doubles the CPU time of a job on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    threads = asked_threads(sys.argv[1:])
    if threads is not None:
        use_threads(threads)
    # A program may be started without them.
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))
    # Names of files may hold what a terminal's encoding does not.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    from .cli.main import main

    sys.exit(main())


if __name__ == "__main__":
    console()
