from dataclasses import replace

import numpy as np
import pytest

from headbridge.fitting.photo.light import LIGHT_COUNT
from headbridge.fitting.photo.skin_mask import SKIN
from headbridge.fitting.photo.state import FOCAL, photo_layout, step_size
from headbridge.fitting.posable import Posed

from .photometric_scene import SIZE, Scene


@pytest.fixture(scope="module")
def linearised(open_flame):
    """A scene before a smooth picture, its normal equations, and its residuals as a function of all unknowns."""
    scene, rng = Scene(open_flame), np.random.default_rng(0)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    photo = np.stack([0.5 + 0.3 * np.sin(columns / 9.0 + k) * np.cos(rows / 11.0 - k) for k in range(3)], axis=2)
    level = scene.level(photo.astype(np.float32))
    view = scene.view(rng.normal(size=10), light=scene.lamp())
    posed = Posed(scene.head, view.head)
    count, size = step_size(scene.head), scene.term.albedo.count
    albedo = rng.normal(0.0, 0.02, size)
    visible = scene.term.visible(level, view, posed)
    weights = rng.uniform(0.5, 1.0, (SIZE, SIZE)).astype(np.float32)
    samples = scene.term.samples(level, visible, weights, limit=1500)
    equations = scene.term.normal_equations(level, samples, view, posed, albedo)

    def residuals(step: np.ndarray) -> np.ndarray:
        moved = view.moved(step[:count])
        moved = replace(moved, light=view.light + step[count : count + LIGHT_COUNT].reshape(9, 3))
        found = scene.term.residuals(
            level, samples, moved, Posed(scene.head, moved.head), albedo + step[count + LIGHT_COUNT :]
        )
        return (np.sqrt(samples.weights)[:, None] * found).astype(np.float64).ravel()

    return scene, equations, residuals


def directions(scene: Scene) -> dict[str, tuple[np.ndarray, float]]:
    """Random directions in every kind of unknown, and how far to go for a difference."""
    rng, layout = np.random.default_rng(1), photo_layout(scene.head)
    count = step_size(scene.head)
    total = count + LIGHT_COUNT + scene.term.albedo.count
    kinds = {
        "identity": (layout["identity"], 2e-3),
        "expression": (layout["expression"], 1e-3),
        "root": (layout["root"], 2e-4),
        "jaw": (layout["jaw"], 1e-3),
        "translation": (layout["translation"], 5e-2),
        "focal": (layout[FOCAL], 1e-3),
        "light": (slice(count, count + LIGHT_COUNT), 1e-2),
        "albedo": (slice(count + LIGHT_COUNT, total), 1e-2),
    }
    result = {}
    for name, (part, step) in kinds.items():
        direction = np.zeros(total)
        direction[part] = rng.normal(size=total)[part]
        result[name] = direction, step
    return result


@pytest.mark.slow
def test_normal_equations_are_those_of_finite_differences(linearised):
    scene, equations, residuals = linearised
    slopes = {
        name: (residuals(step * way) - residuals(-step * way)) / (2.0 * step)
        for name, (way, step) in directions(scene).items()
    }
    ways = {name: way for name, (way, _) in directions(scene).items()}
    here = residuals(np.zeros(len(equations.right)))
    for name, slope in slopes.items():
        size = np.linalg.norm(slope)
        assert ways[name] @ equations.right == pytest.approx(-slope @ here, abs=3e-3 * size * np.linalg.norm(here))
        for other, beside in slopes.items():
            product = ways[name] @ equations.matrix @ ways[other]
            assert product == pytest.approx(slope @ beside, abs=5e-3 * size * np.linalg.norm(beside)), (name, other)


def test_without_shape_light_and_albedo_stay_the_same(open_flame):
    scene = Scene(open_flame)
    view = scene.view(light=scene.lamp())
    posed, albedo = Posed(scene.head, view.head), np.zeros(scene.term.albedo.count)
    level = scene.level(scene.picture(scene.view(), albedo))
    visible = scene.term.visible(level, view, posed)
    samples = scene.term.samples(level, visible, np.ones((SIZE, SIZE)), limit=1500)
    whole = scene.term.normal_equations(level, samples, view, posed, albedo)
    part = scene.term.normal_equations(level, samples, view, posed, albedo, shape=False)
    count = step_size(scene.head)
    np.testing.assert_array_equal(part.matrix[count:, count:], whole.matrix[count:, count:])
    assert not part.matrix[:count].any() and not part.right[:count].any()


def test_only_undisturbed_skin_is_compared(open_flame):
    scene = Scene(open_flame)
    view = scene.view(yaw=40.0)
    posed = Posed(scene.head, view.head)
    level = scene.level(np.zeros((SIZE, SIZE, 3), np.float32))
    level = replace(level, weights=(np.mgrid[:SIZE, :SIZE][0] < SIZE // 2).astype(np.float32))
    visible = scene.term.visible(level, view, posed)
    assert visible.usable[: SIZE // 2].any() and not visible.usable[SIZE // 2 :].any()
    samples = scene.term.samples(level, visible, np.ones((SIZE, SIZE)))
    assert (scene.term.kinds[samples.triangles] == SKIN).all()
    corners = scene.template.triangles[samples.triangles]
    assert scene.topology.regions["face"][corners].all() and not scene.topology.no_match[corners].any()
    points = np.einsum("nk,nkd->nd", samples.barycentrics, posed.vertices()[corners])
    places = level.screen.project(points, view.focal)
    row, column = np.divmod(samples.pixels, SIZE)
    np.testing.assert_allclose(places, np.column_stack([column, row]) + 0.5, atol=2e-3)
