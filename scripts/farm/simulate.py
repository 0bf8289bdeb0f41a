#!/usr/bin/env python3
"""A batch on many workers as a simulation of events: which part is waited for first, as workers become more.

    python scripts/farm/simulate.py                       the table of docs/scaling.md
    python scripts/farm/simulate.py --workers 500 --software local --pool slurm

A worker starts (reads libraries, computes for some seconds), then does heads: it asks the scheduler, reads its inputs,
computes, writes its results. Files are asked of one server, bytes go through one link, and one process hands the heads
out; each of the three serves one request after the other, and whoever comes later waits.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
from dataclasses import dataclass

WORKERS = (1, 10, 100, 300, 1000)
# Measured on one machine; see docs/scaling.md.
_START_CPU, _START_REQUESTS, _START_BYTES = 6.0, 30_000, 600e6
_HEAD_REQUESTS, _HEAD_BYTES = 55, 8e6
# Seconds of the process that hands heads out, for each head.
_HAND_OUT = {"pool": 0.0004, "ray": 0.0021, "slurm": 0.0}
# How a scheduler starts workers: seconds between two.
_BETWEEN_STARTS = {"pool": 0.0, "ray": 0.02, "slurm": 0.05}
# Of compute times: a lognormal distribution about its median.
_SPREAD = 0.35


@dataclass(frozen=True)
class Storage:
    """What shared storage serves in a second: requests for names (open, stat, rename), and bytes."""

    requests: float
    bytes: float


STORAGES = {"one file server": Storage(10_000, 1.1e9), "parallel file system": Storage(100_000, 20e9)}


class Server:
    """Serves one request after the other; knows how long it was busy."""

    def __init__(self):
        self._free = self.busy = 0.0

    def serve(self, now: float, seconds: float) -> float:
        """When a request that comes now has been served."""
        self._free = max(now, self._free) + seconds
        self.busy += seconds
        return self._free


@dataclass(frozen=True)
class Outcome:
    """seconds : until the last head is done; up : until the last worker takes its first head; busy : share of the time
    that each server worked; share : of ideal throughput, all workers computing all the time."""

    seconds: float
    up: float
    busy: dict[str, float]
    share: float


def simulate(
    workers: int,
    heads: int,
    compute: float,
    storage: Storage,
    pool: str = "ray",
    software_shared: bool = True,
    seed: int = 0,
) -> Outcome:
    """A batch of `heads` that each take about `compute` seconds.

    software_shared : Python and its packages lie on the shared storage, too, and not on each node."""
    rng = random.Random(seed)
    servers = {"names": Server(), "bytes": Server(), "scheduler": Server()}
    start: list[tuple[str, float]] = [("own", _START_CPU)]
    if software_shared:
        start[:0] = [("names", _START_REQUESTS / storage.requests), ("bytes", _START_BYTES / storage.bytes)]
    left, computed, up, end = heads, 0.0, 0.0, 0.0
    # When, of which worker, and what it goes through from then on: each step is asked for when the one before is over,
    # so that servers see requests in the order in which they come.
    events = [(number * _BETWEEN_STARTS[pool], number, start, True) for number in range(workers)]
    heapq.heapify(events)
    while events:
        now, worker, steps, starting = heapq.heappop(events)
        if steps:
            (place, seconds), *steps = steps
            done = now + seconds if place == "own" else servers[place].serve(now, seconds)
            heapq.heappush(events, (done, worker, steps, starting))
            continue
        if starting:
            up = now
        else:
            end = now
        if left:
            left -= 1
            seconds = compute * math.exp(_SPREAD * rng.gauss(0.0, 1.0))
            computed += seconds
            steps = [
                ("scheduler", _HAND_OUT[pool]),
                ("names", _HEAD_REQUESTS / storage.requests),
                ("bytes", _HEAD_BYTES / storage.bytes),
                ("own", seconds),
            ]
            heapq.heappush(events, (now, worker, steps, False))
    busy = {name: server.busy / end for name, server in servers.items()}
    return Outcome(end, up, busy, computed / (workers * end))


def _table(arguments: argparse.Namespace) -> None:
    print("| storage | workers | libraries | all up, s | heads an hour | of ideal | names | bytes | scheduler |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, storage in STORAGES.items():
        for workers in arguments.workers or WORKERS:
            for software in arguments.software or ("shared", "local"):
                heads = arguments.heads or 100 * workers
                outcome = simulate(workers, heads, arguments.compute, storage, arguments.pool, software == "shared")
                busy = " | ".join(f"{outcome.busy[server]:.1%}" for server in ("names", "bytes", "scheduler"))
                hourly = 3600.0 * heads / outcome.seconds
                print(
                    f"| {name} | {workers} | {software} | {outcome.up:.0f} | {hourly:,.0f} | {outcome.share:.0%} | {busy} |"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, action="append")
    parser.add_argument("--heads", type=int, help="100 for each worker when left out")
    parser.add_argument("--compute", type=float, default=10.0, help="median seconds of a head")
    parser.add_argument("--software", choices=("shared", "local"), action="append", help="where the libraries lie")
    parser.add_argument("--pool", choices=sorted(_HAND_OUT), default="ray")
    _table(parser.parse_args())


if __name__ == "__main__":
    main()
