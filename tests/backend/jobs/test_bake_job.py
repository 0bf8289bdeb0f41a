"""A bake job hands its meshes and images to the computation and writes an image and a mask for every tile."""

import json
import sys
import types
from dataclasses import replace

import numpy as np
import pytest

from headbridge.baking.job import BakeResult, BakeSettings
from headbridge.errors import InputError
from headbridge.images import Image, read_image, write_image
from headbridge.jobs.bake import BAKE
from headbridge.jobs.folder import JobFolder
from headbridge.mesh.io import write_mesh
from headbridge.mesh.udim import occupied_tiles
from headbridge.progress import Progress


@pytest.fixture
def seen(monkeypatch):
    """Stands in for the computation: keeps what it was given and answers with every tile in one colour."""
    given = {}

    def bake_texture(inputs, settings, progress):
        given.update(inputs=inputs, settings=settings)
        first = next(iter(inputs.images.values()))
        shape = (settings.size, settings.size)
        tiles = occupied_tiles(inputs.target)
        images = {tile: replace(first, pixels=np.full((*shape, first.channels), k / 8)) for k, tile in enumerate(tiles)}
        masks = {tile: np.full(shape, 200 + k, np.uint8) for k, tile in enumerate(tiles)}
        return BakeResult(images, masks, {"share": float("nan")}, ["A note."])

    module = types.SimpleNamespace(bake_texture=bake_texture)
    monkeypatch.setitem(sys.modules, "headbridge.baking.bake_texture", module)
    return given


@pytest.fixture
def folder(tmp_path, sphere_mesh, seamed_prism):
    """A prism in tile 1001 with an image, and a sphere in the tiles 1001 and 1012."""
    write_mesh(tmp_path / "source.npz", seamed_prism)
    sphere = sphere_mesh()
    uvs = np.random.default_rng(2).random((len(sphere.corners), 2))
    uvs[sphere.face_starts[40] :] += 1.0
    write_mesh(tmp_path / "target.npz", replace(sphere, uvs=uvs))
    write_image(tmp_path / "skin.png", Image(np.full((4, 6, 4), 0.5), bits=16))
    folder = JobFolder(tmp_path)
    folder.write_arrays("options.npz", image_files=np.array(["skin.png"]), image_tiles=np.zeros((1, 2), np.int32))
    return folder


def test_everything_arrives_and_returns(folder, seen, seamed_prism):
    write_mesh(folder.file("registered.npz"), seamed_prism.with_vertices(seamed_prism.vertices + 5.0))
    settings = BakeSettings(size=16)
    answer = BAKE.run(folder, settings, Progress())
    inputs = seen["inputs"]
    assert seen["settings"] is settings and list(inputs.images) == [(0, 0)]
    assert inputs.images[0, 0].pixels.shape == (4, 6, 4) and inputs.images[0, 0].bits == 16
    np.testing.assert_array_equal(inputs.source.uvs, seamed_prism.uvs)
    np.testing.assert_array_equal(inputs.registered.vertices, seamed_prism.vertices + 5.0)
    assert answer["files"] == ["texture_1001.png", "texture_1012.png"]
    assert answer["masks"] == ["coverage_1001.png", "coverage_1012.png"]
    for k, number in enumerate((1001, 1012)):
        texture = read_image(folder.file(f"texture_{number}.png"))
        assert texture.bits == 16 and texture.pixels.shape == (16, 16, 4)
        np.testing.assert_allclose(texture.pixels, k / 8, atol=1e-5)
        np.testing.assert_allclose(read_image(folder.file(f"coverage_{number}.png")).pixels, (200 + k) / 255, atol=1e-6)
    assert answer["metrics"] == {"share": None} and answer["notes"] == ["A note."]
    assert answer["settings"]["size"] == 16 and answer["versions"]["numpy"] == np.__version__
    assert json.loads((folder.path / "metrics.json").read_text()) == answer


def test_float_images_are_written_as_floats(folder, seen):
    write_image(folder.file("skin.exr"), Image(np.full((4, 4, 3), 3.5), encoded="linear", bits=32))
    folder.write_arrays("options.npz", image_files=np.array(["skin.exr"]), image_tiles=np.zeros((1, 2), np.int32))
    answer = BAKE.run(folder, BakeSettings(size=16), Progress())
    assert answer["files"] == ["texture_1001.exr", "texture_1012.exr"]
    assert read_image(folder.file("texture_1001.exr")).encoded == "linear"


def test_the_only_image_serves_the_only_tile_and_every_tile_has_its_own(folder, seen, seamed_prism):
    write_mesh(folder.file("source.npz"), replace(seamed_prism, uvs=seamed_prism.uvs + np.float32(2.0)))
    BAKE.run(folder, BakeSettings(size=16), Progress())
    assert list(seen["inputs"].images) == [(2, 2)]
    spread = seamed_prism.uvs.copy()
    spread[:5] += (0.0, 1.0)
    write_mesh(folder.file("source.npz"), replace(seamed_prism, uvs=spread))
    for name, value in (("upper.png", 0.75), ("unused.png", 1.0)):
        write_image(folder.file(name), Image(np.full((2, 2, 1), value)))
    names, tiles = np.array(["upper.png", "unused.png", "skin.png"]), np.array([(0, 1), (5, 5), (0, 0)])
    folder.write_arrays("options.npz", image_files=names, image_tiles=tiles)
    BAKE.run(folder, BakeSettings(size=16), Progress())
    images = seen["inputs"].images
    assert {tile: image.name for tile, image in images.items()} == {(0, 0): "skin.png", (0, 1): "upper.png"}


TILE = np.zeros((1, 2), np.int32)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "options.npz names no images; give image_files and image_tiles."),
        ({"image_files": np.array(["skin.png"])}, "options.npz names no images"),
        ({"image_files": np.zeros(0, "U1"), "image_tiles": np.zeros((0, 2), int)}, "options.npz names no images"),
        ({"images": TILE}, "options.npz holds 'images', which is unknown; it may hold image_files, image_tiles."),
        ({"image_files": np.array(["skin.png"]), "image_tiles": TILE[0]}, "should hold image_files .K,. text and"),
        ({"image_files": np.array([1]), "image_tiles": TILE}, "should hold image_files .K,. text and"),
        ({"image_files": np.array("skin.png"), "image_tiles": TILE}, "should hold image_files .K,. text and"),
        ({"image_files": np.array(["../skin.png"]), "image_tiles": TILE}, "'../skin.png' leads out of the job folder"),
        ({"image_files": np.array(["none.png"]), "image_tiles": TILE}, "none.png: there is no such file"),
        ({"image_files": np.array(["skin.png"] * 2), "image_tiles": np.array([(1, 0), (2, 0)])}, "no image for 1001;"),
    ],
)
def test_wrong_options(folder, seen, options, message):
    folder.file("options.npz").unlink()
    if options:
        folder.write_arrays("options.npz", **options)
    before = sorted(path.name for path in folder.path.iterdir())
    with pytest.raises(InputError, match=message):
        BAKE.run(folder, BakeSettings(size=16), Progress())
    assert not seen and sorted(path.name for path in folder.path.iterdir()) == before
