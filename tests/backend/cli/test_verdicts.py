"""Exit codes, first lines and JSON say what the verdict on a result is, whichever command made it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from headbridge.images import Image, write_image
from headbridge.mesh.io import write_mesh

LINE = "Check: The nose lies 7 mm from where it is seen. Give landmark pairs there."
COMMANDS = {
    "lift": ["register", "source.obj", "target.ply", "-o", "out.ply"],
    "dress": ["uv", "source.obj", "target.ply", "-o", "out.ply"],
    "paint": ["bake", "--from", "source.obj", "face.png", "--to", "target.ply", "-o", "out.png", "--size", "32"],
}


@pytest.fixture(autouse=True)
def files(tmp_path, seamed_prism, sphere_mesh):
    """source.obj and target.ply with UVs, and an image."""
    sphere = sphere_mesh(4, 4)
    write_mesh(tmp_path / "source.obj", seamed_prism)
    write_mesh(tmp_path / "target.ply", replace(sphere, uvs=np.random.default_rng(2).random((len(sphere.corners), 2))))
    write_image(tmp_path / "face.png", Image(np.full((4, 4, 3), 0.25)))
    return tmp_path


@pytest.mark.parametrize("stand_in", COMMANDS)
def test_good_is_0(run_stand_in, files, stand_in):
    code, out, _ = run_stand_in(stand_in, *COMMANDS[stand_in], "--json", "m.json")
    assert code == 0 and out.startswith("Good.\n")
    written = json.loads((files / "m.json").read_text())
    assert written["verdict"] == "good" and written["reasons"] == []


@pytest.mark.parametrize("stand_in", COMMANDS)
@pytest.mark.parametrize("accepted", [False, True])
def test_what_should_be_looked_at_is_written_and_3_or_0_when_accepted(run_stand_in, files, stand_in, accepted):
    options = ["--json", "m.json", *(["--accept"] if accepted else [])]
    code, out, _ = run_stand_in(f"{stand_in}-check", *COMMANDS[stand_in], *options)
    assert code == (0 if accepted else 3)
    assert out.splitlines()[:2] == [LINE, "  3 triangles are flipped."]
    assert any((files / name).exists() for name in ("out.ply", "out.png"))
    written = json.loads((files / "m.json").read_text())
    assert written["verdict"] == "check" and written["reasons"] == [
        {
            "level": "check",
            "text": "The nose lies 7 mm from where it is seen.",
            "region": "nose",
            "step": "Give landmark pairs there.",
        },
        {"level": "check", "text": "3 triangles are flipped.", "region": "", "step": ""},
    ]


@pytest.mark.parametrize("stand_in", COMMANDS)
@pytest.mark.parametrize("options", [[], ["--accept"]])
def test_what_failed_is_1_one_line_and_not_written(run_stand_in, files, stand_in, options):
    before = sorted(files.iterdir())
    code, out, err = run_stand_in(f"{stand_in}-failed", *COMMANDS[stand_in], "--json", "m.json", *options)
    assert code == 1 and out == ""
    line = "Failed: The mouth lies 20 mm from where it is seen. Give landmark pairs there."
    assert err.splitlines()[-1] == f"headbridge: error: {line}" and "flipped" not in err
    assert sorted(files.iterdir()) == before


@pytest.mark.parametrize("command", ["register", "uv", "bake", "fit-scan", "convert", "convert-albedo"])
def test_help_tells_the_exit_codes(run_here, command):
    code, out, _ = run_here(command, "--help")
    told = " ".join(out.split())
    assert code == 0 and "--accept" in told and "3 it was written, but should be looked at (0 with --accept)" in told
