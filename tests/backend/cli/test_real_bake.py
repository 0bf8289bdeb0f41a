"""From the command line to a baked image: one mesh with two layouts, whose bake is known exactly."""

import json
from dataclasses import replace

import numpy as np
import pytest

from headbridge.images import Image, read_image, write_image
from headbridge.mesh.io import write_mesh

pytestmark = pytest.mark.slow

SIZE = 64


@pytest.fixture
def turned(tmp_path, sphere_mesh):
    """sphere.obj with a layout of squares, turned.obj with the same layout turned by half a circle about the middle of
    the tile, and a random 16-bit image."""
    sphere = sphere_mesh(4, 8)
    # Every face gets one of 36 cells; corners lie between texel centres.
    cell = np.repeat(np.arange(len(sphere.face_sizes)), sphere.face_sizes)
    corner = np.arange(len(sphere.corners)) - sphere.face_starts[cell]
    low = np.stack([cell % 6, cell // 6], axis=1) * 10 + 3
    uvs = (low + 8 * np.array([(0, 0), (1, 0), (1, 1), (0, 1)])[corner]) / SIZE
    write_mesh(tmp_path / "sphere.obj", replace(sphere, uvs=uvs))
    write_mesh(tmp_path / "turned.obj", replace(sphere, uvs=1.0 - uvs))
    pixels = np.random.default_rng(4).integers(0, 65536, (SIZE, SIZE, 3)) / 65535
    write_image(tmp_path / "image.png", Image(pixels.astype(np.float32), bits=16))
    return tmp_path


def test_a_turned_layout_gives_the_turned_image(headbridge, turned):
    done = headbridge(
        "bake", "--from", "sphere.obj", "image.png", "--to", "turned.obj", "-o", "out.png",
        "--size", SIZE, "--filter", "bilinear", "--mask", "mask.png", "--json", "m.json", "--padding", 0,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    image, out, mask = (read_image(turned / name) for name in ("image.png", "out.png", "mask.png"))
    covered = mask.pixels[..., 0] == 1.0
    # 16 quads of 64 texels; of the 16 triangles, half of the texels, those on the diagonal of one corner included.
    assert covered.sum() == json.loads((turned / "m.json").read_text())["metrics"]["texels_covered"]
    assert 16 * 64 + 16 * 28 <= covered.sum() <= 16 * 64 + 16 * 36
    assert out.bits == 16 and out.pixels.shape == (SIZE, SIZE, 3)
    np.testing.assert_allclose(out.pixels[covered], image.pixels[::-1, ::-1][covered], atol=2e-4)
    assert (out.pixels[~covered] == 0.0).all()
    assert f"texels covered: {covered.sum()} of {SIZE**2} " in done.stdout
    assert "of these with a place in the image: 100.0%" in done.stdout
