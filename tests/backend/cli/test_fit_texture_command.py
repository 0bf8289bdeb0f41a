"""`headbridge fit-texture` as users run it."""

import json

import cv2
import numpy as np


def test_a_texture_of_the_space_is_found_again(run_here, tmp_path):
    run_here("sample-texture", "-o", "made", "--size", "128", "--seed", "3")
    code, out, err = run_here("fit-texture", "made/texture_0000.png", "-o", "found", "--size", "128")
    assert (code, err) == (0, "") and "error: " in out and "dB in the face" in out
    pictures = [cv2.imread(str(tmp_path / name)) for name in ("made/texture_0000.png", "found/texture.png")]
    assert np.median(np.abs(pictures[0].astype(int) - pictures[1])) <= 1.0
    with np.load(tmp_path / "made" / "textures.npz") as made, np.load(tmp_path / "found" / "textures.npz") as found:
        assert made.files == found.files
        # In 8 bits and few texels the weakest components say as little as nothing.
        np.testing.assert_allclose(found["coefficients"][:, :8], made["coefficients"][:, :8], atol=0.1)
    report = json.loads((tmp_path / "found" / "fit_texture.json").read_text())
    assert report["texture_model"]["space"] == "open" and report["metrics"]["psnr"] > 45.0


def test_a_mask_of_another_size_is_told(run_here, tmp_path):
    cv2.imwrite(str(tmp_path / "skin.png"), np.full((128, 128, 3), 128, np.uint8))
    cv2.imwrite(str(tmp_path / "mask.png"), np.full((64, 64), 255, np.uint8))
    code, _, err = run_here("fit-texture", "skin.png", "--mask", "mask.png", "-o", "found")
    assert code == 2 and "128 x 128 texels, but its mask 64 x 64" in err
    assert not (tmp_path / "found").exists()
