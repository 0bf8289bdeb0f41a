"""Working on a picture in rows: bands that bound the time between reports, blocks that occupy the cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import warp as wp

from .blocks import run_in_blocks

_BAND_TEXELS = 2**19


def bands(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Cuts a picture into bands of whole rows, each worth a fraction of a second: (first, last) row, last excluded."""
    rows = max(1, _BAND_TEXELS // width)
    for first in range(0, height, rows):
        yield first, min(first + rows, height)


def run_on_rows(kernel, device, rows: tuple[int, int], width: int, launch: Callable[[int, int], None]) -> None:
    """Call ``launch(first, last)`` for blocks of whole rows that cover the given ones, on all cores.

    No two blocks share a row: Warp's CPU atomics are not atomic between host threads."""
    start, stop = rows

    def launch_block(_block: int, first_texel: int, last_texel: int):
        first, last = start - (-first_texel // width), start - (-last_texel // width)
        if first < last:
            launch(first, last)

    run_in_blocks(kernel, device, (stop - start) * width, launch_block)


def launch_on_rows(
    kernel, device, rows: tuple[int, int], width: int, arguments: list, columns: int | None = None
) -> None:
    """Launch a kernel with a thread per texel of the given rows, on all cores.

    The kernel's first parameter is the row its threads start from; `arguments` are the others. `columns` are the
    threads of a row where they are not its `width` texels."""

    def launch(first: int, last: int):
        shape = (last - first, width if columns is None else columns)
        wp.launch(kernel, dim=shape, inputs=[first, *arguments], device=device)

    run_on_rows(kernel, device, rows, width, launch)
