"""What may happen to a job, and what has to hold afterwards."""

from __future__ import annotations

import builtins
import errno
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable

import numpy as np

from headbridge.cache import Cache, content_key

from .place import Done, Place, forked, hashes


def run_fault(kind: str, place: Place, seed: str) -> tuple[bool, str]:
    """Whether the fault struck before the job was done, and what is wrong afterwards; empty when nothing is."""
    try:
        return KINDS[kind](place, random.Random(f"{kind} {seed}"))
    except TimeoutError as problem:
        return True, str(problem)


def _job(place: Place, chance: random.Random) -> str:
    job = chance.choice([*place.words])
    place.fresh(job)
    return job


def _whole(place: Place, job: str) -> str:
    """What is wrong with the files: each is that of the earlier run or of this one, none is gone, and inputs are as they
    were."""
    old, new, found = place.results[job, "25"], place.results[job, "30"], hashes(place.out)
    if hashes(place.inputs) != place.kept:
        return f"{job}: an input was changed"
    for name, content in found.items():
        if content not in (old.get(name), new.get(name)):
            return f"{job}: {name} is neither the file of before nor that of now"
    gone = sorted(old.keys() - found.keys())
    return f"{job}: {gone[0]} is gone" if gone else ""


def _again(place: Place, job: str) -> str:
    """What is wrong with the same job afterwards."""
    done = place.run(job)
    if done.status != 0:
        return f"{job}: the next run ended with {done.status}: {done.err[-300:]}"
    return "" if hashes(place.out) == place.results[job, "30"] else f"{job}: the next run gave other bytes"


def _message(done: Done, *said: str) -> str:
    """What is wrong with how a job told its failure: one line, no traceback, with one of the words."""
    lines = done.err.strip().splitlines()
    if len(lines) != 1 or not lines[0].lstrip("\r\x1b[K").startswith("headbridge: error: ") or "Traceback" in done.err:
        return f"told {done.err[-400:]!r}"
    return "" if not said or any(word in lines[0] for word in said) else f"told {lines[0]!r}"


def _first(*problems: str) -> str:
    return next(filter(None, problems), "")


def _signal(number: int, statuses: tuple[int, ...]) -> Callable[[Place, random.Random], tuple[bool, str]]:
    """A signal at a random moment."""

    def fault(place: Place, chance: random.Random) -> tuple[bool, str]:
        job = _job(place, chance)
        moment = chance.random() * 1.3 * place.seconds[job]

        def strike(child: int) -> None:
            time.sleep(moment)
            os.kill(child, number)

        done = place.run(job, strike=strike)
        struck = done.status != 0
        ended = "" if done.status in (0, *statuses) else f"{job}: ended with {done.status}: {done.err[-300:]}"
        told = _message(done, "Cancelled") if struck and done.status > 0 else ""
        return struck, _first(ended, told, _whole(place, job), _again(place, job))

    return fault


def _no_room(place: Place, chance: random.Random) -> tuple[bool, str]:
    """The disk is full after some bytes, as the system would tell it."""
    job = _job(place, chance)
    room = [int(1.1 * chance.random() * sum(path.stat().st_size for path in place.out.rglob("*") if path.is_file()))]
    real = builtins.open

    class Full:
        def __init__(self, stream):
            self._stream = stream

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._stream.close()

        def write(self, content):
            fits = max(0, min(room[0], len(content)))
            room[0] -= len(content)
            self._stream.write(content[:fits])
            if fits < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return fits

    def prepare() -> None:
        builtins.open = (
            lambda path, mode="r", *a, **k: Full(real(path, mode, *a, **k))
            if mode == "wb"
            else real(path, mode, *a, **k)
        )

    return _starved(place, job, place.run(job, prepare), "the disk is full")


def _limited(name: str, *said: str) -> Callable[[Place, random.Random], tuple[bool, str]]:
    """A limit of the system on the process: of the size of its files, or how many it may have open."""

    def fault(place: Place, chance: random.Random) -> tuple[bool, str]:
        import resource

        job = _job(place, chance)
        largest = max(path.stat().st_size for path in place.out.rglob("*") if path.is_file())
        limit = int(1.2 * chance.random() * largest) if name == "RLIMIT_FSIZE" else chance.randrange(4, 16)

        def prepare() -> None:
            # The signal of it would end the process where the write should fail.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(getattr(resource, name), (limit, limit))

        return _starved(place, job, place.run(job, prepare), *said)

    return fault


def _starved(place: Place, job: str, done: Done, *said: str) -> tuple[bool, str]:
    struck = done.status != 0
    ended = "" if done.status in (0, 1, 2) else f"{job}: ended with {done.status}: {done.err[-300:]}"
    told = _message(done, *said) if struck else ""
    left = [path.name for path in place.out.rglob(".*.part")]
    return struck, _first(
        ended,
        told and f"{job}: {told}",
        f"{job}: {left[0]} was left" if left else "",
        _whole(place, job),
        _again(place, job),
    )


def _folder_goes(place: Place, chance: random.Random) -> tuple[bool, str]:
    """Somebody removes the folder of the results meanwhile."""
    job = _job(place, chance)
    moment = chance.random() * 1.2 * place.seconds[job]

    def strike(_child: int) -> None:
        time.sleep(moment)
        shutil.rmtree(place.out, ignore_errors=True)

    done = place.run(job, strike=strike)
    told = _message(done) if done.status else ""
    kept = "" if hashes(place.inputs) == place.kept else f"{job}: an input was changed"
    return done.status != 0, _first(told and f"{job}: {told}", kept, _again(place, job))


def _input_cut(place: Place, chance: random.Random) -> tuple[bool, str]:
    """An input is cut off, or has a byte wrong, while the job reads it."""
    job = chance.choice(["import", "export"])
    place.fresh(job)
    path = place.inputs / ("take.csv" if job == "import" else "sequence.npz")
    content = path.read_bytes()
    damaged = bytearray(content)
    at = chance.randrange(len(content))
    if chance.random() < 0.5:
        del damaged[at:]
    else:
        damaged[at] ^= 1 << chance.randrange(8)
    moment = chance.random() * 0.3 * place.seconds[job]

    def strike(_child: int) -> None:
        time.sleep(moment)
        path.write_bytes(bytes(damaged))

    done = place.run(job, strike=strike)
    path.write_bytes(content)
    ended = "" if done.status in (0, 2) else f"{job}: ended with {done.status}: {done.err[-300:]}"
    told = _message(done, str(path)) if done.status else ""
    return done.status != 0, _first(ended, told and f"{job}: {told}", _again(place, job))


def _cache_entry(place: Place, chance: random.Random) -> tuple[bool, str]:
    """A kept result is damaged: it counts as missing or is what it was, and is replaced."""
    cache = Cache(place.folder / "cache")
    values = np.random.default_rng(chance.randrange(2**32))
    arrays = {"a": values.random((30, 7)), "n": values.integers(0, 9, 40), "t": np.array(["x", "y"])}
    key = content_key(chance.random())
    cache.put("faults", key, arrays)
    path = next(path for path in cache.folder.iterdir() if key in path.name)
    content = bytearray(path.read_bytes())
    how = chance.randrange(6)
    at = chance.randrange(len(content))
    if how == 0:
        content[at] ^= 1 << chance.randrange(8)
    elif how == 1:
        del content[at:]
    elif how == 2:
        content[at : at + chance.choice((1, 40, 400))] = chance.randbytes(chance.choice((1, 40, 400)))
    elif how == 3:
        content = bytearray(chance.randbytes(len(content)))
    elif how == 4:
        content += chance.randbytes(100)
    path.write_bytes(bytes(content))
    if how == 5:
        # Whole, but another entry's.
        other = content_key(chance.random())
        cache.put("faults", other, {**arrays, "a": arrays["a"] + 1.0})
        os.replace(next(path for path in cache.folder.iterdir() if other in path.name), path)
    found = Cache(cache.folder).get("faults", key)
    same = lambda read: read is not None and set(read) == set(arrays) and all(  # noqa: E731
        read[name].dtype == array.dtype and np.array_equal(read[name], array) for name, array in arrays.items()
    )  # fmt: skip
    problem = "" if found is None or same(found) else "a damaged entry was believed"
    cache.put("faults", key, arrays)
    again = "" if same(Cache(cache.folder).get("faults", key)) else "an entry cannot be replaced"
    shutil.rmtree(cache.folder)
    return found is None, _first(problem, again)


def _worker(place: Place, chance: random.Random) -> tuple[bool, str]:
    """A worker in the middle of a job is killed, loses its client, or hears nonsense; the next one does the job."""
    job = place.folder / "job"
    shutil.rmtree(job, ignore_errors=True)
    job.mkdir()
    (job / "kept.txt").write_text("the client's own")
    how = chance.choice(["kill", "terminate", "hang up", "nonsense", "cancel"])
    settings = {"model": "hack", "kind": "neutral", "count": 2, "seed": 30}
    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "sample",
        "params": {"job": "a", "folder": str(job), "settings": settings},
    }
    moment = chance.random() * 1.3 * place.seconds["sample"]
    answer, status = _asked(place, request, how, moment, chance)
    struck = not (answer and "result" in answer)
    problem = ""
    if how in ("nonsense", "cancel") and answer is None:
        problem = f"{how}: no answer, status {status}"
    if answer and "error" in answer:
        told = answer["error"]["message"]
        if how != "cancel" or "\n" in told or answer["error"]["code"] != -32003:
            problem = f"{how}: {told!r}"
    if (job / "kept.txt").read_text() != "the client's own":
        problem = "the client's file was changed"
    again, _ = _asked(place, request, "", 0.0, chance)
    if again is None or "result" not in again:
        problem = problem or f"the next worker gave {again}"
    found = {name: content for name, content in hashes(job).items() if name not in ("kept.txt", "sample.json")}
    wanted = {name: content for name, content in place.results["sample", "30"].items() if name != "sample.json"}
    return struck, problem or ("" if found == wanted else "the next worker's job gave other bytes")


def _asked(place: Place, request: dict, how: str, moment: float, chance: random.Random) -> tuple[dict | None, int]:
    """A worker's answer to a request, None when it gave none, and how it ended."""
    up, down = os.pipe(), os.pipe()

    def serve() -> int:
        from headbridge.worker.channel import Channel
        from headbridge.worker.server import Server

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for end in (up[1], down[0]):
            os.close(end)
        Server(Channel(os.fdopen(down[1], "wb", buffering=0)), os.fdopen(up[0], "rb")).run()
        return 0

    said: list[dict] = []

    def strike(child: int) -> None:
        os.close(up[0])
        os.close(down[1])
        with os.fdopen(up[1], "wb", buffering=0) as into, os.fdopen(down[0], "rb") as out:
            into.write(json.dumps(request).encode() + b"\n")
            time.sleep(moment)
            if how == "kill":
                os.kill(child, signal.SIGKILL)
            elif how == "terminate":
                os.kill(child, signal.SIGTERM)
            elif how == "nonsense":
                into.write(chance.randbytes(200).replace(b"\n", b" ") + b"\n")
            elif how == "cancel":
                into.write(b'{"jsonrpc": "2.0", "method": "cancel", "params": {"job": "a"}}\n')
            if how != "hang up":
                for line in out:
                    message = json.loads(line)
                    if message.get("id") == 1:
                        said.append(message)
                        break

    status = forked(serve, place.folder, strike=strike).status
    return (said[0] if said else None), status


KINDS: dict[str, Callable[[Place, random.Random], tuple[bool, str]]] = {
    "killed": _signal(signal.SIGKILL, (-signal.SIGKILL,)),
    "terminated": _signal(signal.SIGTERM, (-signal.SIGTERM,)),
    "interrupted": _signal(signal.SIGINT, (130,)),
    "disk full": _no_room,
    "files too large": _limited("RLIMIT_FSIZE", "cannot be written", "disk is full"),
    "too many files": _limited("RLIMIT_NOFILE"),
    "folder removed": _folder_goes,
    "input damaged": _input_cut,
    "cache entry damaged": _cache_entry,
    "worker": _worker,
}
