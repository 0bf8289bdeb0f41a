"""A batch whose jobs do on purpose what real ones only do by accident. Run as a script:

stand_in.py worker FOLDER                        a worker, as a pool starts it
stand_in.py batch FOLDER HEADS WORKERS           a batch over the files of a folder
"""

import json
import os
import sys
import time
from pathlib import Path

from headbridge.batch.head import Head
from headbridge.batch.pool import Limits, WorkerPool
from headbridge.batch.record import BatchFolder
from headbridge.batch.serve import serve
from headbridge.errors import FailedResult, InputError


def run(job, arguments):
    """Does what the head's file says, and answers with its words in capitals, times the setting."""
    head, times, _, output = arguments
    said = Path(head).read_text()
    word = said.split()[0]
    if word == "slow":
        time.sleep(0.03)
    elif word == "wait":
        time.sleep(1000.0)
    elif word == "crash":
        os.abort()
    elif word == "exit":
        os._exit(7)
    elif word == "eat":
        eaten = []
        while True:
            eaten.append(b"x" * 20_000_000)
            time.sleep(0.01)
    elif word == "input":
        raise InputError(f"{head}: there is no face.")
    elif word == "bug":
        raise ZeroDivisionError("one\ntwo")
    elif word == "wrong":
        raise FailedResult("Failed: nothing fits.", [{"level": "failed", "text": "Nothing fits."}])
    elif word == "log":
        print("a library prints", flush=True)
    Path(output).write_text(said.upper() * int(times))
    threads = os.environ["OMP_NUM_THREADS"]
    report = {"verdict": "check" if word == "check" else "good", "reasons": [], "metrics": {"threads": threads}}
    report["metrics"]["flipped_triangles"] = len(said)
    (Path(output).parent / "fit.json").write_text(json.dumps(report))
    return (3 if word == "check" else 0), "Check: look at it.\nmore"


def heads_of(folder, times=1):
    files = sorted(Path(folder).iterdir())
    return [
        Head(row, path.stem, "shout", [str(path), str(times)], {"head": str(path), "times": times}, [str(path)], ".txt")
        for row, path in enumerate(files, start=1)
    ]


def pool_of(folder, workers=1, limits=Limits(), threads=1):
    command = [sys.executable, __file__, "worker", str(folder)]
    return WorkerPool(command, BatchFolder(folder), workers, threads, limits)


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        serve(sys.argv[2], run)
    else:
        heads = heads_of(sys.argv[3])
        pool_of(sys.argv[2], int(sys.argv[4])).run(heads, False, lambda _: None, lambda: None, lambda: False)
