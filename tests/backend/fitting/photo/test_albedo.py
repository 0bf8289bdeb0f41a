import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from headbridge.fitting.photo.albedo import AlbedoModel
from headbridge.texture import load_texture_space
from headbridge.texture.atlas.layout import HeadLayout
from headbridge.topologies import load_builtin, load_topology


@pytest.fixture(scope="module", params=["flame", "hack"])
def model(request):
    layout = request.param
    return AlbedoModel(load_builtin(layout), load_topology(layout), load_texture_space("open", layout, size=128))


def points(model: AlbedoModel, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    face = load_topology(model.layout).regions["face"]
    inside = np.flatnonzero(face[load_builtin(model.layout).triangles].all(axis=1))
    return rng.choice(inside, count), rng.dirichlet(np.ones(3), count)


@pytest.mark.slow
def test_regions_share_every_vertex_and_mirror(model):
    np.testing.assert_allclose(model.regions.sum(axis=1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(model.mirror[model.mirror], np.arange(model.region_count))


def test_what_both_sides_share_is_likelier_than_what_tells_them_apart(model):
    precision = model.precision()
    assert np.linalg.eigvalsh(precision).min() > 0.0
    pair = next(r for r in range(model.region_count) if model.mirror[r] != r)
    costs = []
    for other in (0.05, -0.05):
        offsets = np.zeros((model.region_count, 3))
        offsets[pair], offsets[model.mirror[pair]] = 0.05, other
        coefficients = np.concatenate([np.zeros(model.component_count), offsets.ravel()])
        costs.append(float(coefficients @ precision @ coefficients))
    assert 2.0 * costs[0] < costs[1]


def test_samples_and_picture_are_the_same_albedo(model):
    rng = np.random.default_rng(1)
    coefficients = np.concatenate(
        [rng.normal(0.0, 0.5, model.component_count), rng.normal(0.0, 0.02, 3 * model.region_count)]
    )
    triangles, weights = points(model)
    samples = model.sample(triangles, weights, 0).colours(coefficients)
    np.testing.assert_allclose(model.colours(coefficients, triangles, weights, 0), samples, atol=1e-5)

    layout = HeadLayout(load_builtin(model.layout), 128)
    picture = model.picture(coefficients, layout)
    uvs = np.einsum("nk,nkd->nd", weights, layout.triangles[triangles])
    row, column = ((1.0 - uvs[:, 1]) * 128).astype(int), (uvs[:, 0] * layout.shape[1]).astype(int)
    # The nearest texel is not the place itself.
    near = layout.covered[row, column]
    assert near.mean() > 0.9
    assert np.median(np.abs(picture[row, column] - samples)[near]) < 0.02


def test_drawn_features_stay_between_their_plausible_limits(model):
    least, most = model.limits()
    labels = load_texture_space("open", model.layout, size=128).labels
    beard, darker = labels.index("beard"), labels.index("brows: darker")
    assert -1.5 < least[beard] < 0.0 and np.isfinite(least[darker])
    skins = [number for number, label in enumerate(labels) if label.startswith("skin")]
    assert np.isinf(least[skins]).all() and np.isinf(most[model.component_count :]).all()
    # The lightest brows are hardly lighter than the skin around them.
    layout = HeadLayout(load_builtin(model.layout), 128)
    coefficients = np.zeros(model.count)
    mean = model.picture(coefficients, layout)
    coefficients[darker] = least[darker]
    lightest = model.picture(coefficients, layout)
    brows = layout.covered & ((lightest - mean).min(axis=2) > 0.1)
    above = layout.covered & (lightest - mean == 0.0).all(axis=2) & binary_dilation(brows, iterations=8)
    assert brows.sum() > 20
    assert lightest[brows].mean() < lightest[above].mean() + 0.05
