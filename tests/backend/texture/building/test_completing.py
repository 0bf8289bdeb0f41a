import numpy as np
import pytest
from headbridge.baking.rasterise import rasterise_uv
from headbridge.progress import Progress
from headbridge.texture import load_texture_space
from headbridge.texture.building.completing import TextureCompletion
from headbridge.texture.building.training import start_network
from headbridge.topologies import load_builtin

from .painted_photos import SIZE, half, true_textures


def decibels(error: np.ndarray) -> float:
    return float(-10.0 * np.log10(np.mean(np.square(error))))


@pytest.mark.parametrize("trained", [False, True])
def test_a_hidden_half_is_filled_in_and_what_is_known_stays(trained):
    number = 1
    truth, known = true_textures()[number], half(number)
    pictures = np.where(known[..., None], np.rint(255.0 * truth), 7).astype(np.uint8)
    network = start_network(0)[0] if trained else None
    whole = TextureCompletion("flame", SIZE, network)(pictures, known, Progress()) / 255.0
    mesh = load_builtin("flame")
    covered = rasterise_uv(mesh.uvs[mesh.triangle_corners].astype(np.float64), SIZE).covered
    hidden, edge = (~known[0]) & covered, np.abs(np.arange(SIZE) - (SIZE // 2 + 4)) < 3
    inside = known[0] & covered & ~edge
    np.testing.assert_allclose(whole[0][inside], truth[0][inside], atol=0.6 / 255.0)
    mean = load_texture_space("open", "flame", SIZE).mean
    assert decibels((whole - truth)[0][hidden]) > decibels((mean - truth)[0][hidden]) + 6.0
