import numpy as np

from headbridge.texture.inpainting.masks import HidingMasks


def sphere_masks(seed: int) -> tuple[np.ndarray, HidingMasks]:
    """A ball whose layout is longitude and latitude; its first rows are off the chart."""
    longitude, latitude = np.meshgrid(np.linspace(-np.pi, np.pi, 48), np.linspace(1.3, -1.3, 48))
    normals = np.stack(
        [np.sin(longitude) * np.cos(latitude), np.sin(latitude), np.cos(longitude) * np.cos(latitude)], axis=-1
    )[None]
    normals[:, :4] = np.nan
    return normals, HidingMasks(100.0 * normals, normals, seed)


def test_every_mask_shows_a_part_and_hides_a_part():
    normals, masks = sphere_masks(0)
    on_chart = np.isfinite(normals[..., 0])
    for _ in range(40):
        known = masks.draw()
        assert 0.05 < known[on_chart].mean() < 0.75
        assert not known[~on_chart].any()


def test_what_looks_away_from_the_front_of_the_head_is_seldom_known():
    normals, masks = sphere_masks(1)
    shown = np.mean([masks.draw() for _ in range(60)], axis=0)
    front, back = normals[..., 2] > 0.9, normals[..., 2] < -0.9
    assert shown[front].mean() > 2.0 * shown[back].mean()


def test_the_same_seed_gives_the_same_masks():
    first, second = (sphere_masks(3)[1].draw() for _ in range(2))
    assert np.array_equal(first, second)
