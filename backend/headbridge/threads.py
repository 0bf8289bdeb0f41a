"""How many threads computations use."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

OPTION = "--threads"
# Read once by OpenMP (PyTorch), OpenBLAS (NumPy, SciPy), MKL and OpenCV when they are loaded.
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")

# Of both versions: microseconds of computing in a period, the period beside it or in a file of its own.
_GROUPS = "/sys/fs/cgroup"
_QUOTAS = ((f"{_GROUPS}/cpu.max", ""), (f"{_GROUPS}/cpu/cpu.cfs_quota_us", f"{_GROUPS}/cpu/cpu.cfs_period_us"))


def use_threads(count: int) -> None:
    """Let every library that this process, or one that it starts, loads from now on use `count` threads."""
    os.environ.update(dict.fromkeys(VARIABLES, str(count)))


def asked_threads(arguments: Sequence[str]) -> int | None:
    """The number that a command line gives `--threads`; None when it gives none, or nonsense, which the command refuses
    when it is parsed."""
    for number, argument in enumerate(arguments):
        name, given, value = argument.partition("=")
        if name == OPTION:
            value = value if given else "".join(arguments[number + 1 : number + 2])
            return int(value) if value.isdecimal() and int(value) > 0 else None
    return None


@contextmanager
def one_thread() -> Iterator[None]:
    """One PyTorch thread for the calling thread's work: steps this short gain a third at best from a second, and where
    another process wants the core, threads that wait for each other make them ten times as long. The same input then
    also gives the same result on machines with more or fewer cores: PyTorch computes a convolution in another way where
    there is one thread."""
    # It takes a second to load, and whoever is decorated has it.
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def thread_count() -> int:
    """What `use_threads`, or whoever started this process, has chosen; else one for every core it may use."""
    said = os.environ.get(VARIABLES[0], "")
    return int(said) if said.isdecimal() and int(said) > 0 else usable_cores()


def usable_cores() -> int:
    """How many cores this process may use: those it is bound to, and of these what its container may."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(cores, _container_share())))


def _container_share() -> float:
    """Cores' worth of time that Linux's control groups allow; infinite where they set no limit."""
    for quota, period in _QUOTAS:
        with contextlib.suppress(OSError, ValueError):
            words = Path(quota).read_text(encoding="ascii").split()
            of = words[1] if len(words) > 1 else Path(period).read_text(encoding="ascii")
            if words[0] not in ("max", "-1"):
                return float(words[0]) / float(of)
    return math.inf
