"""The simulation of a farm against what can be computed by hand."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "farm" / "simulate.py"


@pytest.fixture(scope="module")
def simulation():
    spec = importlib.util.spec_from_file_location("simulate_farm", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_workers_that_wait_for_nothing_compute_all_the_time(simulation, monkeypatch):
    monkeypatch.setattr(simulation, "_SPREAD", 0.0)
    endless = simulation.Storage(1e15, 1e15)
    outcome = simulation.simulate(10, 1000, 10.0, endless, "slurm", software_shared=False)
    # The workers start 50 ms after each other, compute for 6 s, and do 100 heads of 10 s each.
    assert outcome.up == pytest.approx(9 * 0.05 + 6.0)
    assert outcome.seconds == pytest.approx(9 * 0.05 + 6.0 + 1000.0)
    assert outcome.share == pytest.approx(10_000.0 / (10 * outcome.seconds))


def test_what_is_always_busy_sets_the_pace(simulation):
    # 55 requests for each head, of which 1000 a second are served: 18.2 heads a second, whatever the workers.
    slow = simulation.Storage(1000.0, 1e15)
    outcome = simulation.simulate(1000, 20_000, 1.0, slow, "slurm", software_shared=False)
    assert outcome.busy["names"] > 0.97
    assert 20_000 / outcome.seconds == pytest.approx(1000.0 / 55.0, rel=0.04)


def test_requests_are_served_in_the_order_in_which_they_come(simulation, monkeypatch):
    # A start-up that computes for long must not keep the storage from those that come after it.
    monkeypatch.setattr(simulation, "_START_CPU", 1000.0)
    storage = simulation.Storage(30_000.0, 600e6)
    outcome = simulation.simulate(10, 10, 1.0, storage, "pool", software_shared=True)
    # Ten workers, a second of names and a second of bytes each, one after the other, then all compute at once.
    assert outcome.up == pytest.approx(1.0 + 10.0 + 1000.0)
