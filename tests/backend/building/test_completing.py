import numpy as np
import pytest

from headbridge.building.completing import TextureCompletion
from headbridge.building.training import start_network
from headbridge.progress import Progress
from headbridge.spatial.rasterise import rasterise_uv
from headbridge.texture import load_texture_space
from headbridge.texture.atlas.layout import HeadLayout
from headbridge.texture.built_space import encode_built_space
from headbridge.texture.space import TextureSpace
from headbridge.topologies import load_builtin

pytestmark = pytest.mark.slow

SIZE = 64
MIDDLE, EDGE = SIZE // 2 + 4, 3


def decibels(error: np.ndarray) -> float:
    return float(-10.0 * np.log10(np.mean(np.square(error))))


@pytest.mark.parametrize(("layout", "network"), [("flame", False), ("flame", True), ("hack", False)])
def test_a_hidden_half_is_filled_in_and_what_is_known_stays(layout, network):
    space, mesh = load_texture_space("open", layout, SIZE), load_builtin(layout)
    truth = np.clip(space.colours(np.array([-0.5, 0.4, 0.3])), 0.0, 1.0)
    known = np.zeros(truth.shape[:3], bool)
    known[..., :MIDDLE] = True
    pictures = np.where(known[..., None], np.rint(255.0 * truth), 7).astype(np.uint8)
    complete = TextureCompletion(layout, SIZE, start_network() if network else None)
    whole = complete(pictures, known, Progress()) / 255.0
    assert whole.shape == truth.shape
    corners = mesh.uvs[mesh.triangle_corners].astype(np.float64)
    covered = np.stack([rasterise_uv(corners, SIZE, tile).covered for tile in space.tiles])
    inside = known & covered & (np.arange(SIZE) < MIDDLE - EDGE)
    np.testing.assert_allclose(whole[inside], truth[inside], atol=0.6 / 255.0)
    hidden = covered & ~known
    assert decibels((whole - truth)[hidden]) > decibels((space.mean - truth)[hidden]) + 6.0


def test_the_first_basis_says_what_is_hidden(tmp_path):
    """Marks on one side of the face go with a colour on the other: only the space they are of knows that."""
    open_space = load_texture_space("open", "flame", SIZE)
    marks = np.zeros((*open_space.mean.shape, 1), np.float32)
    marks[:, :, :MIDDLE] = 0.1
    marks[:, ::8, MIDDLE:] = -0.25
    space = TextureSpace("flame", "mine.npz", open_space.tiles, open_space.mean, marks, ("marks",))
    path = tmp_path / "mine.npz"
    path.write_bytes(encode_built_space(space, np.ones(1), ("x.png",)))
    truth = np.clip(space.colours(np.array([1.5])), 0.0, 1.0)
    known = np.zeros(truth.shape[:3], bool)
    known[..., :MIDDLE] = True
    pictures = np.where(known[..., None], np.rint(255.0 * truth), 7).astype(np.uint8)
    hidden = HeadLayout(load_builtin("flame"), SIZE).covered[None] & ~known
    errors = {}
    for name in ("open", str(path)):
        whole = TextureCompletion("flame", SIZE, None, space=name)(pictures, known, Progress()) / 255.0
        errors[name] = decibels((whole - truth)[hidden])
    assert errors[str(path)] > errors["open"] + 3.0
