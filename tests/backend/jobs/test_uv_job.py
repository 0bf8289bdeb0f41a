"""A UV job hands everything in its folder to the computation and everything computed to its folder."""

import json
import sys
import types

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.registered_mesh import check_registered
from headbridge.jobs.uv import UV
from headbridge.mesh import Mesh
from headbridge.mesh.io import write_mesh
from headbridge.progress import Progress
from headbridge.uv.job import UvResult, UvSettings
from headbridge.verdict import Reason, Verdict


@pytest.fixture
def seen(monkeypatch):
    """Stands in for the computation: keeps what it was given and answers with numbered UVs."""
    given = {}

    def transfer_uvs(inputs, settings, progress):
        given.update(inputs=inputs, settings=settings)
        target = inputs.target
        return UvResult(
            np.arange(2 * len(target.corners), dtype=np.float32).reshape(-1, 2),
            np.arange(len(target.vertices)) % 2 == 0,
            np.arange(len(target.triangles)) == 3,
            "FLAME",
            {"flipped": {"count": np.int64(1)}, "longest_edge": {"all": float("nan")}},
            ["A note."],
        )

    monkeypatch.setitem(sys.modules, "headbridge.uv.transfer", types.SimpleNamespace(transfer_uvs=transfer_uvs))
    return given


@pytest.fixture
def folder(tmp_path, sphere_mesh, seamed_prism):
    write_mesh(tmp_path / "source.npz", seamed_prism)
    write_mesh(tmp_path / "target.npz", sphere_mesh())
    return JobFolder(tmp_path)


def test_everything_arrives_and_returns(folder, seen, seamed_prism, sphere_mesh):
    target = sphere_mesh()
    write_mesh(folder.file("registered.npz"), seamed_prism.with_vertices(seamed_prism.vertices + 5.0))
    settings = UvSettings(method="neural", seed=4)
    answer = UV.run(folder, settings, Progress())

    inputs = seen["inputs"]
    assert seen["settings"] is settings
    np.testing.assert_array_equal(inputs.source.uvs, seamed_prism.uvs)
    np.testing.assert_array_equal(inputs.target.vertices, target.vertices)
    np.testing.assert_array_equal(inputs.registered.vertices, seamed_prism.vertices + 5.0)

    result = folder.read_arrays("result.npz")
    assert {name: (array.dtype.str, array.shape) for name, array in result.items()} == {
        "corner_uvs": ("<f4", (len(target.corners), 2)),
        "matched": ("|b1", (len(target.vertices),)),
        "problem_triangles": ("|b1", (len(target.triangles),)),
    }
    np.testing.assert_array_equal(result["corner_uvs"][1], [2.0, 3.0])
    assert np.flatnonzero(result["problem_triangles"]).tolist() == [3] and result["matched"][:2].tolist() == [
        True,
        False,
    ]
    written = json.loads((folder.path / "metrics.json").read_text())
    assert answer == {**written, "result": "result.npz"}
    assert written["metrics"] == {"flipped": {"count": 1}, "longest_edge": {"all": None}}
    assert written["notes"] == ["A note."] and written["layout_name"] == "FLAME"
    assert (
        written["settings"] == {"method": "neural", "symmetry": True, "device": "cpu", "seed": 4} | written["settings"]
    )
    assert written["versions"]["numpy"] == np.__version__


def test_the_registered_mesh_may_be_left_out_and_must_be_one_of_the_two(folder, seen, sphere_mesh):
    UV.run(folder, UvSettings(), Progress())
    assert seen["inputs"].registered is seen["inputs"].landmarks is None
    write_mesh(folder.file("registered.npz"), sphere_mesh(4, 4))
    seen.clear()
    with pytest.raises(
        InputError, match="'registered.npz' has 14 vertices and 24 triangles, the source 'source.npz' 12"
    ):
        UV.run(folder, UvSettings(), Progress())
    assert not seen


def test_landmarks_arrive_but_not_beside_a_registered_mesh(folder, seen, seamed_prism):
    folder.write_arrays("options.npz", landmarks_source=np.eye(3), landmarks_target=2.0 * np.eye(3))
    UV.run(folder, UvSettings(), Progress())
    landmarks = seen.pop("inputs").landmarks
    np.testing.assert_array_equal(landmarks.source, np.eye(3))
    np.testing.assert_array_equal(landmarks.target, 2.0 * np.eye(3))
    write_mesh(folder.file("registered.npz"), seamed_prism)
    with pytest.raises(InputError, match="landmarks for a registration and a registered mesh; give one of the two"):
        UV.run(folder, UvSettings(), Progress())
    assert "inputs" not in seen


def test_the_verdict_on_the_registered_mesh_arrives(folder, seen, seamed_prism):
    verdict = Verdict.of([Reason("check", "The nose is off.", "nose")])
    write_mesh(folder.file("registered.npz"), seamed_prism)
    folder.write_arrays("options.npz", registered_verdict=np.array(json.dumps(verdict.plain())))
    UV.run(folder, UvSettings(), Progress())
    assert seen["inputs"].registered_verdict == verdict


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"registered_verdict": np.array("good")}, "a registered_verdict that is no verdict"),
        ({"registered_verdict": np.array('{"reasons": [{"level": "so", "text": ""}]}')}, "that is no verdict"),
        ({"source_exclude": np.zeros(3)}, "holds 'source_exclude', which is unknown; it may hold landmarks_source, "),
        ({"landmarks_target": np.eye(3)}, "landmarks of one side only"),
    ],
)
def test_wrong_options(folder, seen, options, message):
    folder.write_arrays("options.npz", **options)
    with pytest.raises(InputError, match=message):
        UV.run(folder, UvSettings(), Progress())
    assert not seen


def test_a_registered_mesh_gets_the_polygons_back_that_triangulation_took(seamed_prism, sphere_mesh):
    prism, sphere = seamed_prism, sphere_mesh()
    order = np.random.default_rng(5).permutation(len(prism.triangles))
    fans = Mesh.from_faces(prism.vertices + 2.0, prism.triangles[order], name="cut")
    for source, target in ((prism, sphere), (sphere, prism)):
        found = check_registered(fans, source, target)
        np.testing.assert_array_equal(found.vertices, prism.vertices + 2.0)
        np.testing.assert_array_equal(found.face_sizes, prism.face_sizes)
        np.testing.assert_array_equal(found.corners, prism.corners)
        assert found.name == "cut"


def test_the_vertex_count_alone_does_not_make_it_one_of_the_two(seamed_prism, sphere_mesh):
    turned = seamed_prism.triangles[:, ::-1]
    with pytest.raises(InputError, match="with its own vertex order and faces"):
        check_registered(Mesh.from_faces(seamed_prism.vertices, turned), seamed_prism, sphere_mesh())
    with pytest.raises(InputError, match="'part' has 12 vertices and 17 triangles"):
        part = Mesh.from_faces(seamed_prism.vertices, seamed_prism.triangles[1:], name="part")
        check_registered(part, seamed_prism, sphere_mesh())


def test_broken_positions_are_told(seamed_prism, sphere_mesh):
    positions = seamed_prism.vertices.copy()
    positions[[2, 7], 1] = np.nan, np.inf
    with pytest.raises(InputError, match=r"'prism' has NaN or infinite coordinates \(2 of 12 vertices\); register"):
        check_registered(seamed_prism.with_vertices(positions), seamed_prism, sphere_mesh())
