"""Spreading a Warp kernel's CPU launch over the cores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import warp as wp

from ..threads import thread_count

_SMALLEST_BLOCK = 256


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=thread_count(), thread_name_prefix="headbridge-spatial")


def block_count(device, count: int) -> int:
    """Into how many blocks `run_in_blocks` cuts `count` threads."""
    if device.is_cuda:
        return 1
    # Twice the threads: the blocks' work differs, and a thread that is done early takes another one.
    return max(1, min(2 * thread_count(), count // _SMALLEST_BLOCK))


def run_in_blocks(kernel, device, count: int, launch: Callable[[int, int, int], None]) -> None:
    """Call ``launch(block, first, last)`` for blocks that cover 0..count.

    Warp's CPU launches run serially on the calling thread but release the interpreter lock, so the blocks run beside
    each other. The kernel's module is loaded before the threads start.
    """
    blocks = block_count(device, count)
    if blocks == 1:
        launch(0, 0, count)
        return
    wp.load_module(kernel.module, device=device)
    cuts = [count * k // blocks for k in range(blocks + 1)]
    list(_pool().map(launch, range(blocks), cuts[:-1], cuts[1:]))
