"""All numbers together on a pair of plates and spheres whose distances, regions and edges are known."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np
import pytest
import trimesh

from headbridge.errors import InputError
from headbridge.mesh import Mesh
from headbridge.metrics import compute_metrics, landmark_errors, peak_memory_bytes


@dataclass
class KnownTopology:
    """What `compute_metrics` reads of a topology."""

    skin: np.ndarray
    no_match: np.ndarray
    regions: dict = field(default_factory=dict)


def sphere(radius: float, subdivisions: int = 4) -> Mesh:
    ball = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return Mesh.from_faces(np.array(ball.vertices), np.array(ball.faces))


def plate(n: int, height: float) -> Mesh:
    x, y = np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0), indexing="ij")
    vertices = np.stack([x, y, np.full_like(x, height)], axis=-1).reshape(-1, 3)
    i = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).reshape(-1)
    return Mesh.from_faces(vertices, np.stack([i, i + n + 1, i + n + 2, i + 1], axis=1))


def topology_of(mesh: Mesh, **regions) -> KnownTopology:
    count = len(mesh.vertices)
    return KnownTopology(np.ones(count, bool), np.zeros(count, bool), regions)


def test_concentric_spheres_are_as_far_apart_as_their_radii():
    template, result, target = sphere(1.0), sphere(50.0), sphere(52.0, 5)
    numbers = compute_metrics(template, result, target)
    for direction in ("source_to_target", "target_to_source"):
        found = numbers["distances"]["all"][direction]
        assert found["count"] == len((result if direction[0] == "s" else target).vertices)
        assert found["boundary_hits"] == 0
        # The facets lie up to 0.06 mm inside the coarser sphere.
        assert found["mean"] == pytest.approx(2.0, abs=0.08) and found["max"] == pytest.approx(2.0, abs=0.08)
    assert numbers["flipped_triangles"] == 0
    assert numbers["self_intersecting_triangles"] == numbers["template_self_intersecting_triangles"] == 0
    assert numbers["edge_log_ratio"]["max"] == pytest.approx(0.0, abs=1e-9)
    assert numbers["landmarks"] == {"used": None, "held_out": None}
    assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers


def test_parallel_plates_by_region_and_without_the_rim():
    template, result, target = plate(10, 0.0), plate(10, 3.0), plate(20, 0.0)
    shifted = target.with_vertices(target.vertices - [5.0, 5.0, 0.0])  # reaches 5 beyond the result on all sides
    left = result.vertices[:, 0] < 5
    source_topology = topology_of(result, left=left)
    distances = compute_metrics(template, result, shifted, source_topology=source_topology)["distances"]
    assert distances["all"]["source_to_target"] == pytest.approx(
        {"count": 121, "mean": 3.0, "median": 3.0, "p95": 3.0, "max": 3.0, "boundary_hits": 0}, rel=1e-5
    )
    # Only the target's 9 x 9 vertices strictly over the result meet it off its rim.
    assert distances["all"]["target_to_source"]["count"] == 81
    assert distances["all"]["target_to_source"]["boundary_hits"] == 441 - 81
    assert distances["left"]["source_to_target"]["count"] == 55
    # By the region of the closest point: target x of 1..4 lie in the left half, 5 lies on no left vertex.
    assert distances["left"]["target_to_source"]["count"] == 4 * 9


def test_target_regions_serve_where_only_the_target_is_known():
    template, result, target = plate(10, 0.0), plate(10, 1.0), plate(10, 0.0)
    upper = target.vertices[:, 1] > 5
    distances = compute_metrics(template, result, target, target_topology=topology_of(target, upper=upper))["distances"]
    assert distances["upper"]["source_to_target"]["count"] == 4 * 9  # y of 6..9, the rim left out
    assert distances["upper"]["target_to_source"]["count"] == 4 * 9


def test_no_match_vertices_masks_and_parts_beside_the_skin_are_left_out():
    template, result, target = plate(10, 0.0), plate(10, 1.0), plate(10, 0.0)
    # A lump on the target that belongs to no skin, right under the result.
    lump = sphere(0.4, 1)
    count = len(target.vertices)
    both = Mesh.from_faces(
        np.concatenate([target.vertices, lump.vertices + [5.0, 5.0, 0.9]]),
        [*target.faces_as_lists(), *(lump.corners.reshape(-1, 3) + count)],
    )
    skin = np.arange(len(both.vertices)) < count
    target_topology = KnownTopology(skin, np.zeros(len(both.vertices), bool), {})
    source_topology = topology_of(result)
    source_topology.no_match[:] = result.vertices[:, 0] < 3
    exclude = result.vertices[:, 0] > 7
    numbers = compute_metrics(
        template, result, both, source_topology=source_topology, target_topology=target_topology, source_exclude=exclude
    )["distances"]["all"]
    assert numbers["source_to_target"]["count"] == 5 * 9  # x of 3..7, y of 1..9
    assert numbers["source_to_target"]["mean"] == pytest.approx(1.0, rel=1e-5)
    # Vertices without counterpart still are surface (x of 1..6 off the rim of what is left), excluded ones are not.
    assert numbers["target_to_source"]["count"] == 6 * 9


def test_turned_and_crossing_triangles_are_counted_against_the_template():
    template = plate(10, 0.0)
    folded = template.vertices.copy()
    folded[60] += [2.2, 0.1, 0.0]  # the middle vertex jumps over its neighbour
    numbers = compute_metrics(template, template.with_vertices(folded), plate(10, 0.0))
    assert numbers["template_self_intersecting_triangles"] == 0
    assert numbers["self_intersecting_triangles"] > 0
    assert numbers["flipped_triangles"] > 0


def test_landmark_errors_are_distances():
    on_result = np.zeros((4, 3))
    on_target = np.array([[3.0, 4, 0], [0, 0, 1], [0, 2, 0], [0, 0, 0]])
    found = landmark_errors(on_result, on_target)
    assert found == pytest.approx({"count": 4, "mean": 2.0, "p95": 4.55, "max": 5.0})
    mesh = plate(4, 0.0)
    numbers = compute_metrics(
        mesh, mesh, mesh, landmarks=(on_result, on_target, ()), held_out=(on_result[:1], on_target[:1], ())
    )
    assert numbers["landmarks"]["used"] == pytest.approx(found)
    assert numbers["landmarks"]["held_out"]["mean"] == 5.0


def test_sizes_that_do_not_fit_are_refused():
    mesh, other = plate(4, 0.0), plate(5, 0.0)
    with pytest.raises(InputError, match="same vertices and faces; they have 25 and 36 vertices"):
        compute_metrics(mesh, other, mesh)
    with pytest.raises(InputError, match="the mask has 3 vertices, the mesh 25"):
        compute_metrics(mesh, mesh, mesh, target_exclude=np.zeros(3, bool))
    with pytest.raises(InputError, match="the topology has 36 vertices, the mesh 25"):
        compute_metrics(mesh, mesh, mesh, source_topology=topology_of(other))
    with pytest.raises(InputError, match="every face is excluded"):
        compute_metrics(mesh, mesh, mesh, source_exclude=np.ones(25, bool))
    with pytest.raises(InputError, match=r"equal shape \(N, 3\), not \(2, 3\) and \(3, 3\)"):
        landmark_errors(np.zeros((2, 3)), np.zeros((3, 3)))


def test_peak_memory_is_at_least_what_is_held_and_never_falls():
    before = peak_memory_bytes()
    block = np.ones(64 * 2**20, np.uint8)
    during = peak_memory_bytes()
    assert during >= block.nbytes
    del block
    assert before <= during <= peak_memory_bytes() < 2**40
