"""Completing textures: known answers of the Poisson equation and of mirrored heads."""

import numpy as np

from headbridge.mesh import Mesh
from headbridge.progress import Progress
from headbridge.texture.atlas.completion import complete, kept_share, poisson_colours
from headbridge.texture.atlas.layout import HeadLayout
from headbridge.topologies import load_builtin, load_topology

SIZE = 256


def grid(count: int) -> Mesh:
    index = np.arange(count * count).reshape(count, count)
    faces = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1).reshape(-1, 4)
    y, x = np.divmod(np.arange(count * count), count)
    return Mesh.from_faces(np.stack([x, y, 0 * x], axis=1).astype(float), faces[:, ::-1])


def test_colours_that_change_evenly_are_continued_evenly():
    mesh = grid(12)
    truth = np.stack([mesh.vertices[:, 0], mesh.vertices[:, 1], np.full(len(mesh.vertices), 5.0)], axis=1) / 12.0
    known = (mesh.vertices[:, :2] % 11 == 0).any(axis=1)
    nothing = np.zeros(len(known), bool)
    own = np.where(known[:, None], truth, 0.0)
    assert np.allclose(poisson_colours(mesh.vertices, mesh.triangles, own, known, 0 * own, nothing), truth, atol=1e-6)


def test_a_guide_that_is_right_but_for_its_tone_gives_the_truth():
    mesh, rng = grid(12), np.random.default_rng(1)
    truth = rng.uniform(0.3, 0.7, (len(mesh.vertices), 3))
    known = mesh.vertices[:, 0] < 4
    guided = np.ones(len(known), bool)
    found = poisson_colours(
        mesh.vertices, mesh.triangles, np.where(known[:, None], truth, 0.0), known, truth + (0.2, -0.1, 0.05), guided
    )
    assert np.allclose(found, truth, atol=1e-6)


def test_the_hidden_half_of_a_symmetric_head_is_the_mirrored_other_half():
    head, topology = load_builtin("hack"), load_topology("hack")
    layout = HeadLayout(head, SIZE)
    raster = layout.raster
    weights = raster.barycentrics[raster.covered]
    points = np.einsum("nk,nkd->nd", weights, head.vertices[head.triangles[raster.triangle[raster.covered]]])
    painted = np.zeros((*layout.shape, 3), np.float32)
    waves = np.stack([np.cos(points[:, 0] / 12), np.sin(points[:, 1] / 15), np.cos(points[:, 2] / 20)], axis=1)
    painted[raster.covered] = 0.5 + 0.2 * waves
    side = np.zeros(layout.shape)
    side[raster.covered] = points[:, 0]
    hidden_skin = np.append(topology.no_match[head.triangles].any(axis=1), True)[raster.triangle]
    known = raster.covered & (side < 30.0) & ~hidden_skin
    colours = np.where(known[..., None], painted, 0.0)
    result = complete(colours, *kept_share(known, layout), layout, topology, head.vertices, None, Progress())
    filled = raster.covered & (side > 32.0) & ~hidden_skin
    assert np.abs(result - painted)[filled].mean() < 0.02
    # Well within what is known nothing changes.
    assert np.array_equal(result[known & (side < 0.0)].shape, painted[known & (side < 0.0)].shape)
    untouched = np.abs(result - painted).max(axis=2) < 1e-6
    assert untouched[known].mean() > 0.7
    # Across the border of what is known no step is larger than the paint's own.
    across = raster.covered[:, 1:] & raster.covered[:, :-1] & ~hidden_skin[:, 1:] & ~hidden_skin[:, :-1]
    steps = np.abs(np.diff(result, axis=1)).max(axis=2)[across]
    assert np.percentile(steps, 99.5) < 1.5 * np.percentile(np.abs(np.diff(painted, axis=1)).max(axis=2)[across], 99.5)


def test_colours_that_are_kept_but_not_trusted_leave_no_ring():
    """A forehead lighter than what lies behind, kept up to the hair and trusted in its middle alone."""
    head, topology = load_builtin("flame"), load_topology("flame")
    layout = HeadLayout(head, SIZE)
    raster = layout.raster
    height = np.zeros(layout.shape)
    weights = raster.barycentrics[raster.covered]
    points = np.einsum("nk,nkd->nd", weights, head.vertices[head.triangles[raster.triangle[raster.covered]]])
    height[raster.covered] = points[:, 1]
    hidden = np.append((topology.no_match | ~topology.skin)[head.triangles].any(axis=1), True)[raster.triangle]
    top = np.percentile(height[raster.covered & ~hidden], 75)
    kept = raster.covered & ~hidden & (height < top)
    share, _ = kept_share(kept, layout)
    trusted = kept & (height < top - 30.0)
    behind = np.where(raster.covered[..., None], np.float32(0.4), 0.0) * np.ones(3, np.float32)
    light = np.clip((height - top + 30.0) / 20.0, 0.0, 1.0)
    colours = np.where(kept[..., None], behind + 0.15 * light[..., None], 0.0).astype(np.float32)
    result = complete(colours, share, trusted, layout, topology, head.vertices, behind, Progress())
    skin = raster.covered & ~hidden
    across = skin[1:] & skin[:-1]
    # The paint rises by 0.15 in 20 mm, some ten texels, and is to fall as gently.
    assert np.abs(np.diff(result[..., 0], axis=0))[across].max() < 0.04
    far = skin & (height > top + 40.0)
    assert far.any()
    np.testing.assert_allclose(result[far], 0.4, atol=0.01)
