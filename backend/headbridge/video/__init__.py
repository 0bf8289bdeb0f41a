"""Pictures that follow each other in time, one by one: videos, and folders of numbered pictures."""

from .frame import Footage, Frame
from .frame_range import frame_range
from .opening import open_footage

__all__ = ["Footage", "Frame", "frame_range", "open_footage"]
