"""`headbridge metrics` prints known numbers for known meshes."""

import json

import numpy as np
import pytest

from headbridge.mesh import Mesh
from headbridge.mesh.io import write_mesh

pytestmark = pytest.mark.slow


@pytest.fixture
def shells(tmp_path, sphere_mesh):
    """Spheres in centimetres: the template of radius 9 somewhere else, the result 10 and the target 10.5 at the origin.

    The target's rows and columns lie on the result's, so that every result vertex is 5 mm below a target vertex."""
    sphere = sphere_mesh(24, 32)
    for name, radius, shift in (("template", 9.0, 40.0), ("result", 10.0, 0.0), ("target", 10.5, 0.0)):
        write_mesh(tmp_path / f"{name}.ply", sphere.with_vertices(radius * sphere.vertices + shift))
    return tmp_path


def test_distances_between_concentric_spheres(run_here, shells):
    code, out, err = run_here("metrics", "template.ply", "result.ply", "target.ply", "--json")
    assert code == 0, err
    measured = json.loads(out)
    assert measured["mm_per_target_unit"] == 10.0
    row = measured["distances"]["all"]["source_to_target"]
    # From outside the closest point is a vertex; from inside it lies on a face, up to the faces' sagitta nearer.
    back = measured["distances"]["all"]["target_to_source"]
    assert back["max"] == pytest.approx(5.0, rel=1e-5) and back["count"] == row["count"]
    sagitta = 105.0 * (1.0 - np.cos(np.pi / 24) * np.cos(np.pi / 32))
    assert 5.0 - sagitta < row["mean"] < 5.0
    assert measured["flipped_triangles"] == 0 and measured["self_intersecting_triangles"] == 0
    assert measured["edge_log_ratio"]["max"] == pytest.approx(0.0, abs=1e-9)
    command = ("metrics", "template.ply", "result.ply", "target.ply", "--json", "--mm-per-unit", "20")
    twice = json.loads(run_here(*command)[1])
    assert twice["distances"]["all"]["target_to_source"]["mean"] == pytest.approx(2.0 * back["mean"], rel=1e-5)


def test_table_for_reading(headbridge, shells):
    lines = headbridge("metrics", "template.ply", "result.ply", "target.ply").stdout.splitlines()
    assert "centimetres" in lines[0]
    assert lines[1].split() == ["distance", "in", "mm", "points", "mean", "median", "p95", "max"]
    assert lines[3].split()[:4] == ["all", "target", "to", "result"] and lines[3].split()[-1] == "5.000"
    assert "flipped triangles: 0" in lines


def test_a_target_with_bad_faces_is_measured_without_them(run_here, shells, sphere_mesh):
    sphere = sphere_mesh(24, 32)
    a, b, c = sphere.triangles[40]
    spoiled = np.concatenate([sphere.triangles[:, ::-1], [[a, b, c], [a, a, b], [a, b, len(sphere.vertices)]]])
    vertices = np.concatenate([10.5 * sphere.vertices, [[12.0, 0.0, 0.0]]])
    write_mesh(shells / "spoiled.ply", Mesh.from_faces(vertices, spoiled))
    (shells / "lost.txt").write_text(f"7 {len(sphere.vertices)}")
    command = ("metrics", "template.ply", "result.ply")
    write_mesh(shells / "whole.ply", Mesh.from_faces(vertices, sphere.triangles))
    clean, done = (
        json.loads(run_here(*command, name, "--json", "--target-exclude", "lost.txt")[1])
        for name in ("whole.ply", "spoiled.ply")
    )
    for way in ("source_to_target", "target_to_source"):
        assert done["distances"]["all"][way] == pytest.approx(clean["distances"]["all"][way], abs=1e-6)
    assert not any("turned" in note for note in clean["notes"])
    assert all("'spoiled.ply'" in note for note in done["notes"]) and len(done["notes"]) == 4


def test_wrong_input(refused, shells, sphere_mesh, seamed_prism, write_unchecked):
    write_mesh(shells / "prism.obj", seamed_prism)
    write_mesh(shells / "dust.ply", sphere_mesh().with_vertices(1e-6 * sphere_mesh().vertices))
    broken = sphere_mesh(24, 32)
    broken.vertices[5] = np.nan
    write_unchecked(shells / "broken.ply", broken)
    for arguments, message in (
        (("prism.obj", "result.ply", "target.ply"), "Template and result should have the same vertices and faces"),
        (("template.ply", "broken.ply", "target.ply"), "The result 'broken.ply' has 1 vertex with NaN"),
        (("template.ply", "result.ply", "dust.ply"), "Say how long one unit is with --mm-per-unit"),
        (("template.ply", "result.ply", "target.ply", "--mm-per-unit", "-1"), "--mm-per-unit is -1.0"),
        (("template.ply", "result.ply", "target.ply", "--source-topology", "flame"), "template.ply has 738 vertices"),
    ):
        assert message in refused("metrics", *arguments)
