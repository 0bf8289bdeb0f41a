"""`headbridge register` as users run it: a process, files, exit codes, one line per error."""

import json
import signal
import time

import numpy as np
import pytest

from headbridge.mesh.io import read_mesh, write_mesh


@pytest.fixture
def files(tmp_path, seamed_prism, sphere_mesh):
    """A folder with source.obj and target.ply."""
    write_mesh(tmp_path / "source.obj", seamed_prism)
    write_mesh(tmp_path / "target.ply", sphere_mesh())
    return tmp_path


@pytest.fixture
def start(start_command, files):
    """Starts the registration of the files with a stand-in for the computation."""
    return lambda stand_in, *arguments: start_command(
        stand_in, "register", "source.obj", "target.ply", "-o", "out.obj", *arguments
    )


@pytest.mark.slow
def test_output_keeps_polygons_and_seams_and_metrics_are_written(start, files, seamed_prism, finish):
    code, out, err = finish(start("lift", "--json", "metrics.json", "--stiffness", "3", "--no-symmetry"))
    assert code == 0, err
    back = read_mesh(files / "out.obj")
    np.testing.assert_array_equal(back.vertices, seamed_prism.vertices + 1.0)
    np.testing.assert_array_equal(back.corners, seamed_prism.corners)
    np.testing.assert_array_equal(back.face_sizes, seamed_prism.face_sizes)
    np.testing.assert_array_equal(back.uvs, seamed_prism.uvs)
    assert back.material_names == seamed_prism.material_names
    assert "stiffness 3.0, symmetry False, pairs 0, excluded 0" in out and "flipped triangles: 0" in out
    assert err == "a library prints\n", "no progress without a terminal, and library chatter not on stdout"
    written = json.loads((files / "metrics.json").read_text())
    assert written["settings"]["stiffness"] == 3.0 and written["mm_per_target_unit"] == 10.0
    assert written["metrics"]["edge_log_ratio"]["p95"] is None


@pytest.mark.slow
def test_landmarks_exclusions_and_progress_lines(start, files, finish):
    pairs = [{"source": {"vertex": k}, "target": {"vertex": k}} for k in range(4)]
    (files / "pairs.json").write_text(json.dumps({"pairs": pairs}))
    (files / "a.txt").write_text("0, 1\n2")
    np.save(files / "b.npy", np.array([2, 5]))
    np.save(files / "mask.npy", np.arange(12) == 7)
    exclude = ["--exclude", "a.txt", "--exclude", "b.npy", "--exclude", "mask.npy"]
    code, out, err = finish(start("lift", "--landmarks", "pairs.json", *exclude, "--progress"))
    assert code == 0 and "pairs 4, excluded 5" in out
    assert " 50% half way\n" in err


@pytest.mark.slow
def test_interrupt_cancels_within_a_second(start, files, finish, one_line):
    process = start("wait", "--progress")
    assert "waiting" in process.stderr.readline()
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, out, err = finish(process)
    assert time.monotonic() - asked < 1.0
    assert code == 130 and out == "" and one_line(err) == "headbridge: error: Cancelled; nothing was changed."
    assert not (files / "out.obj").exists()


@pytest.mark.slow
def test_second_interrupt_ends_what_does_not_listen(start, finish):
    process = start("hang", "--progress")
    assert "waiting" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    # A shell reports death by this signal as 130.
    assert finish(process)[0] == -signal.SIGINT


@pytest.mark.slow
def test_unexpected_errors_are_one_line_and_a_traceback_with_v(start, finish, one_line):
    code, _, err = finish(start("crash"))
    assert code == 1
    assert one_line(err) == "headbridge: error: unexpected ZeroDivisionError: one two; run again with -v for details"
    code, _, err = finish(start("crash", "-v"))
    assert code == 1 and "Traceback" in err and "job_stand_in.py" in err
    assert err.splitlines()[-1] == "headbridge: error: unexpected ZeroDivisionError: one two"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["source.obj", "target.ply"], "the following arguments are required: -o/--output"),
        (["source.obj", "-o", "out.obj"], "the following arguments are required: TARGET"),
        (["none.obj", "target.ply", "-o", "out.obj"], "none.obj: there is no such file"),
        (["flam", "target.ply", "-o", "out.obj"], "There is no built-in head 'flam'; use one of flame, hack, ict"),
        (["head.fbx", "target.ply", "-o", "out.obj"], "head.fbx: '.fbx' is no mesh format known here"),
        (["broken.obj", "target.ply", "-o", "out.obj"], "broken.obj: line 1, 'v 1 2', has fewer than 3 numbers"),
        (["source.obj", "target.ply", "-o", "out.fbx"], "out.fbx: '.fbx' is no mesh format known here"),
        (["source.obj", "target.ply", "-o", "target.ply"], "target.ply: this is an input file; choose another name"),
        (["source.obj", "target.ply", "-o", "none/out.obj"], "does not exist; create it or choose another"),
        (
            ["source.obj", "target.ply", "-o", "out.obj", "--json", "target.ply"],
            "target.ply: this is an input file; choose another name",
        ),
        (
            ["source.obj", "target.ply", "-o", "out.obj", "--landmarks", "far.txt", "--json", "far.txt"],
            "far.txt: this is an input file",
        ),
        (
            ["source.obj", "target.ply", "-o", "out.obj", "--json", "./out.obj"],
            "./out.obj: -o and --json name the same file; choose two names.",
        ),
        (
            ["source.obj", "target.ply", "-o", "out.obj", "--json", "none/m.json"],
            "none/m.json: the folder none does not exist",
        ),
        (
            ["source.obj", "target.ply", "-o", "out.obj", "--stiffness", "0"],
            "'stiffness' is 0.0, below its minimum 0.01",
        ),
        (
            ["source.obj", "target.ply", "-o", "out.obj", "--stiffness", "soft"],
            "argument --stiffness: invalid float value: 'soft'",
        ),
        (["source.obj", "target.ply", "-o", "out.obj", "--device", "tpu"], "argument --device: invalid choice: 'tpu'"),
        (["source.obj", "target.ply", "-o", "out.obj", "--landmarks", "none.json"], "none.json: there is no such file"),
        (
            ["source.obj", "target.ply", "-o", "out.obj", "--exclude", "far.txt"],
            "far.txt: there is no vertex 12; 'source.obj' has 12",
        ),
        (
            ["source.obj", "target.ply", "-o", "out.obj", "--exclude", "word.txt"],
            "word.txt: should hold vertex indices",
        ),
        (
            ["source.obj", "target.ply", "-o", "out.obj", "--exclude", "wide.npy"],
            "wide.npy: should hold one row of vertex indices",
        ),
        (["source.obj", "target.ply", "-o", "out.obj", "--exclude", "bad.npy"], "bad.npy: this is no NumPy array"),
        (
            ["source.obj", "target.ply", "-o", "out.obj", "--exclude", "short.npy"],
            "short.npy: the mask has shape (3,), but",
        ),
    ],
)
def test_bad_arguments_and_input_are_one_line_and_exit_code_2(refused, files, arguments, message):
    (files / "broken.obj").write_text("v 1 2\nf 1 1 1\n")
    (files / "far.txt").write_text("3 12")
    (files / "word.txt").write_text("3 nose")
    np.save(files / "wide.npy", np.zeros((2, 2), int))
    np.save(files / "short.npy", np.ones(3, bool))
    (files / "bad.npy").write_bytes(b"NUMPY no")
    assert message in refused("register", *arguments)
