"""The head topologies HeadBridge knows: landmarks, regions, symmetry, rim curves and the meshes it ships."""

from .builtin import TOPOLOGY_KEYS, demo_pairs_file, load_builtin, load_topology
from .checks import check_order, check_topology
from .deltas import HeadDeltas, load_deltas, load_expressions
from .recognise import recognise
from .relatives import Relative, recognise_relative
from .topology import Landmarks, Topology

__all__ = [
    "TOPOLOGY_KEYS",
    "HeadDeltas",
    "Landmarks",
    "Relative",
    "Topology",
    "check_order",
    "check_topology",
    "demo_pairs_file",
    "load_builtin",
    "load_deltas",
    "load_expressions",
    "load_topology",
    "recognise",
    "recognise_relative",
]
