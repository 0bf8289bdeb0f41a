"""A listening worker whose jobs are the tests' own, as a process: prints its port, ends with stdin. Run as a script."""

import sys
import threading
from pathlib import Path

from headbridge.worker.remote.listen import Listener

TASKS = Path(__file__).resolve().parents[1] / "backend" / "worker" / "tasks_for_tests.py"

if __name__ == "__main__":
    listener = Listener(
        ("127.0.0.1", 0),
        sys.argv[1],
        lambda line: print(line, file=sys.stderr, flush=True),
        [sys.executable, str(TASKS)],
    )
    print(listener.address[1], flush=True)
    threading.Thread(target=listener.serve, daemon=True).start()
    sys.stdin.read()
    listener.close()
