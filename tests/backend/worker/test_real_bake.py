"""The real baking through the real worker: one quad with two layouts, whose bake is known exactly."""

import numpy as np
import pytest

from headbridge.images import Image, read_image, write_image
from headbridge.mesh import Mesh
from headbridge.mesh.io import write_mesh

pytestmark = pytest.mark.slow

SIZE = 32


def square(*corner_uvs) -> Mesh:
    return Mesh.from_faces([(0, 0, 0), (9, 0, 0), (9, 9, 0), (0, 9, 0)], np.array([[0, 1, 2, 3]]), uvs=corner_uvs)


@pytest.fixture
def squares(job_folder):
    """A job folder with a square whose layout fills tile 1001, and 1012 a quarter turn further, and a random image."""
    write_mesh(job_folder / "source.npz", square((0, 0), (1, 0), (1, 1), (0, 1)))
    write_mesh(job_folder / "target.npz", square((2, 1), (2, 2), (1, 2), (1, 1)))
    pixels = np.random.default_rng(6).integers(0, 256, (SIZE, SIZE, 4)).astype(np.float32) / 255
    pixels[..., 3] = 1.0
    write_image(job_folder / "skin.png", Image(pixels))
    np.savez(job_folder / "options.npz", image_files=np.array(["skin.png"]), image_tiles=np.zeros((1, 2), np.int32))
    return job_folder


def test_bake_end_to_end(start_worker, squares):
    settings = {"size": SIZE, "filter": "bilinear"}
    answer = start_worker(real=True).call("bake", job="one", folder=str(squares), settings=settings)["result"]
    assert answer["files"] == ["texture_1012.png"] and answer["masks"] == ["coverage_1012.png"]
    assert answer["metrics"]["texels_covered"] == answer["metrics"]["texels"] == SIZE**2
    texture, skin = (read_image(squares / name).pixels for name in ("texture_1012.png", "skin.png"))
    # The source's lower left corner has become the target's lower right one.
    np.testing.assert_allclose(texture, np.rot90(skin), atol=1.01 / 255)
    assert (read_image(squares / "coverage_1012.png").pixels == 1.0).all()


def test_a_bake_says_which_job_file_is_wrong(start_worker, squares):
    worker = start_worker(real=True)
    for job, (name, content, message) in enumerate(
        (
            ("skin.png", b"\x89PNG\r\n\x1a\n rubbish", "skin.png: the file is damaged or cut off before"),
            ("skin.png", None, "skin.png: there is no such file"),
            ("options.npz", None, "options.npz names no images; give image_files and image_tiles."),
            ("registered.npz", b"rubbish", "registered.npz: this is no .npz file"),
            ("target.npz", None, "target.npz: there is no such file"),
        )
    ):
        (squares / name).unlink() if content is None else (squares / name).write_bytes(content)
        error = worker.call("bake", job=str(job), folder=str(squares), settings={})["error"]
        assert error["code"] == -32002 and message in error["message"]
    assert not list(squares.glob("texture_*")) and not (squares / "metrics.json").exists()
