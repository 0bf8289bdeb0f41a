"""`headbridge fit-photo` as users run it, on photos that show nothing, with landmarks given."""

import json

import cv2
import numpy as np
import pytest

from headbridge.mesh.io import read_mesh
from headbridge.topologies import load_builtin, load_topology

pytestmark = pytest.mark.slow

WIDTH, HEIGHT = 320, 240
OPEN = ("--model", "open-flame", "--landmarks-only")


@pytest.fixture(autouse=True)
def photos(tmp_path):
    """Two photos of noise and the mean head's landmarks in them, 700 mm before the camera."""
    rng = np.random.default_rng(1)
    x, y, z = (load_topology("flame").landmarks_68.evaluate(load_builtin("flame").vertices) - [0.0, -20.0, 700.0]).T
    points = np.stack([WIDTH / 2 - 450.0 * x / z, HEIGHT / 2 + 450.0 * y / z], axis=1)
    for name in ("one", "two"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), rng.integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8))
        np.save(tmp_path / f"{name}.npy", points)


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_landmarks_only_writes_head_and_report(run_here, tmp_path):
    code, out, err = run_here("fit-photo", "one.png", "-o", "out", "--landmarks", "one.npy", *OPEN)
    assert code == 0 and err == ""
    assert out.startswith("Good.\nModel: the open FLAME-topology head.") and "one.png: landmarks" in out
    assert {"head.npz", "head.obj", "fit.json"} <= names(tmp_path / "out")
    report = json.loads((tmp_path / "out" / "fit.json").read_text())
    assert report["views"][0]["photo"] == "one.png" and report["views"][0]["metrics"]["landmark_error"] < 0.02
    # Where the picture shows nothing but the mean head's landmarks, it is the mean head.
    off = np.linalg.norm(read_mesh(tmp_path / "out" / "head.obj").vertices - load_builtin("flame").vertices, axis=1)
    assert off[load_topology("flame").regions["narrow_face"]].mean() < 3.0


def test_two_photos_share_one_identity(run_here, tmp_path):
    marks = ("--landmarks", "one.npy", "--landmarks", "two.npy")
    code, out, err = run_here("fit-photo", "one.png", "two.png", "-o", "out", *marks, *OPEN)
    assert code == 0 and err == "" and "one.png: " in out and "two.png: " in out
    report = json.loads((tmp_path / "out" / "fit.json").read_text())
    first, second = report["views"]
    assert [first["photo"], second["photo"]] == ["one.png", "two.png"]
    assert "identity" not in first["coefficients"] and "expression" in second["coefficients"]
    np.testing.assert_allclose(first["camera"]["R"], second["camera"]["R"], atol=1e-3)


def test_a_fit_is_kept_but_for_what_was_moved_by_hand(run_here, tmp_path):
    given = ("one.png", "--landmarks", "one.npy", *OPEN)
    run_here("fit-photo", *given, "-o", "first")
    marks = json.loads((tmp_path / "first" / "fit.json").read_text())["views"][0]["landmarks"]
    tip = marks["projected"][marks["names"].index("nose tip")]
    (tmp_path / "pins.json").write_text(json.dumps({"nose tip": [tip[0] + 2.0, tip[1]]}))
    assert run_here("fit-photo", *given, "-o", "same", "--again", "first")[0] == 0
    assert (tmp_path / "same" / "head.obj").read_bytes() == (tmp_path / "first" / "head.obj").read_bytes()
    assert run_here("fit-photo", *given, "-o", "moved", "--again", "first", "--pins", "pins.json")[0] == 0
    marks = json.loads((tmp_path / "moved" / "fit.json").read_text())["views"][0]["landmarks"]
    assert marks["projected"][marks["names"].index("nose tip")][0] > tip[0] + 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one.png", "--again", "nowhere"], "state.npz: there is no such file"),
        (["one.png", "--pins", "pins.json"], "there is no landmark 'nose'"),
        (["none.png"], "none.png: there is no such file"),
        (["note.png"], "note.png: the file is no image"),
        (["cut.png"], "cut.png: the file is damaged or cut off"),
        (["one.png"], "one.png: no face was found"),
        (["one.png", "two.png", "--landmarks", "one.npy"], "There are 2 photos, but --landmarks is given 1 times"),
        (["one.png", "--mask", "one.png", "--mask", "two.png"], "There are 1 photos, but --mask is given 2 times"),
        (["one.png", "--mask", "small.png"], "small.png: the mask is of 100 x 80 pixels"),
        (["one.png", "--landmarks", "far.npy"], "far.npy"),
        (
            ["one.png", "--landmarks", "one.npy", "--model", "flame", "--model-file", "none.pkl"],
            "none.pkl: there is no",
        ),
        (["one.png", "--face", "0"], "below its minimum"),
    ],
)
def test_wrong_input_is_told_in_one_line(refused, tmp_path, arguments, message):
    (tmp_path / "note.png").write_text("no picture")
    (tmp_path / "pins.json").write_text(json.dumps({"nose": [10.0, 20.0]}))
    (tmp_path / "cut.png").write_bytes((tmp_path / "one.png").read_bytes()[:5000])
    cv2.imwrite(str(tmp_path / "small.png"), np.full((80, 100), 255, np.uint8))
    np.save(tmp_path / "far.npy", np.load(tmp_path / "one.npy") + 5000.0)
    assert message in refused("fit-photo", *arguments, "-o", "out")


def test_the_output_has_to_be_a_folder(refused):
    assert "this is a file; name a folder" in refused("fit-photo", "one.png", "-o", "two.png")
