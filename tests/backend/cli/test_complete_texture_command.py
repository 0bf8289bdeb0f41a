"""`headbridge complete-texture` as users run it, and the worker's task of the same name."""

import json

import cv2
import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.jobs.complete_texture import COMPLETE_TEXTURE
from headbridge.jobs.folder import JobFolder
from headbridge.progress import Progress
from headbridge.texture.completion_job import CompleteTextureSettings

SIZE = 128
PLAIN = ("--method", "symmetric")


@pytest.fixture(autouse=True)
def files(tmp_path):
    """An even skin of 16 bits of which the left half of the picture is known, in one tile and in two."""
    skin = np.full((SIZE, SIZE, 3), (20000, 30000, 40000), np.uint16)
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[:, : SIZE // 2] = 255
    skin[mask == 0] = 0
    for name in ("skin", "skin_1001", "skin_1002"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), skin)
    for name in ("mask", "mask_1001", "mask_1002"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), mask)
    cv2.imwrite(str(tmp_path / "small.png"), mask[:64, :64])


def test_a_texture_is_completed_in_its_bit_depth(run_here, tmp_path):
    code, out, err = run_here("complete-texture", "skin.png", "--mask", "mask.png", "-o", "whole.png", *PLAIN)
    assert (code, err) == (0, "") and "filled in: " in out
    whole = cv2.imread(str(tmp_path / "whole.png"), cv2.IMREAD_UNCHANGED)
    assert whole.dtype == np.uint16
    # The middle of the cheek that was hidden.
    assert np.abs(whole[70:80, 85:95].astype(int) - (20000, 30000, 40000)).max() < 300
    assert np.array_equal(whole[70:80, 30:40], np.full((10, 10, 3), (20000, 30000, 40000)))


@pytest.mark.slow
def test_tiles_and_report(run_here, tmp_path):
    code, _, err = run_here(
        *("complete-texture", "skin_<UDIM>.png", "--mask", "mask_<UDIM>.png", "--layout", "hack"),
        *("-o", "whole_<UDIM>.png", "--json", "report.json", *PLAIN),
    )
    assert (code, err) == (0, "")
    assert (tmp_path / "whole_1001.png").exists() and (tmp_path / "whole_1002.png").exists()
    report = json.loads((tmp_path / "report.json").read_text())
    assert 0.3 < report["metrics"]["hidden"] < 0.7 and report["settings"]["layout"] == "hack"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["skin.png", "-o", "whole.png"], "skin.png has no alpha channel that tells what is known"),
        (["skin.png", "--mask", "small.png", "-o", "whole.png"], "128 x 128 texels, but its mask 64 x 64"),
        (["skin.png", "--mask", "mask.png", "-o", "skin.png"], "skin.png"),
        (["skin.png", "--mask", "mask.png", "-o", "w_<UDIM>.png", "--layout", "hack"], "1002; give one for every tile"),
        (["none.png", "--mask", "mask.png", "-o", "whole.png"], "none.png"),
    ],
)
def test_mistakes_are_told_in_one_line(run_here, tmp_path, arguments, message):
    before = {path.name for path in tmp_path.iterdir()}
    code, _, err = run_here("complete-texture", *arguments, *PLAIN)
    assert code == 2 and message in err and err.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == before


def test_the_task_writes_every_tile(tmp_path):
    folder, settings = JobFolder(tmp_path), CompleteTextureSettings(layout="hack", method="symmetric")
    images = {"image_files": np.array(["skin_1001.png", "skin_1002.png"]), "image_tiles": np.array([[0, 0], [1, 0]])}
    folder.write_arrays("options.npz", **images, mask_files=np.array(["mask_1001.png", "mask_1002.png"]))
    answer = COMPLETE_TEXTURE.run(folder, settings, Progress())
    assert answer["files"] == ["completed_1001.png", "completed_1002.png"]
    assert all((tmp_path / name).exists() for name in answer["files"])
    folder.write_arrays("options.npz", **images, mask_files=np.array(["mask_1001.png"]))
    with pytest.raises(InputError, match="one for each image"):
        COMPLETE_TEXTURE.run(folder, settings, Progress())
