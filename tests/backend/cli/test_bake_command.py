"""`headbridge bake` as users run it: a process, files, exit codes, one line per error."""

import json
import signal
import time
from dataclasses import replace

import numpy as np
import pytest

from headbridge.images import Image, read_image, write_image
from headbridge.mesh.io import read_mesh, write_mesh


@pytest.fixture
def files(tmp_path, seamed_prism, sphere_mesh):
    """source.obj, target.ply with a layout in one tile, tiles.ply with one in three, image files of one colour each."""
    write_mesh(tmp_path / "source.obj", seamed_prism)
    write_mesh(tmp_path / "bare.ply", sphere_mesh())
    sphere = sphere_mesh(4, 4)
    uvs = np.random.default_rng(2).random((len(sphere.corners), 2))
    write_mesh(tmp_path / "target.ply", replace(sphere, uvs=uvs))
    uvs[: sphere.face_starts[2]] += (0.0, 1.0)
    uvs[sphere.face_starts[2] : sphere.face_starts[4]] += (2.0, 0.0)
    write_mesh(tmp_path / "tiles.ply", replace(sphere, uvs=uvs))
    write_mesh(tmp_path / "negative.ply", replace(sphere, uvs=uvs - 0.5))
    for name, value in (("face", 0.25), ("face_1001", 0.25), ("face_1003", 0.5), ("face_1011", 0.75)):
        write_image(tmp_path / f"{name}.png", Image(np.full((4, 4, 3), value), bits=16))
    return tmp_path


@pytest.fixture
def run(run_stand_in, files):
    """Bakes with a stand-in for the computation; the first argument is the mesh of the image."""
    return lambda mesh, image, *arguments: run_stand_in(
        "paint", "bake", "--from", mesh, image, "--size", "32", *arguments
    )


def test_one_tile_is_one_image_and_one_mask(run, files):
    options = ["--mask", "mask.png", "--json", "m.json", "--padding", "3", "--target-topology", "hack", "--progress"]
    code, out, err = run("source.obj", "face.png", "--to", "target.ply", "-o", "out.png", *options)
    assert code == 0 and " 50% half way\n" in err, err
    baked, mask = read_image(files / "out.png"), read_image(files / "mask.png")
    assert baked.pixels.shape == (32, 32, 3) and baked.bits == 16 and (baked.pixels == 0.0).all()
    assert mask.pixels.shape == (32, 32, 1) and mask.bits == 8 and (mask.pixels == 1.0).all()
    _, note, seconds = out.splitlines()
    assert note == "images {(0, 0): [0.25, 0.25, 0.25]}, padding 3, registered None, topology hack"
    assert seconds == "time: 1.25 s"
    written = json.loads((files / "m.json").read_text())
    assert written["files"] == ["out.png"] and written["masks"] == ["mask.png"] and written["notes"] == [note]
    assert written["settings"]["size"] == 32 and written["metrics"] == {"seconds": 1.25}


def test_several_tiles_are_several_files_on_either_side(run, files):
    options = ["-o", "out.<UDIM>.tif", "--mask", "<UDIM>m.png"]
    code, out, err = run("tiles.ply", "face_<UDIM>.png", "--to", "tiles.ply", *options)
    assert code == 0, err
    assert "images {(0, 0): [0.25" in out and ", (0, 1): [0.75" in out and ", (2, 0): [0.5" in out
    for k, number in enumerate((1001, 1003, 1011)):
        np.testing.assert_allclose(read_image(files / f"out.{number}.tif").pixels, k / 16, atol=1e-5)
        np.testing.assert_allclose(read_image(files / f"{number}m.png").pixels, 1.0 - k / 255, atol=1e-6)


def test_a_plain_image_serves_the_only_tile_and_the_registered_mesh_arrives(run, files, seamed_prism):
    write_mesh(files / "far.ply", replace(seamed_prism, uvs=seamed_prism.uvs + np.float32(3.0)))
    options = ["--registered", "source.obj", "-o", "out.exr"]
    code, out, err = run("far.ply", "face.png", "--to", "target.ply", *options)
    assert code == 0 and "images {(3, 3): [0.25" in out and "registered 12," in out, err
    assert read_image(files / "out.exr").encoded == "linear"


def test_a_plain_image_serves_the_first_of_several_tiles_and_says_so(run, files):
    code, out, err = run("tiles.ply", "face.png", "--to", "target.ply", "-o", "out.png")
    assert code == 0, err
    _, first, second, _ = out.splitlines()
    assert first == (
        "The image was used for UDIM tile 1001 of 'tiles.ply' alone: what its layout has in 1003, 1011 took the "
        "colours next to it."
    )
    assert second.startswith("images {(0, 0): [0.25, 0.25, 0.25]}, ")


@pytest.mark.slow
def test_interrupt_cancels_within_a_second(start_command, finish, one_line, files):
    process = start_command(
        "wait", "bake", "--from", "source.obj", "face.png", "--to", "target.ply", "-o", "out.png", "--progress"
    )
    assert "waiting" in process.stderr.readline()
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, out, err = finish(process)
    assert time.monotonic() - asked < 1.0
    assert code == 130 and out == "" and one_line(err) == "headbridge: error: Cancelled; nothing was changed."
    assert not (files / "out.png").exists()


FROM = ["--from", "source.obj", "face.png"]
TO = ["--to", "target.ply"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*FROM, *TO], "the following arguments are required: -o/--output"),
        ([*FROM, "-o", "out.png"], "the following arguments are required: --to"),
        (["--from", "source.obj", *TO, "-o", "out.png"], "there are no images in the file; name the one that belongs"),
        ([*FROM, *TO, "-o", "out.png", "--size", "8"], "Setting 'size' is 8, below its minimum 16."),
        ([*FROM, *TO, "-o", "out.png", "--size", "10000"], "Setting 'size' is 10000, above its maximum 8192."),
        ([*FROM, *TO, "-o", "out.png", "--size", "large"], "argument --size: invalid int value: 'large'"),
        ([*FROM, *TO, "-o", "out.jpg"], "out.jpg: images are not written as '.jpg'; use one of .png"),
        ([*FROM, *TO, "-o", "out.png", "--mask", "mask.obj"], "mask.obj: images are not written as '.obj'"),
        ([*FROM, *TO, "-o", "none/out.png"], "the folder none does not exist; create it"),
        ([*FROM, *TO, "-o", "face.png"], "face.png: this is an input file; choose another name"),
        ([*FROM, *TO, "-o", "out.png", "--mask", "face.png"], "face.png: this is an input file"),
        ([*FROM, *TO, "-o", "out.png", "--mask", "out.png"], "out.png: -o and --mask name the same file"),
        ([*FROM, *TO, "-o", "out.png", "--json", "target.ply"], "target.ply: this is an input file"),
        (["--from", "none.obj", "face.png", *TO, "-o", "out.png"], "none.obj: there is no such file"),
        (["--from", "bare.ply", "face.png", *TO, "-o", "out.png"], "bare.ply has no UVs; unwrap it first"),
        ([*FROM, "--to", "bare.ply", "-o", "out.png"], "bare.ply has no UVs; unwrap it first"),
        ([*FROM, "--to", "negative.ply", "-o", "out.png"], "negative.ply has negative UVs (down to -0."),
        (["--from", "source.obj", "none.png", *TO, "-o", "out.png"], "none.png: there is no such file"),
        (["--from", "source.obj", "target.ply", *TO, "-o", "out.png"], "target.ply: the file is no image that can be"),
        ([*FROM, *TO, "-o", "out.png", "--registered", "bare.ply"], "The registered mesh 'bare.ply' has 178 vertices"),
        (
            [*FROM, "--to", "tiles.ply", "-o", "out.png"],
            "out.png: the layout of 'tiles.ply' lies in 3 UDIM tiles (1001, 1003, 1011), each with an image of its "
            "own; put <UDIM> into the name: out_<UDIM>.png",
        ),
        (
            [*FROM, "--to", "tiles.ply", "-o", "out_<UDIM>.png", "--mask", "mask.png"],
            "put <UDIM> into the name: mask_<UDIM>.png",
        ),
        (
            ["--from", "tiles.ply", "face_<UDIM>.png", "--to", "tiles.ply", "-o", "face_<UDIM>.png"],
            "face_1001.png: this is an input file",
        ),
        (
            ["--from", "far_tiles.ply", "face.png", *TO, "-o", "out.png"],
            "The layout of 'far_tiles.ply' lies in UDIM tiles 1002, 1004, 1012, but there is no image for 1002, 1004, ",
        ),
        (
            ["--from", "tiles.ply", "part_<UDIM>.png", *TO, "-o", "out.png"],
            "part_1003.png: there is no such file, but the layout of 'tiles.ply' lies in UDIM tile 1003 too; add its",
        ),
    ],
)
def test_bad_arguments_and_input_are_one_line_and_exit_code_2(refused, files, arguments, message):
    tiles = read_mesh(files / "tiles.ply")
    write_mesh(files / "far_tiles.ply", replace(tiles, uvs=tiles.uvs + np.array([1.0, 0.0], np.float32)))
    for number in (1001, 1011):
        (files / f"part_{number}.png").write_bytes((files / "face.png").read_bytes())
    assert message in refused("bake", *arguments)
