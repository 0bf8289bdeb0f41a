"""The ICT-FaceKit head (Li et al., "Learning formation of physically-based face attributes", 2020), posable."""

from .head import IctHead, load_ict_head
from .rig import IctRig, load_ict_rig

__all__ = ["IctHead", "IctRig", "load_ict_head", "load_ict_rig"]
