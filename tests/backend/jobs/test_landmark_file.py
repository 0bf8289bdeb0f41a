"""Landmark pair files, good and bad."""

import json

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.jobs.landmark_file import read_landmark_pairs
from headbridge.mesh import Mesh
from headbridge.topologies import load_builtin, load_topology


@pytest.fixture
def read(tmp_path, sphere_mesh, seamed_prism):
    def write_and_read(document):
        path = tmp_path / "pairs.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return read_landmark_pairs(path, sphere_mesh(), seamed_prism)

    return write_and_read


def test_points_and_vertices(read, seamed_prism):
    pairs = read(
        {
            "pairs": [
                {"name": "nose tip", "source": [0, 0, 1], "target": {"vertex": 3}},
                {"source": [0.5, -1e-3, 2], "target": [1, 2, 3]},
            ]
        }
    )
    np.testing.assert_array_equal(pairs.source, [[0, 0, 1], [0.5, -0.001, 2]])
    np.testing.assert_array_equal(pairs.target, [seamed_prism.vertices[3], [1, 2, 3]])
    assert pairs.names == ("nose tip", "2")


def test_no_pairs_are_an_empty_set_of_points(read):
    assert read({"pairs": []}).source.shape == (0, 3)


@pytest.mark.parametrize("name", ["points.txt", "points.npy", "points.json"])
def test_points_of_the_target_alone_pair_with_the_sources_own_landmarks(tmp_path, name, sphere_mesh):
    flame, hack = load_builtin("flame"), load_builtin("hack")
    points = 0.01 * load_topology("flame").landmarks_68.evaluate(flame.vertices)[:, [2, 0, 1]] + 3.0
    if name.endswith("txt"):
        (tmp_path / name).write_text("".join(f"{k} {x} {y} {z}\n" for k, (x, y, z) in enumerate(points, start=1)))
    elif name.endswith("npy"):
        np.save(tmp_path / name, points)
    else:
        (tmp_path / name).write_text(json.dumps(points.tolist()))
    pairs = read_landmark_pairs(tmp_path / name, hack, flame)
    table = load_topology("hack").landmarks_51
    assert pairs.names == table.names
    np.testing.assert_allclose(pairs.source, table.evaluate(hack.vertices))
    np.testing.assert_allclose(pairs.target, points[17:])
    # A cropped source has some of them.
    half = Mesh.from_faces(hack.vertices, hack.triangles[(hack.vertices[hack.triangles, 0] > -3.0).all(axis=1)])
    fewer = read_landmark_pairs(tmp_path / name, half, flame)
    assert 20 < len(fewer.names) < 35 and set(fewer.names) < set(table.names)
    with pytest.raises(InputError, match="points of one head alone, and 'sphere' is no head"):
        read_landmark_pairs(tmp_path / name, sphere_mesh(), flame)


@pytest.mark.parametrize("turn", [(1.0, 1.0, 1.0), (-1.0, -1.0, 1.0)])
def test_points_in_slicers_other_frame_are_turned_onto_the_mesh(tmp_path, turn):
    flame, hack = load_builtin("flame"), load_builtin("hack")
    flame = flame.with_vertices(flame.vertices + (30.0, -200.0, 50.0))
    points = load_topology("flame").landmarks_51.evaluate(flame.vertices)
    np.save(tmp_path / "points.npy", points * turn)
    pairs = read_landmark_pairs(tmp_path / "points.npy", hack, flame)
    np.testing.assert_allclose(pairs.target, points)
    assert bool(pairs.notes) == (turn[0] < 0.0) and all("half a turn about Z" in note for note in pairs.notes)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "pairs.json: the file is no JSON"),
        ("[]", "points of one head alone, and 'sphere' is no head with known landmarks"),
        ({"pairs": {}}, "there is no list 'pairs'"),
        ({"pairs": [7]}, "pair 1 is no object"),
        ({"pairs": [{"name": "a", "source": [0, 0, 0]}]}, r"pair 1 \('a'\), target: give \[x, y, z\]"),
        ({"pairs": [{"source": [0, 0], "target": [0, 0, 0]}]}, r"pair 1 \('1'\), source: give"),
        ({"pairs": [{"source": [0, 0, "0"], "target": [0, 0, 0]}]}, "source: give"),
        ({"pairs": [{"source": [0, 0, True], "target": [0, 0, 0]}]}, "source: give"),
        ({"pairs": [{"source": [0, 0, 0], "target": {"vertex": 12}}]}, "target: there is no vertex 12; 'prism' has 12"),
        ({"pairs": [{"source": [0, 0, 0], "target": {"vertex": -1}}]}, "target: there is no vertex -1"),
        ({"pairs": [{"source": [0, 0, 0], "target": {"vertex": 1.5}}]}, "target: give"),
    ],
)
def test_damage_is_named_with_its_pair(read, document, message):
    with pytest.raises(InputError, match=message) as caught:
        read(document)
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path, sphere_mesh):
    with pytest.raises(InputError, match="there is no such file"):
        read_landmark_pairs(tmp_path / "none.json", sphere_mesh(), sphere_mesh())
