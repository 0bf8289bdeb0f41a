"""Registration: carry a source head topology onto a target head surface."""

from .job import LandmarkPairs, RegisterInput, RegisterResult, RegisterSettings, Similarity

__all__ = ["LandmarkPairs", "RegisterInput", "RegisterResult", "RegisterSettings", "Similarity"]
