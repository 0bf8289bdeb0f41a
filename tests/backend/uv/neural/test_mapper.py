"""The trained mapper against layouts that are known everywhere."""

import dataclasses

import numpy as np
import pytest
import torch

from headbridge.errors import Cancelled, DeviceError, HeadBridgeError
from headbridge.progress import Progress
from headbridge.uv.neural import NeuralMapper, NeuralSettings, mapper, train_mapper

from .patch_shapes import RADIUS, SCALE, closed_lips, on_cylinder, outward, seamed_cylinder, unrolled

SMALL = NeuralSettings(steps=300, batch=256, samples=8192, width=32, layers=2, frequencies=16, chart_weight=1000.0)
# For what does not depend on how well the network fits.
TINY = dataclasses.replace(SMALL, steps=12, batch=128, samples=256, width=16)


class Memory:
    """A cache in memory."""

    def __init__(self):
        self.entries = {}

    def get(self, kind, key):
        return self.entries.get((kind, key))

    def put(self, kind, key, arrays):
        self.entries[kind, key] = {name: np.array(array) for name, array in arrays.items()}


class ZeroInOneSpot:
    """A loss term that wants UV (0, 0) where the patches are not: 40 mm above the cylinder's middle."""

    key = "zero"

    def __call__(self, uvs):
        points, normals = self.spot()
        return 1024.0**2 * uvs(points, normals).square().mean()

    @staticmethod
    def spot():
        return torch.tensor([[0.0, 0.0, RADIUS + 40.0]]), torch.tensor([[0.0, 0.0, 1.0]])


@pytest.fixture(scope="module")
def fitted() -> NeuralMapper:
    return train_mapper(seamed_cylinder(), settings=SMALL)


def places(count: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).uniform([-0.95 * RADIUS, -45.0], [0.95 * RADIUS, 45.0], (count, 2))


@pytest.mark.slow
def test_fits_both_sides_of_a_seam_to_a_pixel(fitted):
    held_out = places(2000)
    right = held_out[:, 0] > 0.0
    found = fitted.uvs(on_cylinder(held_out), right.astype(int), outward(held_out))
    error = 1024.0 * np.linalg.norm(found - unrolled(held_out, right), axis=1)
    assert np.median(error) < 0.5
    assert np.percentile(error, 95) < 1.2


@pytest.mark.slow
def test_tells_the_sides_of_the_seam_apart_to_half_a_millimetre(fitted):
    held_out = places(2000)
    held_out = held_out[np.abs(held_out[:, 0]) > 0.5]
    costs = fitted.patch_costs(on_cylinder(held_out), outward(held_out))
    assert (np.argmin(costs, axis=1) == (held_out[:, 0] > 0.0)).all()


def test_costs_are_millimetres_from_the_seam(fitted):
    arc = np.array([-4.0, -2.0, 0.0, 2.0, 4.0])
    along = np.stack([arc, np.full(5, 7.0)], axis=1)
    costs = fitted.patch_costs(on_cylinder(along), outward(along))
    assert costs[:, 0] - costs[:, 1] == pytest.approx(arc, abs=0.8)
    assert (costs >= 0.0).all()


def test_points_far_from_the_patches_are_answered_as_their_border(fitted):
    beyond = np.array([[1.6 * RADIUS, 10.0], [0.0, 140.0]])
    border = np.array([[RADIUS, 10.0], [0.0, 50.0]])
    found = fitted.uvs(on_cylinder(beyond), np.array([1, 0]), outward(beyond))
    wanted = unrolled(border, np.array([1.0, 0.0]))
    assert 1024.0 * np.abs(found - wanted).max() < 25.0


@pytest.mark.slow
def test_lips_that_touch_are_told_apart_by_their_normals():
    patches = closed_lips(gap=0.2)
    found = train_mapper(patches, settings=SMALL)
    flat = np.random.default_rng(1).uniform(-18.0, 18.0, (500, 2))
    low = np.stack([flat[:, 0], np.zeros(500), -flat[:, 1]], axis=1)
    for points, normal, wanted in (
        (low, 1.0, flat * SCALE + 0.3),
        (low + [0.0, 0.2, 0.0], -1.0, flat * SCALE * [1.0, -1.0] + [0.3, 0.6]),
    ):
        normals = np.tile([0.0, normal, 0.0], (500, 1))
        error = 1024.0 * np.linalg.norm(found.uvs(points, np.zeros(500, int), normals) - wanted, axis=1)
        assert np.percentile(error, 95) < 2.0


def test_hidden_layers_stay_within_the_spectral_bound():
    # The bound is tight enough that the first weights break it.
    settings = dataclasses.replace(TINY, spectral_bound=0.7, layers=3)
    found = train_mapper(seamed_cylinder(), settings=settings)
    norms = [np.linalg.norm(weight.detach().numpy(), 2) for weight in found.network.weights]
    assert len(norms) == 3
    assert max(norms) <= 0.7 * (1.0 + 1e-5)
    assert max(norms) > 0.69


def test_the_same_seed_gives_the_same_network_and_another_another():
    first, again, other = (train_mapper(seamed_cylinder(), settings=TINY, seed=seed) for seed in (5, 5, 6))
    for name, array in first.arrays().items():
        assert np.array_equal(array, again.arrays()[name]), name
    assert not np.array_equal(first.arrays()["output"], other.arrays()["output"])


def test_the_network_does_not_depend_on_the_number_of_threads():
    threads = torch.get_num_threads()
    found = []
    try:
        for count in (1, 3):
            torch.set_num_threads(count)
            found.append(train_mapper(seamed_cylinder(), settings=TINY).arrays())
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    for name, array in found[0].items():
        assert np.array_equal(array, found[1][name]), name


def test_a_cached_network_answers_bit_for_bit_without_training(monkeypatch):
    cache, patches, at = Memory(), seamed_cylinder(), places(50)
    trained = train_mapper(patches, settings=TINY, cache=cache)

    def fail(*_):
        raise AssertionError("trained again")

    monkeypatch.setattr(mapper, "fit", fail)
    cached = train_mapper(patches, settings=TINY, cache=cache)
    side = np.zeros(50, int)
    assert np.array_equal(
        trained.uvs(on_cylinder(at), side, outward(at)), cached.uvs(on_cylinder(at), side, outward(at))
    )
    assert np.array_equal(
        trained.patch_costs(on_cylinder(at), outward(at)), cached.patch_costs(on_cylinder(at), outward(at))
    )


@pytest.mark.parametrize("change", ["uvs", "vertices", "seed", "settings", "terms"])
def test_anything_that_matters_has_another_cache_entry(change):
    cache, patches = Memory(), seamed_cylinder()
    train_mapper(patches, settings=TINY, cache=cache)
    options = {"settings": TINY}
    if change == "uvs":
        patches = dataclasses.replace(patches, triangle_uvs=patches.triangle_uvs + 0.01)
    elif change == "vertices":
        patches = dataclasses.replace(patches, vertices=1.01 * patches.vertices)
    elif change == "seed":
        options["seed"] = 1
    elif change == "settings":
        options["settings"] = dataclasses.replace(TINY, smoothness=0.2)
    else:
        options["terms"] = (ZeroInOneSpot(),)
    train_mapper(patches, cache=cache, **options)
    assert len(cache.entries) == 2


@pytest.mark.slow
def test_a_further_loss_term_shapes_the_map():
    settings = dataclasses.replace(TINY, steps=80)
    distances = []
    for terms in ((), (ZeroInOneSpot(),)):
        term_seen = train_mapper(seamed_cylinder(), settings=settings, terms=terms)
        with torch.no_grad():
            uvs, _ = term_seen.network(*ZeroInOneSpot.spot())
        distances.append(float(uvs.norm(dim=2).max()))
    assert distances[1] < 0.1 < distances[0]


def test_cancels_while_it_trains():
    reports = []

    def listener(fraction, message, vertices):
        reports.append(fraction)

    progress = Progress(listener, lambda: len(reports) >= 4)
    endless = dataclasses.replace(TINY, steps=10**7)
    with pytest.raises(Cancelled):
        train_mapper(seamed_cylinder(), settings=endless, progress=progress)
    assert len(reports) == 4


def test_training_that_diverges_says_so():
    with pytest.raises(HeadBridgeError, match="training diverged.*learning rate"):
        train_mapper(seamed_cylinder(), settings=dataclasses.replace(TINY, learning_rate=float("inf")))


def test_an_unknown_device_is_refused():
    with pytest.raises(DeviceError, match="no device 'tpu'"):
        train_mapper(seamed_cylinder(), settings=TINY, device="tpu")
