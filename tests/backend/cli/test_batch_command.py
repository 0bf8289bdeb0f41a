"""The batch command: rows to commands, exit codes, and its display."""

import csv
import io
import json
import os
import signal
import sys
import time

import numpy as np
import pytest

from headbridge.batch.head import FOLDER
from headbridge.batch.record import Record
from headbridge.cli.batch_display import BatchDisplay, duration
from headbridge.cli.batch_heads import file_heads, manifest_heads
from headbridge.cli.batch_words import job_parser
from headbridge.cli.commands import COMMANDS
from headbridge.errors import InputError
from headbridge.mesh.io import read_mesh, write_mesh
from headbridge.topologies import load_builtin


@pytest.fixture
def manifest(tmp_path):
    """Writes a manifest of JSON lines and gives its path."""

    def write(*rows) -> str:
        (tmp_path / "heads.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return str(tmp_path / "heads.jsonl")

    return write


def words(head):
    """What a head's command gets, parsed."""
    return vars(job_parser(head.job).parse_args([*head.arguments, "-o", "out"]))


def test_a_row_says_what_the_command_line_says(tmp_path, manifest):
    (tmp_path / "a.ply").write_text("x")
    row = {"job": "register", "source": "flame", "target": "a.ply", "landmarks": "p.json", "stiffness": -2.5}
    row |= {"symmetry": False, "look": "yes", "exclude": ["e.txt", "f.txt"], "source-topology": "flame", "name": "Ann"}
    with pytest.raises(InputError, match="row 1: Setting 'stiffness' is -2.5, below its minimum"):
        manifest_heads(manifest(row), None, [])
    (head,) = manifest_heads(manifest(row | {"stiffness": 2}), None, [])
    parsed = words(head)
    here = str(tmp_path)
    assert (parsed["source"], parsed["target"]) == ("flame", os.path.join(here, "a.ply"))
    assert parsed["exclude"] == [os.path.join(here, "e.txt"), os.path.join(here, "f.txt")]
    assert parsed["source_topology"] == "flame"
    settings = {name: value for name, value in parsed.items() if name.startswith("setting_")}
    assert settings == {"setting_stiffness": 2.0, "setting_symmetry": False, "setting_look": True}
    assert (head.name, head.suffix, head.report) == ("Ann", ".obj", "--json")
    names = ("a.ply", "p.json", "e.txt", "f.txt")
    assert sorted(head.inputs) == sorted(os.path.join(here, name) for name in names)


def test_cells_are_text_and_several_values_are_separated(tmp_path):
    (tmp_path / "heads.csv").write_text(
        "job,images,landmarks,name,from,to,size\nfit-photo,a.jpg; b.jpg,1.npy;2.npy,,,,\nbake,,,x,flame;s.png,hack,64\n"
    )
    photo, bake = manifest_heads(str(tmp_path / "heads.csv"), None, [])
    assert [os.path.basename(path) for path in words(photo)["images"]] == ["a.jpg", "b.jpg"]
    assert [os.path.basename(path) for path in words(photo)["landmarks"]] == ["1.npy", "2.npy"]
    assert (photo.name, photo.suffix, photo.report) == ("b", FOLDER, "")
    assert words(bake)["source"] == ["flame", str(tmp_path / "s.png")] and words(bake)["setting_size"] == 64
    assert (bake.name, bake.suffix) == ("x", ".<UDIM>.png")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"target": "a.ply"}, "there is no job; add a column 'job', or give --job"),
        ({"job": "fly"}, "there is no job 'fly'; the jobs are register,"),
        ({"job": "batch"}, "there is no job 'batch'"),
        ({"job": "register", "source": "flame"}, "the following arguments are required: TARGET"),
        ({"job": "register", "source": "flame", "target": "a", "stifness": 1}, "register has no 'stifness'; its columns"),
        ({"job": "register", "source": "flame", "target": "a", "stiffness": "hard"}, "invalid float value: 'hard'"),
        ({"job": "register", "source": "flame", "target": "a", "symmetry": "perhaps"}, "'symmetry' should be yes or no"),
        ({"job": "register", "source": "flame", "target": ["a", "b"]}, "'target' takes one value"),
        ({"job": "register", "source": "flame", "target": {"a": 1}}, "'target' takes one value"),
        ({"job": "register", "source": "flame", "target": "a", "output": "x"}, "register has no 'output'"),
        ({"job": "register", "source": "flame", "target": "a", "name": 7}, "the name should be text, not 7"),
        ({"job": ["register"]}, "there is no job"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_row_is_told_with_its_number(manifest, row, message):
    good = {"job": "convert", "head": "flame"}
    path = manifest(good, row)
    with pytest.raises(InputError) as caught:
        manifest_heads(path, None, [])
    assert str(caught.value).startswith(f"{path}, row 2: ") and message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_heads_of_equal_names_get_their_rows_number(tmp_path):
    for name in ("a/head.ply", "b/HEAD.ply", "c.ply"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    heads = file_heads([str(tmp_path / "**" / "*.ply")], "register", ["flame"])
    assert [head.name for head in heads] == ["head-1", "HEAD-2", "c"]


def test_words_name_the_head_and_what_lies_beside_it(tmp_path):
    (tmp_path / "a.png").write_text("")
    (head,) = file_heads([str(tmp_path)], "bake", ["--from", "flame", "{head}", "--to", "{folder}/{stem}.obj"])
    assert words(head)["source"] == ["flame", str(tmp_path / "a.png")]
    assert words(head)["target"] == f"{tmp_path}/a.obj"
    with pytest.raises(InputError, match="after --with stand the words of headbridge bake"):
        file_heads([str(tmp_path)], "bake", ["--to", "flame"])
    with pytest.raises(InputError, match="-o is for the batch to say"):
        file_heads([str(tmp_path / "a.png")], "register", ["flame", "-o", "x.obj"])


def test_photos_in_a_folder_of_their_own_are_one_head(tmp_path):
    for name in ("ann/1.heic", "ann/2.jpg", "bob.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    heads = file_heads([str(tmp_path)], "fit-photo", [])
    assert [(head.name, len(words(head)["images"])) for head in heads] == [("ann", 2), ("bob", 1)]


@pytest.mark.parametrize(
    "job",
    [name for name in COMMANDS if name not in ("batch", "build-texture-space", "info", "metrics", "doctor", "worker")],
)
def test_every_command_that_writes_a_result_can_be_a_job(job):
    outputs = [action for action in job_parser(job)._actions if action.dest == "output"]
    assert len(outputs) == 1


@pytest.fixture
def small_heads(tmp_path):
    """A folder with two FLAME heads, one of them twice as large, and a file that is none."""
    folder = tmp_path / "in"
    folder.mkdir()
    flame = load_builtin("flame")
    for name, scale in (("one", 1.0), ("two", 2.0)):
        write_mesh(folder / f"{name}.ply", flame.with_vertices(scale * flame.vertices))
    (folder / "broken.ply").write_text("no mesh")
    return folder


@pytest.mark.slow
def test_a_folder_of_heads_end_to_end(tmp_path, headbridge, small_heads):
    arguments = ("batch", small_heads, "--job", "fit-mesh", "-o", "out", "--workers", 1, "--with", "--scale")
    done = headbridge(*arguments)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[0].startswith("3 heads, 1 failed, 0 to check")
    lines = done.stderr.splitlines()
    assert sorted(line.split(" (")[0] for line in lines) == ["[1/3] FAILED broken", "[2/3] done one", "[3/3] done two"]
    out = tmp_path / "out"
    for name, scale in (("one", 1.0), ("two", 2.0)):
        assert {path.name for path in (out / "heads" / name).iterdir()} == {"head.npz", "head.obj", "fit.json"}
        fitted = read_mesh(out / "heads" / name / "head.obj")
        assert np.abs(fitted.vertices - scale * load_builtin("flame").vertices).max() < 0.01
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO((out / "report.csv").read_text()))}
    assert {name: row["state"] for name, row in rows.items()} == {"one": "done", "two": "done", "broken": "failed"}
    assert float(rows["one"]["face p95, mm"]) < 0.001
    assert json.loads((out / "records" / "one.json").read_text())["thumbnail"]
    # One part of it again, without the one that is broken; then the report alone.
    again = headbridge(*arguments[:-2], "--rows", "2:3", "--with", "--scale")
    assert (again.returncode, again.stderr) == (0, "") and "2 heads, 0 failed" in again.stdout
    assert "Report" not in again.stdout
    told = headbridge(*arguments[:-2], "--report", "--with", "--scale")
    assert told.returncode == 1 and "3 heads, 1 failed" in told.stdout and "Report" in told.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="signals of terminals")
@pytest.mark.slow
def test_ctrl_c_and_the_schedulers_end_a_batch_within_a_second(tmp_path, start_command, small_heads):
    for number in (signal.SIGINT, signal.SIGTERM):
        process = start_command(
            "lift",
            "batch",
            str(small_heads),
            "--job",
            "register",
            "-o",
            f"out{number}",
            "--workers",
            "1",
            "--with",
            "flame",
        )
        working = tmp_path / f"out{number}" / "working"
        while not (working.exists() and list(working.iterdir())):
            time.sleep(0.02)
        process.send_signal(number)
        before = time.monotonic()
        _, err = process.communicate(timeout=30)
        assert time.monotonic() - before < 1.5
        assert process.returncode == 130
        assert err.splitlines()[-1].startswith("headbridge: error: Stopped; ") and "Traceback" not in err
        assert list(working.iterdir()) == []


def test_bad_arguments_are_told_in_one_line(refused, tmp_path):
    (tmp_path / "a.ply").write_text("x")
    (tmp_path / "file").write_text("x")
    for arguments, message in [
        (("a.ply", "-o", "out"), "--job is missing"),
        (("b.ply", "--job", "uv", "-o", "out"), "there is no such file"),
        (("a.csv", "a.ply", "--job", "uv", "-o", "out"), "a manifest stands alone"),
        (("a.ply", "--job", "fit-mesh", "-o", "file"), "file"),
        (("a.ply", "--job", "fit-mesh", "-o", "out", "--rows", "5:1"), "--rows 5:1"),
        (("a.ply", "--job", "fit-mesh", "-o", "out", "--memory", "much"), "'much' is no size"),
        (("a.ply", "--job", "fit-mesh", "-o", "out", "--timeout", "-1"), "no number of seconds"),
        (("a.ply", "--job", "fit-mesh", "-o", "out", "--workers", "0"), "no number above 0"),
    ]:  # fmt: skip
        assert message in refused("batch", *arguments)


def test_where_nobody_looks_every_head_is_a_line(capsys):
    display = BatchDisplay(3)
    display.tell(Record("a", 1, "uv", "k", "done", seconds=1.0))
    display.tell(Record("b", 2, "uv", "k", "failed", message="no\x1b[31m face", seconds=2.0))
    display.tell(Record("c", 3, "uv", "k", "done", kept=True))
    display.tick()
    display.close()
    assert capsys.readouterr().err == "[1/3] done a (1.0 s)\n[2/3] FAILED b (2.0 s): no\\x1b[31m face\n"


def test_in_a_terminal_a_line_tells_rate_and_time_left(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    now = [0.0]
    display = BatchDisplay(100, clock=lambda: now[0])
    for k in range(10):
        now[0] += 6.0
        display.tell(Record(f"h{k}", k, "uv", "k", "check" if k == 4 else "done", message="Look."))
    now[0] += 3.0
    display.tick()
    shown = capsys.readouterr().err
    assert "check\x1b[0m h4 (0.0 s): Look." in shown and "h5" not in shown
    # Ten heads in a minute, and 90 left; three seconds have passed since.
    assert shown.split("\r")[-1] == "[##..................] 10/100 heads, 1 to check, 10.0 a minute, 9 min left\x1b[K"


@pytest.mark.parametrize(("seconds", "text"), [(45.2, "45 s"), (720.0, "12 min"), (11100.0, "3 h 05 min")])
def test_durations(seconds, text):
    assert duration(seconds) == text
