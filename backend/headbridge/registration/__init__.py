"""Registration: transfer a source head topology onto a target head surface."""

from ..mesh.similarity import Similarity
from .job import LandmarkPairs, RegisterInput, RegisterResult, RegisterSettings

__all__ = ["LandmarkPairs", "RegisterInput", "RegisterResult", "RegisterSettings", "Similarity"]
