"""HeadBridge: carries a face from one head topology to another.

Inside this package lengths are millimetres, Y is up, the face looks along +Z and the subject's left is +X.
Conversion from and to files and Blender happens at the border (``headbridge.mesh.io``, ``headbridge.units``, the add-on).
"""

__version__ = "0.1.0"
