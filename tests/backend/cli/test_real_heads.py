"""From the command line to a transferred head: the shipped FLAME template onto a HACK head that was moved and rescaled."""

import json

import numpy as np
import pytest

from headbridge.device import available_devices
from headbridge.mesh.io import read_mesh, write_mesh
from headbridge.topologies import load_builtin

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def turn():
    axis = np.array([1.0, 2.0, -1.0]) / np.sqrt(6.0)
    cross = np.cross(np.eye(3), axis)
    return np.cos(0.8) * np.eye(3) + np.sin(0.8) * cross + (1.0 - np.cos(0.8)) * np.outer(axis, axis)


def test_flame_onto_a_turned_hack_head_in_centimetres(headbridge, tmp_path, turn):
    hack, flame = load_builtin("hack"), load_builtin("flame")
    placed = hack.with_vertices(0.1 * hack.vertices @ turn.T + (30.0, -5.0, 12.0))
    write_mesh(tmp_path / "scan.obj", placed)
    done = headbridge(
        "register", "flame", "scan.obj", "-o", "out.ply", "--json", "metrics.json", "--target-topology", "hack"
    )
    assert done.returncode == 0, done.stderr
    described = json.loads((tmp_path / "metrics.json").read_text())
    assert described["mm_per_target_unit"] == 10.0
    assert described["metrics"]["flipped_triangles"] == 0

    out = read_mesh(tmp_path / "out.ply")
    np.testing.assert_array_equal(out.corners, flame.corners)
    np.testing.assert_array_equal(out.face_sizes, flame.face_sizes)
    np.testing.assert_array_equal(out.uvs, flame.uvs)
    face = described["metrics"]["distances"]["narrow_face"]["source_to_target"]
    assert face["p95"] < 0.5
    # The similarity leads from FLAME's millimetres to the target's centimetres: it undoes how the head was placed.
    similarity = described["similarity"]
    np.testing.assert_allclose(similarity["rotation"], turn, atol=0.1)
    assert similarity["scale"] == pytest.approx(0.1, rel=0.1)

    measured = headbridge("metrics", "flame", "out.ply", "scan.obj", "--json")
    again = json.loads(measured.stdout)
    for way in ("source_to_target", "target_to_source"):
        assert again["distances"]["narrow_face"][way] == pytest.approx(
            described["metrics"]["distances"]["narrow_face"][way], rel=1e-3
        )
    assert again["flipped_triangles"] == 0
    assert again["edge_log_ratio"] == pytest.approx(described["metrics"]["edge_log_ratio"], rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("flame", "flame", "-o", "out.obj"), "Source and target are the same mesh"),
        (("flame", "hack", "-o", "out.obj", "--source-topology", "hack"), "but the HACK topology has 14062"),
        (("flame", "hack", "-o", "out.obj", "--landmarks", "two.json"), "There are 2 landmark pairs; give at least 3"),
        (
            ("flame", "hack", "-o", "out.obj", "--landmarks", "off.json"),
            "off the source's surface, the farthest is 'chin'",
        ),
        (
            ("broken.obj", "flame", "-o", "out.obj"),
            "'broken.obj' has 1 vertex with NaN or infinite coordinates, the first is vertex 7",
        ),
        (("fins.obj", "flame", "-o", "out.obj"), "'fins.obj' is not manifold: 1 edge has more than two faces"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(refused, tmp_path, sphere_mesh, write_unchecked, arguments, message):
    pairs = [
        {"name": name, "source": {"vertex": v}, "target": {"vertex": v}} for name, v in (("nose", 10), ("ear", 900))
    ]
    (tmp_path / "two.json").write_text(json.dumps({"pairs": pairs}))
    far = {"name": "chin", "source": [0, 0, 900], "target": {"vertex": 5000}}
    (tmp_path / "off.json").write_text(json.dumps({"pairs": [*pairs, far]}))
    broken = sphere_mesh()
    broken.vertices[7, 1] = np.inf
    write_unchecked(tmp_path / "broken.obj", broken)
    (tmp_path / "fins.obj").write_text("v 0 0 0\nv 0 0 9\nv 9 0 0\nv 0 9 0\nv -9 0 0\nf 1 2 3\nf 2 1 4\nf 1 2 5\n")
    assert message in refused("register", *arguments)


@pytest.mark.skipif("cuda" in available_devices(), reason="this machine has a CUDA device")
def test_cuda_that_is_not_there(refused):
    assert "no CUDA device is available" in refused("register", "flame", "hack", "-o", "out.obj", "--device", "cuda")
