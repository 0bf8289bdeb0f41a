"""The file of a space of one's own."""

import io

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.texture import load_texture_space
from headbridge.texture.built_space import FORMAT, encode_built_space, read_built_space
from headbridge.texture.space import TextureSpace

SIDE, COUNT = 16, 3


def made_space(layout="hack") -> TextureSpace:
    rng = np.random.default_rng(1)
    tiles = ((0, 0), (1, 0)) if layout == "hack" else ((0, 0),)
    mean = rng.random((len(tiles), SIDE, SIDE, 3)).astype(np.float32)
    components = 0.1 * rng.normal(size=(*mean.shape, COUNT)).astype(np.float32)
    return TextureSpace(layout, "mine.npz", tiles, mean, components, tuple("abc"))


def arrays() -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(encode_built_space(made_space(), np.array([0.6, 0.3, 0.1]), ("x.png", "y.png")))) as stored:
        return dict(stored)


def test_a_space_comes_back_with_the_first_of_its_components(tmp_path):
    path, space = tmp_path / "mine.npz", made_space()
    path.write_bytes(encode_built_space(space, np.array([0.6, 0.3, 0.1]), ("x.png", "y.png")))
    found = read_built_space(path, SIDE, 2)
    assert (found.layout, found.tiles, found.labels) == ("hack", space.tiles, ("a", "b"))
    np.testing.assert_array_equal(found.mean, space.mean)
    np.testing.assert_allclose(found.components, space.components[..., :2], atol=1e-3 * 0.5)
    assert "2 of 3 components, built from 2 images" in found.notes[0]
    np.testing.assert_array_equal(arrays()["explained_variance"], [0.6, 0.3, 0.1])


def test_it_is_read_by_its_name_in_another_size(tmp_path):
    path, space = tmp_path / "mine.npz", made_space("flame")
    ramp = np.linspace(0.3, 0.6, SIDE)
    space.mean[:], space.components[:] = ramp[:, None], ramp[:, None, None] * (0.1, 0.2, 0.3)
    path.write_bytes(encode_built_space(space, np.ones(COUNT), ("x.png",)))
    found = load_texture_space(str(path), "flame", 4 * SIDE, 2)
    assert found.mean.shape == (1, 4 * SIDE, 4 * SIDE, 3) and found.count == 2
    fine = np.interp((np.arange(4 * SIDE) + 0.5) / 4.0 - 0.5, np.arange(SIDE), ramp)
    np.testing.assert_allclose(found.mean[0, 5], np.repeat(fine[:, None], 3, axis=1), atol=1e-3)
    np.testing.assert_allclose(found.components[0, 5, :, 1], np.outer(fine, (0.1, 0.2)), atol=1e-3)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": np.array("HeadBridge texture space 9")}, f"not '{FORMAT}'"),
        ({"layout": np.array("ict")}, "layout 'ict'"),
        ({"layout": np.array("flame")}, "are not those of flame's layout"),
        ({"mean": None}, "'mean' is missing"),
        ({"labels": np.array(["a"])}, "do not fit"),
        ({"mean": np.zeros((1, SIDE, SIDE, 3), np.float32)}, "do not fit"),
        ({"components": np.zeros((2, SIDE, SIDE, 3, COUNT), np.int32)}, "do not fit"),
        ({"mean": np.full((2, SIDE, SIDE, 3), np.nan, np.float32)}, "not finite"),
    ],
)
def test_files_that_are_no_such_space_are_refused(tmp_path, changed, said):
    stored = {name: array for name, array in (arrays() | changed).items() if array is not None}
    np.savez(tmp_path / "bad.npz", **stored)
    with pytest.raises(InputError, match=said):
        load_texture_space(str(tmp_path / "bad.npz"), "hack", 64)


def test_a_truncated_file_is_refused(tmp_path):
    content = encode_built_space(made_space(), np.ones(COUNT), ("x.png",))
    (tmp_path / "cut.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="damaged"):
        load_texture_space(str(tmp_path / "cut.npz"), "hack", 64)
