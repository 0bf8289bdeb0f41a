"""Colours for texels that have none: those of the nearest texel that has one, exact in the Euclidean distance."""

from __future__ import annotations

import warp as wp

from ..progress import Progress
from ..spatial.rows import bands, launch_on_rows

# States of a texel; a fill turns wanting or empty texels into filled ones.
EMPTY, COLOURED, WANTING, FILLED = 0, 1, 2, 3
_COLOURED = wp.constant(wp.uint8(COLOURED))
_FILLED = wp.constant(wp.uint8(FILLED))
_FAR = wp.constant(2**15)


@wp.kernel(enable_backward=False)
def _row_kernel(first: int, states: wp.array2d(dtype=wp.uint8), radius: int, offsets: wp.array2d(dtype=wp.int16)):
    """Where in its own row every texel has its nearest coloured one."""
    row, _ = wp.tid()
    row += first
    width = states.shape[1]
    offset = int(-_FAR)
    for column in range(width):
        if states[row, column] == _COLOURED:
            offset = 0
        elif offset > -_FAR:
            offset -= 1
        if offset < -radius:
            offset = -_FAR
        offsets[row, column] = wp.int16(offset)
    offset = int(_FAR)
    for step in range(width):
        column = width - 1 - step
        if states[row, column] == _COLOURED:
            offset = 0
        elif offset < _FAR:
            offset += 1
        if offset <= radius and offset < -int(offsets[row, column]):
            offsets[row, column] = wp.int16(offset)


@wp.kernel(enable_backward=False)
def _fill_kernel(
    first: int,
    offsets: wp.array2d(dtype=wp.int16),
    wanting: wp.uint8,
    radius: int,
    states: wp.array2d(dtype=wp.uint8),
    colours: wp.array3d(dtype=float),
):
    row, column = wp.tid()
    row += first
    if states[row, column] != wanting:
        return
    nearest = radius * radius + 1
    from_row = int(-1)
    from_column = int(-1)
    for distance in range(radius + 1):
        if distance * distance >= nearest:
            break
        for side in range(2):
            other = row + distance * (2 * side - 1)
            if other >= 0 and other < states.shape[0]:
                offset = int(offsets[other, column])
                squared = distance * distance + offset * offset
                if squared < nearest:
                    nearest = squared
                    from_row = other
                    from_column = column + offset
    if from_row < 0:
        return
    for channel in range(colours.shape[2]):
        colours[row, column, channel] = colours[from_row, from_column, channel]
    states[row, column] = _FILLED


def fill_nearest(
    colours: wp.array, states: wp.array, wanting: int, radius: int, progress: Progress, message: str, fraction: float
) -> None:
    """Give texels of the state `wanting` the colour of the nearest `COLOURED` one within `radius` texels, in place.

    colours : (H, W, C) float; states : (H, W) uint8; what was filled becomes `FILLED` and is no source of colour in
        this pass.
    progress, message, fraction : told while it runs.
    """
    height, width = states.shape
    # Squares of int16 distances stay in range, and nothing is farther than the picture is large.
    radius = min(radius, max(height, width), 2**14)
    offsets = wp.empty(states.shape, dtype=wp.int16, device=states.device)
    for rows in bands(height, width):
        progress.report(fraction, message)
        launch_on_rows(_row_kernel, states.device, rows, width, [states, radius, offsets], columns=1)
    arguments = [offsets, wp.uint8(wanting), radius, states, colours]
    for rows in bands(height, width):
        progress.report(fraction, message)
        launch_on_rows(_fill_kernel, states.device, rows, width, arguments)
