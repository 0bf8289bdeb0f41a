"""Quality numbers of a registration: distances both ways, landmarks, flips, self-intersections, edge ratios, memory."""

from .compute import compute_metrics
from .distances import PointDistances, distance_summary, open_boundary_hits, per_vertex_distance
from .edges import edge_log_ratio_summary, edge_log_ratios
from .flips import FlipTest, count_flipped_triangles
from .landmarks import landmark_errors
from .memory import peak_memory_bytes
from .statistics import summary

__all__ = [
    "FlipTest",
    "PointDistances",
    "compute_metrics",
    "count_flipped_triangles",
    "distance_summary",
    "edge_log_ratio_summary",
    "edge_log_ratios",
    "landmark_errors",
    "open_boundary_hits",
    "peak_memory_bytes",
    "per_vertex_distance",
    "summary",
]
