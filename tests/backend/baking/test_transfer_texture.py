"""Textures between heads: the transfer decides where texels lie, one mesh with two layouts needs none."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

from headbridge.baking import BakeInput, BakeSettings
from headbridge.baking.transfer_texture import transfer_texture
from headbridge.errors import InputError
from headbridge.images import Image
from headbridge.mesh import Mesh
from headbridge.progress import Progress
from headbridge.uv.job import UvResult


def plate(uvs, height: float = 0.0) -> Mesh:
    vertices = np.array([[0, 0, height], [1, 0, height], [1, 1, height], [0, 1, height]])
    return Mesh.from_faces(vertices, np.array([[0, 1, 2, 3]]), uvs=uvs, name="plate")


UPRIGHT = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
TURNED = np.roll(UPRIGHT, 1, axis=0)


@pytest.fixture
def image():
    return Image(np.random.default_rng(0).integers(0, 256, (32, 32, 3)) / 255.0)


@pytest.fixture
def transfers(monkeypatch):
    """Stands in for the UV transfer: gives every corner the layout turned by a quarter; collects its inputs."""
    calls = []

    def transfer_uvs(inputs, settings, progress):
        calls.append((inputs, settings))
        progress.report(0.5, "Transferring")
        return UvResult(TURNED, np.ones(4, bool), np.zeros(2, bool), "plate", notes=["carried"])

    module = types.ModuleType("headbridge.uv.transfer")
    module.transfer_uvs = transfer_uvs
    monkeypatch.setitem(sys.modules, "headbridge.uv.transfer", module)
    return calls


def turned_picture(image: Image) -> np.ndarray:
    """What a layout turned by a quarter shows at the upright one's texels."""
    return np.rot90(image.pixels)


def test_one_mesh_with_two_layouts_is_not_registered(image, transfers):
    result = transfer_texture(
        BakeInput(plate(TURNED), {(0, 0): image}, plate(UPRIGHT)), BakeSettings(size=32), Progress()
    )
    assert not transfers
    np.testing.assert_allclose(result.images[0, 0].pixels, turned_picture(image), atol=1e-5)
    assert result.metrics["counterpart_share"] == 1.0
    assert result.metrics["texels_covered"] == result.metrics["texels"] == 32 * 32
    assert result.metrics["texels_covered_twice"] == 0
    assert result.metrics["seconds"] == pytest.approx(sum(result.metrics["seconds_by_stage"].values()))
    assert len(result.notes) == 1


def test_other_meshes_go_through_the_transfer(image, transfers):
    source, target, registered = plate(UPRIGHT), plate(UPRIGHT, 0.1), plate(None, 0.05)
    told = []
    result = transfer_texture(
        BakeInput(source, {(0, 0): image}, target, registered, "flame", "hack"),
        BakeSettings(size=32, seed=3),
        Progress(lambda fraction, message, _: told.append((fraction, message))),
    )
    (inputs, settings), = transfers
    assert (inputs.source, inputs.target, inputs.registered) == (source, target, registered)
    assert (inputs.source_topology, inputs.target_topology, settings.seed) == ("flame", "hack", 3)
    np.testing.assert_allclose(result.images[0, 0].pixels, turned_picture(image), atol=1e-5)
    assert result.notes == ["carried"]
    assert (0.3, "Transferring") in told and [fraction for fraction, _ in told] == sorted(f for f, _ in told)


@pytest.mark.parametrize("which, words", [("source", "the image's layout"), ("target", "a layout to bake to")])
def test_a_mesh_without_uvs_is_refused(image, which, words):
    meshes = {"source": plate(UPRIGHT), "target": plate(UPRIGHT), which: plate(None)}
    with pytest.raises(InputError, match=f"no UVs.*{words}"):
        transfer_texture(
            BakeInput(meshes["source"], {(0, 0): image}, meshes["target"]), BakeSettings(size=32), Progress()
        )


def test_images_of_other_tiles_are_refused(image):
    with pytest.raises(InputError, match="UDIM"):
        transfer_texture(BakeInput(plate(TURNED), {(4, 0): image}, plate(UPRIGHT)), BakeSettings(size=32), Progress())


def test_a_layout_without_area_is_refused(image):
    with pytest.raises(InputError, match="covers no texel"):
        transfer_texture(
            BakeInput(plate(UPRIGHT), {(0, 0): image}, plate(np.zeros((4, 2)))), BakeSettings(size=32), Progress()
        )
