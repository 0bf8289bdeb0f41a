"""What the frames of videos and of folders have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, eq=False)
class Frame:
    """number : in the footage, from 0, or of a folder's pictures what their files are called by. seconds : when it is
    shown, from the start of the footage. pixels : (H, W, 3) uint8 sRGB, upright."""

    number: int
    seconds: float
    pixels: np.ndarray


def every_one(_number: int) -> bool:
    """True: all frames are wanted."""
    return True


class Footage(Protocol):
    """Pictures that follow each other.

    name : for messages. width, height : pixels of the upright pictures. fps : frames a second in the mean, None where
    unknown. count : how many frames there are, 0 where nothing tells before they are read. identity : text that other
    footage does not have. notes : what the reader has to say, one sentence each; more may come with the frames.
    """

    name: str
    width: int
    height: int
    fps: float | None
    count: int
    identity: str
    notes: list[str]

    def frames(self, wanted: Callable[[int], bool] = every_one, end: int | None = None) -> Iterator[Frame]:
        """The frames whose numbers are wanted, in order, one in memory at a time; all have the same size. end : from this
        number on nothing is read."""
        ...

    def file(self, number: int) -> str:
        """The picture file of a frame, "" where frames are no files."""
        ...
