"""fit-sequence gives back the performances that were made, with one identity and without leaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headbridge.errors import Cancelled, InputError
from headbridge.fitting.posable import Posed
from headbridge.fitting.result import state_of
from headbridge.fitting.sequence.fit import fit_sequence
from headbridge.fitting.sequence.job import FitSequenceInput, FitSequenceSettings
from headbridge.models.conversion import hack_to_flame
from headbridge.progress import Progress
from headbridge.topologies import load_builtin

OPEN = FitSequenceSettings(model="open-flame")


def performance(head, frames: int, seed: int, span: float = 1.0) -> dict[str, np.ndarray]:
    """Smooth curves over about a period, or a `span` of it: expressions that come and go, a jaw that opens by its bone and
    by its blendshape, turns."""
    random = np.random.default_rng(seed)
    at = np.linspace(0.0, span, frames)[:, None]

    def waves(count: int, size: float) -> np.ndarray:
        return size * np.sin(2.0 * np.pi * (at * random.uniform(0.5, 1.5, count) + random.random(count)))

    expression = np.maximum(waves(head.expression_count, 0.7) - 0.3, 0.0)
    expression[:, head.expression_names.index("jawOpen")] = 0.5 * np.sin(np.pi * at[:, 0]) ** 2
    return {
        "identity": random.normal(size=head.identity_count),
        "expression": expression,
        "root": waves(3, 0.5),
        "neck": waves(3, 0.15),
        "jaw": np.abs(waves(3, 0.25)) * [1.0, 0.1, 0.1],
        "left_eye": waves(3, 0.2),
        "right_eye": waves(3, 0.2),
        "translation": waves(3, 100.0),
    }


def posed(head, made: dict[str, np.ndarray], scale: float = 1.0) -> np.ndarray:
    """(T, V, 3)."""
    frames = [
        {name: values if name == "identity" else values[row] for name, values in made.items()}
        for row in range(len(made["root"]))
    ]
    return np.stack([scale * Posed(head, state_of(head, frame)).vertices() for frame in frames])


def rebuilt(head, result) -> np.ndarray:
    """What the result's coefficients and offset stand for."""
    if result.offset is not None:
        head = replace(head, template=head.template + result.offset)
    return np.stack([result.similarity.apply(frame) for frame in posed(head, result.coefficients)])


def fit(vertices: np.ndarray, settings=OPEN, numbers=None, **more):
    numbers = np.arange(len(vertices)) if numbers is None else numbers
    return fit_sequence(FitSequenceInput(load_builtin("flame"), vertices, numbers), settings, **more)


@pytest.mark.slow
def test_exact_meshes_give_their_own_curves(open_flame):
    made = performance(open_flame, 5, 0)
    # As VOCA's files have them: metres, in single precision.
    vertices = (posed(open_flame, made) / 1000.0).astype(np.float32)
    result = fit(vertices)
    assert 1000.0 * np.linalg.norm(rebuilt(open_flame, result) - vertices, axis=2).max() < 1e-2
    for name, wanted in made.items():
        np.testing.assert_allclose(result.coefficients[name], wanted, atol=2e-3, err_msg=name)
    assert result.offset is None and result.metrics["exact"]


@pytest.mark.slow
def test_a_person_beyond_the_model_has_an_offset_and_no_leaps(open_flame, ict_as_hack):
    made = performance(ict_as_hack, 6, 5, span=0.2)
    vertices = np.stack([hack_to_flame(frame) for frame in posed(ict_as_hack, made)])
    result = fit(vertices)
    error = np.linalg.norm(rebuilt(open_flame, result) - vertices, axis=2)
    assert error.mean() < 0.4 and result.metrics["fitted"]["mean"] == pytest.approx(error.mean(), rel=1e-6)
    found = result.coefficients
    assert 0.0 <= found["expression"].min() and found["expression"].max() <= 1.0
    # Neither bone nor blendshape leaps where the other could take its place: what they are off changes evenly.
    jaw_open, wanted = (head.expression_names.index("jawOpen") for head in (open_flame, ict_as_hack))
    off = found["expression"][:, jaw_open] - made["expression"][:, wanted]
    assert np.abs(np.diff(off, 2)).max() < 0.05
    assert np.abs(np.diff(found["jaw"][:, 0] - made["jaw"][:, 0], 2)).max() < 0.02


@pytest.mark.slow
def test_a_size_of_its_own_is_one_for_all_frames(open_flame):
    made = performance(open_flame, 3, 2)
    result = fit(posed(open_flame, made, scale=1.25))
    assert result.similarity.scale == pytest.approx(1.25, rel=1e-5)
    np.testing.assert_allclose(result.coefficients["jaw"], made["jaw"], atol=1e-3)


def test_one_frame_is_a_performance_too(open_flame):
    made = performance(open_flame, 1, 1)
    result = fit(posed(open_flame, made))
    np.testing.assert_allclose(result.coefficients["expression"], made["expression"], atol=1e-3)


def test_bad_frames_are_named(open_flame):
    vertices = posed(open_flame, performance(open_flame, 3, 1))
    vertices[1, 7] = np.nan
    with pytest.raises(InputError, match="Frame 12 has vertices that are no numbers"):
        fit(vertices, numbers=np.array([10, 12, 13]))
    with pytest.raises(Cancelled):
        fit(vertices, progress=Progress(should_stop=lambda: True))
