"""How many threads PyTorch works with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """One PyTorch thread for the calling thread's work: steps this short gain a third at best from a second, and where
    another process wants the core, threads that wait for each other make them ten times as long. The same seed then
    also gives the same network on machines with more or fewer cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
