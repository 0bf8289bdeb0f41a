"""Performances: the data of a head over time, with its cameras, and the files of the trackers that make them."""

from ..on_demand import on_demand
from .sequence import Sequence

__all__ = ["Sequence", "import_sequence", "read_sequence", "write_sequence"]

__getattr__ = on_demand(__name__, {"import_sequence": "importing", "read_sequence": "file", "write_sequence": "file"})
