"""`headbridge uv` as users run it: a process, files, exit codes, one line per error."""

import json
import signal
import time

import numpy as np
import pytest

from headbridge.mesh.io import read_mesh, write_mesh


@pytest.fixture
def files(tmp_path, seamed_prism, sphere_mesh):
    """A folder with source.ply, a sphere without UVs; target.obj, a prism with some; and each of them registered."""
    sphere = sphere_mesh()
    write_mesh(tmp_path / "source.ply", sphere)
    write_mesh(tmp_path / "target.obj", seamed_prism)
    write_mesh(tmp_path / "source_on_target.ply", sphere.with_vertices(sphere.vertices + 2.0))
    write_mesh(tmp_path / "target_on_source.glb", seamed_prism.with_vertices(seamed_prism.vertices + 3.0))
    return tmp_path


@pytest.fixture
def run(run_stand_in, files):
    """Transfers from source.ply to target.obj with a stand-in for the computation."""
    return lambda stand_in, *arguments: run_stand_in(stand_in, "uv", "source.ply", "target.obj", *arguments)


def counted_uvs(mesh):
    corners = np.arange(len(mesh.corners))
    return np.stack([corners, corners + 0.5], axis=1).astype(np.float32) / len(corners)


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".npz"])
def test_output_is_the_target_with_new_uvs(run, files, seamed_prism, suffix):
    options = ["--json", "m.json", "--method", "neural", "--seed", "3", "--no-symmetry", "--source-topology", "flame"]
    code, out, err = run("dress", "-o", f"out{suffix}", *options)
    assert code == 0 and err == ""
    back = read_mesh(files / f"out{suffix}")
    np.testing.assert_array_equal(back.vertices, seamed_prism.vertices)
    np.testing.assert_array_equal(back.corners, seamed_prism.corners)
    np.testing.assert_array_equal(back.face_sizes, seamed_prism.face_sizes)
    np.testing.assert_array_equal(back.uvs, counted_uvs(seamed_prism))
    if suffix != ".ply":
        np.testing.assert_array_equal(back.face_materials, seamed_prism.face_materials)
        assert back.material_names == seamed_prism.material_names
    lines = out.splitlines()
    assert lines == [
        "Good.",
        "neural, seed 3, symmetry False, registered none, landmarks None, topologies flame None",
        "flipped UV triangles: 3 (skin 2), area 0.25",
        "longest UV edge: 0.5000 (skin nan)",
        "time: 1.25 s",
    ]
    written = json.loads((files / "m.json").read_text())
    assert written["settings"]["method"] == "neural" and written["layout_name"] == "source.ply"
    assert written["metrics"]["longest_edge"] == {"skin": None, "all": 0.5} and written["notes"] == lines[1:2]


def test_glb_output_has_the_same_triangles_and_uvs(run, files, seamed_prism):
    assert run("dress", "-o", "out.glb")[0] == 0
    back = read_mesh(files / "out.glb")
    np.testing.assert_array_equal(back.vertices, seamed_prism.vertices.astype(np.float32))

    def rows(mesh, uvs):
        found = np.concatenate([mesh.triangles, uvs[mesh.triangle_corners].reshape(-1, 6)], axis=1)
        return found[np.lexsort(found.T[::-1])]

    np.testing.assert_allclose(rows(back, back.uvs), rows(seamed_prism, counted_uvs(seamed_prism)), atol=1e-6)


@pytest.mark.parametrize(
    ("registered", "told"),
    [("source_on_target.ply", "178 at [2.0, "), ("target_on_source.glb", "12 at [4.0, 3.0, 3.0]")],
)
def test_either_of_the_two_may_be_the_registered_one(run, registered, told):
    code, out, err = run("dress", "-o", "out.obj", "--registered", registered, "--progress")
    assert code == 0 and f"registered {told}" in out
    assert " 50% half way\n" in err


def test_landmark_pairs_arrive(run, files):
    pairs = [{"source": {"vertex": k}, "target": {"vertex": k}} for k in range(4)]
    (files / "pairs.json").write_text(json.dumps({"pairs": pairs}))
    code, out, err = run("dress", "-o", "out.obj", "--landmarks", "pairs.json")
    assert code == 0 and "landmarks 4," in out, err


@pytest.mark.slow
def test_interrupt_cancels_within_a_second(start_command, finish, one_line, files):
    process = start_command("wait", "uv", "source.ply", "target.obj", "-o", "out.obj", "--json", "m.json", "--progress")
    assert "waiting" in process.stderr.readline()
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, out, err = finish(process)
    assert time.monotonic() - asked < 1.0
    assert code == 130 and out == "" and one_line(err) == "headbridge: error: Cancelled; nothing was changed."
    assert not (files / "out.obj").exists() and not (files / "m.json").exists()


def test_unexpected_errors_are_one_line(run, one_line):
    code, _, err = run("crash", "-o", "out.obj")
    assert code == 1 and "unexpected ZeroDivisionError: one two" in one_line(err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["source.ply", "target.obj"], "the following arguments are required: -o/--output"),
        (["none.obj", "target.obj", "-o", "out.obj"], "none.obj: there is no such file"),
        (["flam", "target.obj", "-o", "out.obj"], "There is no built-in head 'flam'"),
        (["source.ply", "target.obj", "-o", "target.obj"], "target.obj: this is an input file; choose another name"),
        (
            ["source.ply", "target.obj", "-o", "source_on_target.ply", "--registered", "source_on_target.ply"],
            "source_on_target.ply: this is an input file",
        ),
        (["source.ply", "target.obj", "-o", "out.stl"], "out.stl: .stl files hold no UVs; write .obj, .ply, .glb or"),
        (["source.ply", "target.obj", "-o", "out.fbx"], "out.fbx: '.fbx' is no mesh format known here"),
        (["source.ply", "target.obj", "-o", "none/out.obj"], "the folder none does not exist; create it"),
        (["source.ply", "target.obj", "-o", "out.obj", "--json", "none/m.json"], "the folder none does not exist"),
        (["source.ply", "target.obj", "-o", "out.obj", "--json", "out.obj"], "-o and --json name the same file"),
        (["source.ply", "target.obj", "-o", "out.obj", "--landmarks", "none.json"], "none.json: there is no such file"),
        (
            [
                "source.ply",
                "target.obj",
                "-o",
                "out.obj",
                "--landmarks",
                "a.json",
                "--registered",
                "source_on_target.ply",
            ],
            "--landmarks serve a registration, but --registered gives its result; leave one of them out.",
        ),
        (["source.ply", "target.obj", "-o", "out.obj", "--method", "magic"], "--method: invalid choice: 'magic'"),
        (["source.ply", "target.obj", "-o", "out.obj", "--seed", "-1"], "'seed' is -1, below its minimum 0."),
        (
            ["source.ply", "target.obj", "-o", "out.obj", "--registered", "other.ply"],
            "The registered mesh 'other.ply' has 14 vertices and 24 triangles, the source 'source.ply' 178 vertices "
            "and 352 triangles, the target 'target.obj' 12 vertices and 18 triangles; give one of these two",
        ),
        (
            ["source.ply", "target.obj", "-o", "out.obj", "--registered", "shuffled.ply"],
            "The registered mesh 'shuffled.ply' has 178 vertices and 352 triangles, the source 'source.ply' 178",
        ),
    ],
)
def test_bad_arguments_and_input_are_one_line_and_exit_code_2(refused, files, sphere_mesh, arguments, message):
    write_mesh(files / "other.ply", sphere_mesh(4, 4))
    shuffled = sphere_mesh()
    shuffled.corners[:] = (shuffled.corners + 1) % len(shuffled.vertices)
    write_mesh(files / "shuffled.ply", shuffled)
    assert message in refused("uv", *arguments)
