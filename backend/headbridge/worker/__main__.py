"""``python -m headbridge.worker``: serve one client on stdin and stdout."""

from __future__ import annotations

import os
import signal
import sys

from .channel import Channel


def main() -> None:
    """Serve until the client says `shutdown` or closes the pipe."""
    channel = Channel.take_stdout()
    # Ctrl-C in the terminal that started Blender reaches this process too; the client decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from .server import Server

    Server(channel, sys.stdin.buffer).run()
    sys.stderr.flush()
    # The reader thread may be waiting inside stdin, which an ordinary interpreter exit does not survive cleanly.
    os._exit(0)


if __name__ == "__main__":
    main()
