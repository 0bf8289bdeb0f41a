"""Head models as plain arrays, from which other programs build rigs."""

from ...on_demand import on_demand
from .flame import flame_rig
from .ict import ict_rig
from .load import load_rig
from .model import RigModel

__all__ = ["RigModel", "flame_rig", "hack_rig", "ict_rig", "load_rig"]

__getattr__ = on_demand(__name__, {"hack_rig": "hack"})
