"""Head models as plain arrays, from which other programs build rigs."""

from .flame import flame_rig
from .hack import hack_rig
from .ict import ict_rig
from .load import RIGS, load_rig
from .model import RigModel

__all__ = ["RIGS", "RigModel", "flame_rig", "hack_rig", "ict_rig", "load_rig"]
