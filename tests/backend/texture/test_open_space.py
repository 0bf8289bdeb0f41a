"""The open texture space."""

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.spatial.rasterise import rasterise_uv
from headbridge.texture import load_texture_space
from headbridge.texture.open_space import make_open_space, read_skins, with_mirrored
from headbridge.texture.principal_components import principal_components
from headbridge.texture.space import resized
from headbridge.topologies import load_builtin, load_topology

SIZE = 128
KEYS = ("flame", "hack")


def face_texels(key, region):
    """(SIZE, SIZE) bool of the first tile, texels whose triangle lies in a region of the outer skin."""
    mesh, topology = load_builtin(key), load_topology(key)
    inside = (topology.regions[region] & topology.skin)[mesh.triangles].all(axis=1)
    return np.append(inside, False)[rasterise_uv(mesh.uvs[mesh.triangle_corners], SIZE).triangle]


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
def test_every_skin_and_its_mirror_image_lie_in_the_space_within_plausible_coefficients(key):
    space = load_texture_space("open", key, SIZE)
    _, tiles, pictures = read_skins(key, SIZE)
    samples = with_mirrored(pictures, key, tiles)
    skins = [number for number, label in enumerate(space.labels) if label.startswith("skin")]
    basis = space.components[..., skins].reshape(-1, len(skins))
    centred = samples - samples.mean(axis=1, keepdims=True)
    values = np.linalg.solve(basis.T @ basis, basis.T @ centred)
    np.testing.assert_allclose(basis @ values, centred, atol=2e-4)
    # N samples on N - 1 axes of variance 1 all lie at the same distance.
    np.testing.assert_allclose((values**2).sum(axis=0), (len(skins)) ** 2 / (len(skins) + 1.0), rtol=1e-2)


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("without", [frozenset(), frozenset({0, 5})])
def test_components_are_the_principal_ones_of_skins_and_mirror_images(key, without):
    space = make_open_space(key, SIZE, without)
    names, tiles, pictures = read_skins(key, SIZE)
    kept = [number for number in range(len(names)) if number not in without]
    _, components = principal_components(with_mirrored(pictures[..., kept], key, tiles))
    made = space.components.reshape(len(components), -1)[:, : components.shape[1]]
    assert [label.startswith("skin") for label in space.labels].count(True) == components.shape[1] == 2 * len(kept) - 1
    np.testing.assert_allclose(made, components, atol=2e-4)


@pytest.mark.parametrize("key", KEYS)
def test_the_mean_is_a_face(key):
    space = load_texture_space("open", key, SIZE)
    colours = {name: space.mean[0][face_texels(key, name)].mean(axis=0) for name in ("narrow_face", "lips", "forehead")}
    red, green, blue = colours["narrow_face"]
    assert 0.8 > red > green > blue > 0.2
    redness = {name: colour[0] - colour[1] for name, colour in colours.items()}
    assert redness["lips"] > redness["forehead"] + 0.02
    # No holes: nothing on the skin is as dark as the background.
    assert space.mean[0][face_texels(key, "face")].min() > 0.08


@pytest.mark.parametrize("key", KEYS)
def test_brows_darken_the_skin_above_the_eyes_alone(key):
    space = load_texture_space("open", key, SIZE)
    number = space.labels.index("brows: darker")
    mesh, topology = load_builtin(key), load_topology(key)
    darker = -space.components[0, ..., number].sum(axis=-1)
    raster = rasterise_uv(mesh.uvs[mesh.triangle_corners], SIZE)
    corners = mesh.vertices[mesh.triangles[raster.triangle]]
    points = np.einsum("hwk,hwkd->hwd", raster.barycentrics, corners)
    dark = raster.covered & (darker > 0.5 * darker.max())
    eyes = topology.landmarks_51.evaluate(mesh.vertices)[19:31]
    assert dark.sum() > 30
    corners = eyes[[0, 3, 6, 9], 1]
    assert (points[dark][:, 1] > corners.max() + 5.0).all()
    assert (points[dark][:, 1] < corners.max() + 30.0).all()
    assert (points[dark][:, 0] > 0.0).any() and (points[dark][:, 0] < 0.0).any()
    assert darker[face_texels(key, "lips")].max() < 0.05 * darker.max()


def test_eyes_change_where_there_are_eyeballs_and_lids_keep_their_colour():
    space = load_texture_space("open", "flame", SIZE)
    mesh, topology = load_builtin("flame"), load_topology("flame")
    triangle = rasterise_uv(mesh.uvs[mesh.triangle_corners], SIZE).triangle
    balls = topology.regions["left_eyeball"] | topology.regions["right_eyeball"]
    eyes = np.append(balls[mesh.triangles].all(axis=1), False)[triangle]
    skin = np.append(topology.skin[mesh.triangles].all(axis=1), False)[triangle]
    for label in ("whites: darker", "irises: lighter", "irises: bluer"):
        change = np.abs(space.components[0, ..., space.labels.index(label)]).sum(axis=-1)
        # Where charts are neighbours a texel of this size mixes both.
        assert (change[eyes] > 0.05).any() and change[skin].max() < 0.03
    whites, irises = (
        np.abs(space.components[0, ..., space.labels.index(label)]).sum(axis=-1)
        for label in ("whites: darker", "irises: lighter")
    )
    assert (whites > 0.05).sum() > 3 * (irises > 0.05).sum()
    assert "whites: darker" not in load_texture_space("open", "hack", SIZE).labels


def test_images_have_the_layouts_tiles_and_any_size():
    pictures = load_texture_space("open", "hack", SIZE).image([1.0, -1.0], 96)
    assert {tile: (image.height, image.width) for tile, image in pictures.items()} == {
        (0, 0): (96, 96),
        (1, 0): (96, 96),
    }
    assert all(image.encoded == "sRGB" and 0.0 <= image.pixels.min() for image in pictures.values())


def test_no_coefficients_give_the_mean_and_one_moves_along_its_component():
    space = load_texture_space("open", "flame", SIZE)
    np.testing.assert_array_equal(space.colours([]), space.mean)
    moved = space.colours([0.0, 2.0]) - space.mean
    np.testing.assert_allclose(moved, 2.0 * space.components[..., 1], atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
def test_coefficients_mean_the_same_at_every_size(key):
    small, large = (make_open_space(key, size) for size in (64, 256))
    for number in range(small.count):
        row = np.eye(small.count)[number]
        change = (small.colours(row) - small.mean).ravel()
        shrunk = np.stack([resized(picture, 64) for picture in large.colours(row) - large.mean]).ravel()
        # Late components are fine detail, of which little is left at 64.
        assert change @ shrunk > 0.4 * np.linalg.norm(change) * np.linalg.norm(shrunk)


def test_sampling_agrees_with_the_texels():
    space = load_texture_space("open", "hack", SIZE)
    row, column = 40, 90
    mean, components = space.sample([[1.0 + (column + 0.5) / SIZE, 1.0 - (row + 0.5) / SIZE]])
    np.testing.assert_allclose(mean[0], space.mean[1, row, column], atol=1e-6)
    np.testing.assert_allclose(components[0], space.components[1, row, column], atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none", "flame", 256), "no texture space 'none'"),
        (("open", "ict", 256), "layout 'ict'"),
        (("open", "flame", 4096), "not 4096"),
    ],
)
def test_what_is_not_offered_is_refused(arguments, said):
    with pytest.raises(InputError, match=said):
        load_texture_space(*arguments)


def test_wrong_coefficients_are_refused():
    space = load_texture_space("open", "flame", SIZE)
    with pytest.raises(InputError, match="38 components"):
        space.colours(np.zeros(39))
    with pytest.raises(InputError, match="finite"):
        space.colours([np.nan])
