import numpy as np
import pytest
import torch

from headbridge.building import training
from headbridge.building.training import VisibleParts, start_network, train_on_visible
from headbridge.errors import Cancelled
from headbridge.progress import Progress

from .painted_photos import half


def grey(number: int) -> tuple[np.ndarray, np.ndarray]:
    """A texture without brows and lips, which no skin has, known in half."""
    return np.full((1, 64, 64, 3), 128, np.uint8), half(number)


@pytest.mark.slow
def test_only_what_is_known_is_hidden_and_asked_for():
    known = half(1)
    white = np.where(known[..., None], 255, 0).repeat(3, axis=3).astype(np.uint8)
    parts = VisibleParts(lambda number: (white, known), [0], "flame", 0)
    for _ in range(3):
        picture, shown, _, _, _, texture, hidden = parts.draw()
        white_here = (texture > 0.5).all(dim=1, keepdim=True)
        assert (shown * hidden).max() < 1e-6 and torch.equal(picture, texture)
        assert (white_here | (shown + hidden < 1e-6)).all()
        assert hidden.mean() > 0.02


@pytest.mark.slow
def test_equal_seeds_train_equal_networks_and_what_learned_is_better(monkeypatch):
    monkeypatch.setattr(training, "_JUDGED", 3)
    monkeypatch.setattr(training, "_RATE", 3e-3)

    def trained(seed, steps):
        network, errors = train_on_visible(grey, 2, "flame", steps, seed, "cpu", Progress())
        return network.state_dict(), errors

    first, errors = trained(0, 5)
    assert errors["taken"] and errors["error"] < 0.85 * errors["error_before"]
    second = trained(0, 5)[0]
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.slow
def test_a_network_that_became_worse_is_not_taken(monkeypatch):
    monkeypatch.setattr(training, "_JUDGED", 1)
    monkeypatch.setattr(training, "_RATE", 0.1)
    network, errors = train_on_visible(grey, 2, "flame", 2, 0, "cpu", Progress())
    assert not errors["taken"] and errors["error"] > errors["error_before"]
    start = start_network().state_dict()
    assert all(torch.equal(tensor, start[name]) for name, tensor in network.state_dict().items())


def test_it_can_be_stopped():
    with pytest.raises(Cancelled):
        train_on_visible(grey, 1, "flame", 5, 0, "cpu", Progress(should_stop=lambda: True))
