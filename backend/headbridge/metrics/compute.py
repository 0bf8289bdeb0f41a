"""All quality numbers of a registration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..mesh import Mesh
from ..spatial import Surface
from ..spatial.intersections import count_self_intersecting_triangles
from .distances import PointDistances, distance_summary, per_vertex_distance
from .edges import edge_log_ratio_summary
from .flips import count_flipped_triangles
from .landmarks import landmark_errors

if TYPE_CHECKING:
    from ..topologies import Topology


def compute_metrics(
    template: Mesh,
    result: Mesh,
    target: Mesh,
    *,
    source_topology: Topology | None = None,
    target_topology: Topology | None = None,
    source_exclude: np.ndarray | None = None,
    target_exclude: np.ndarray | None = None,
    landmarks: tuple[np.ndarray, np.ndarray, tuple[str, ...]] | None = None,
    held_out: tuple[np.ndarray, np.ndarray, tuple[str, ...]] | None = None,
    device: str = "cpu",
) -> dict[str, Any]:
    """JSON-able quality numbers of `result`, the `template` transferred onto `target`.

    `result` and `target` are in millimetres and in one frame; `template` may be in any unit and pose and has the
    result's faces. Where a topology is known, only its skin is measured, and its vertices without counterpart
    (`no_match`) are not; `source_exclude` (V,) and `target_exclude` (Vt,) bool leave out more. `landmarks` and
    `held_out` are points on the result (N, 3), the target's points (N, 3), and names.

    Distances are given both ways, for all measured vertices and for every named region. Source vertices are in a
    region by the source's topology, target vertices by the target's; where that one is unknown, by the region that
    their closest point on the other side lies in.

    Raises `InputError` when template and result, or a mask or topology and its mesh, differ in size.
    """
    if len(template.vertices) != len(result.vertices) or not np.array_equal(template.corners, result.corners):
        raise InputError(
            f"Template and result should have the same vertices and faces; they have {len(template.vertices)} and "
            f"{len(result.vertices)} vertices, {len(template.face_sizes)} and {len(result.face_sizes)} faces."
        )
    source = _Side(result, source_topology, source_exclude, device)
    goal = _Side(target, target_topology, target_exclude, device)
    triangles = template.triangles
    return {
        "distances": _distances(source, goal),
        "landmarks": {
            "used": landmark_errors(*landmarks[:2]) if landmarks is not None else None,
            "held_out": landmark_errors(*held_out[:2]) if held_out is not None else None,
        },
        "flipped_triangles": count_flipped_triangles(template.vertices, result.vertices, triangles),
        "self_intersecting_triangles": count_self_intersecting_triangles(result.vertices, triangles, device),
        "template_self_intersecting_triangles": count_self_intersecting_triangles(template.vertices, triangles, device),
        "edge_log_ratio": edge_log_ratio_summary(template, result.vertices, source.skin),
    }


class _Side:
    """One of the two surfaces: what of it is measured and what can be hit."""

    def __init__(self, mesh: Mesh, topology: Topology | None, exclude: np.ndarray | None, device: str):
        count = len(mesh.vertices)
        for what, mask in (("topology", topology.skin if topology else None), ("mask", exclude)):
            if mask is not None and np.shape(mask) != (count,):
                raise InputError(f"{mesh.name}: the {what} has {len(mask)} vertices, the mesh {count}.")
        allowed = np.ones(count, bool) if exclude is None else ~np.asarray(exclude, bool)
        self.points = mesh.vertices
        self.regions: dict[str, np.ndarray] | None = topology.regions if topology else None
        self.skin = topology.skin if topology else np.ones(count, bool)
        self.measured = allowed & self.skin & ~topology.no_match if topology else allowed
        self.triangles = mesh.triangles[(allowed & self.skin)[mesh.triangles].all(axis=1)]
        if not len(self.triangles):
            raise InputError(f"{mesh.name}: every face is excluded; leave some surface to measure.")
        # Loose vertices would widen the surface's bounds for nothing, so it holds those of its triangles only.
        used, local = np.unique(self.triangles, return_inverse=True)
        self.surface = Surface(mesh.vertices[used], local.reshape(-1, 3), device)

    def members(self, name: str, other: _Side, measured: PointDistances) -> np.ndarray:
        """(V,) bool, this side's vertices in a region; by their closest points where only the other side knows it."""
        if self.regions:
            return self.regions.get(name, np.zeros(len(self.points), bool))
        hits = measured.hits
        share = other.regions[name][other.triangles[hits.triangles]] * hits.barycentrics
        return share.sum(axis=1) > 0.5


def _distances(source: _Side, goal: _Side) -> dict[str, dict[str, Any]]:
    forth = per_vertex_distance(source.points, goal.surface)
    back = per_vertex_distance(goal.points, source.surface)

    def both(forth_points: np.ndarray, back_points: np.ndarray) -> dict[str, Any]:
        return {
            "source_to_target": distance_summary(forth, forth_points & source.measured),
            "target_to_source": distance_summary(back, back_points & goal.measured),
        }

    everywhere = both(source.measured, goal.measured)
    names = list(dict.fromkeys([*(source.regions or {}), *(goal.regions or {})]))
    return {
        "all": everywhere,
        **{name: both(source.members(name, goal, forth), goal.members(name, source, back)) for name in names},
    }
