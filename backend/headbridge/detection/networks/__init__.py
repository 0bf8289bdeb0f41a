"""The detector's two networks in plain torch: where faces are, and the points of a face.

They are MediaPipe's, with its weights (Apache 2.0): the short-range face detector BlazeFace (Bazarevsky et al. 2019,
arXiv:1907.05047) and the attention mesh (Grishchenko et al. 2020, arXiv:2006.10962). Every picture of a batch is
computed by itself.
"""

from .face_box import FaceBoxNetwork
from .face_mesh import FaceMeshNetwork

__all__ = ["FaceBoxNetwork", "FaceMeshNetwork"]
