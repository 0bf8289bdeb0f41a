from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.errors import Cancelled, InputError
from headbridge.fitting.photo.landmark_stage import free_unknowns
from headbridge.fitting.photo.light import light_basis
from headbridge.fitting.photo.photometric_stage import PhotometricFit, PhotoPixels
from headbridge.fitting.photo.prior import photo_prior
from headbridge.fitting.photo.problem import PhotoProblem
from headbridge.fitting.photo.state import PhotoState, ViewState
from headbridge.fitting.posable import ROOT, Posed
from headbridge.progress import Progress

from .photometric_scene import SCREEN, SIZE, Scene

pytestmark = pytest.mark.slow

IDENTITY = (1.0, -1.0, 0.8, 0.6, -0.8)


@pytest.fixture(scope="module")
def scene(open_flame):
    return Scene(open_flame)


@pytest.fixture(scope="module")
def albedo(scene):
    """Albedo within the space."""
    coefficients = np.zeros(scene.term.albedo.count)
    coefficients[:6] = (0.6, -0.5, 0.7, -0.3, 0.4, 0.5)
    return coefficients


def fit(scene: Scene, pictures, views, shape: bool, levels, weights=None, progress: Progress = Progress()):
    head = scene.head
    free = free_unknowns(head, len(views))
    # Without landmarks nothing tells how far away the head is.
    free[:, -2:] = False
    problem = PhotoProblem(head, ((),) * len(views), photo_prior(head), free)
    photos = tuple(PhotoPixels(picture, SCREEN, weights, "portrait") for picture in pictures)
    stage = PhotometricFit(problem, scene.template, scene.topology, scene.space, photos, shape, levels)
    state = PhotoState(views[0].head.coefficients[: head.identity_count], tuple(views))
    return stage.run(state, progress)


def places(scene: Scene, view: ViewState) -> np.ndarray:
    """(N, 2) pixels of the face's vertices."""
    face = np.flatnonzero(scene.topology.regions["face"])
    return SCREEN.project(Posed(scene.head, view.head).vertices(face), view.focal)


def disturbed(view: ViewState) -> ViewState:
    """The mean head, turned by 2 degrees and shifted by 2 mm, under white light."""
    rotations = view.head.rotations.copy()
    rotations[ROOT] = Rotation.from_euler("xy", (1.0, -2.0), degrees=True).as_matrix() @ rotations[ROOT]
    head = replace(
        view.head,
        coefficients=np.zeros_like(view.head.coefficients),
        rotations=rotations,
        translation=view.head.translation + (2.0, -1.5, 0.0),
    )
    return ViewState(head, view.log_focal)


@pytest.fixture(scope="module")
def truth(scene, albedo):
    view = scene.view(IDENTITY, light=scene.lamp())
    return view, scene.picture(view, albedo)


@pytest.fixture(scope="module")
def pulled_back(scene, truth):
    view, picture = truth
    return fit(scene, (picture,), (disturbed(view),), True, ((64, 8), (110, 3)))


def test_a_known_result_is_the_same_again_bit_for_bit(scene, truth):
    view, picture = truth
    head = scene.head
    free = free_unknowns(head, 1)
    problem = PhotoProblem(head, ((),), photo_prior(head), free)
    photos = (PhotoPixels(0.8 * picture, SCREEN, None, "portrait"),)
    stage = [
        PhotometricFit(problem, scene.template, scene.topology, scene.space, photos, True, ((64, 1),)) for _ in range(2)
    ]
    state = PhotoState(view.head.coefficients[: head.identity_count], (view,))
    first = stage[0].run(state, Progress())
    again = stage[1].known(first.state, first.albedo, np.array(first.sigma))
    np.testing.assert_array_equal(again.skin[0], first.skin[0])
    assert again.sigma == first.sigma
    # What colours tell around a place does not count; elsewhere it holds the head.
    skin = Posed(head, again.state.views[0].head).vertices()[scene.topology.regions["face"]]
    strengths = [np.trace(stage[1].curvature(again, (around,))[0]) for around in (skin[:0], skin[:1], skin[::10])]
    assert strengths[0] > strengths[1] > 2.0 * strengths[2]


def test_light_and_albedo_of_two_photos_are_found(scene, albedo):
    lamps = scene.lamp(), scene.lamp() * np.array([1, -1, 1, 1, 1, 1, 1, 1, 1.0])[:, None]
    views = [scene.view(IDENTITY, yaw, light) for yaw, light in zip((20.0, -20.0), lamps)]
    pictures = [scene.picture(view, albedo) for view in views]
    unlit = [replace(view, light=None) for view in views]
    found = fit(scene, pictures, unlit, False, ((80, 2),))
    normals = np.random.default_rng(0).normal(size=(200, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    basis = light_basis(normals[normals[:, 2] > 0.3])
    for view, result, picture, skin in zip(views, found.state.views, pictures, found.skin, strict=True):
        assert result.head is view.head or np.array_equal(result.head.coefficients, view.head.coefficients)
        shading, true = basis @ result.light, basis @ view.light
        # The overall strength is shared with the albedo.
        ratio = shading / true
        assert np.abs(ratio / ratio.mean(axis=0) - 1.0).max() < 0.12
        assert np.abs(ratio - 1.0).max() < 0.3
        level = scene.level(picture)
        posed = Posed(scene.head, view.head)
        visible = scene.term.visible(level, view, posed)
        again = scene.term.picture(level, visible, posed, result.light, found.albedo)
        error = (again - picture)[visible.usable]
        assert 20.0 * np.log10(1.0 / np.sqrt(np.mean(error**2))) > 36.0
        assert np.median(skin[visible.usable]) > 0.9


def test_colours_alone_pull_a_disturbed_head_back(scene, truth, pulled_back):
    view, _ = truth
    true = places(scene, view)
    before, after = (
        np.linalg.norm(places(scene, one) - true, axis=1).mean()
        for one in (disturbed(view), pulled_back.state.views[0])
    )
    assert before > 1.5 and after < 0.3 * before
    losses = [(log.loss_before, log.loss_after) for log in pulled_back.log]
    assert losses[-1][1] < losses[0][0]


def test_a_bar_before_the_eyes_changes_nothing_else(scene, truth, pulled_back):
    view, picture = truth
    eyes = scene.topology.landmarks_51.subset(range(19, 31)).evaluate(Posed(scene.head, view.head).vertices())
    rows = SCREEN.project(eyes, view.focal)[:, 1]
    bar = slice(int(rows.min()) - 3, int(rows.max()) + 4)
    barred = picture.copy()
    barred[bar] = 0.02
    start = pulled_back.state.views[0]
    found = fit(scene, (barred,), (replace(start, light=None),), True, ((110, 2),))
    apart = np.linalg.norm(places(scene, found.state.views[0]) - places(scene, start), axis=1)
    assert apart.mean() < 0.5
    # The bar's edges are mixed with skin, and eyeballs may have any colour.
    inner = slice(bar.start + 2, bar.stop - 2)
    inside = pulled_back.skin[0][inner] > 0.5
    assert inside.sum() > 500 and np.mean(found.skin[0][inner][inside] < 0.05) > 0.9
    below = np.s_[bar.stop + 3 :]
    assert np.abs(found.skin[0][below] - pulled_back.skin[0][below]).mean() < 0.03


def test_a_dark_photo_gives_the_same_head_under_less_light(scene, truth):
    view, picture = truth
    usual, dark = (fit(scene, (one,), (disturbed(view),), True, ((64, 4),)) for one in (picture, 0.6 * picture))
    apart = np.linalg.norm(places(scene, dark.state.views[0]) - places(scene, usual.state.views[0]), axis=1)
    assert apart.mean() < 0.1
    assert dark.state.views[0].light[0] / usual.state.views[0].light[0] == pytest.approx(0.6, rel=0.05)


def test_photos_without_skin_and_cancelled_fits_end(scene, truth):
    view, picture = truth
    with pytest.raises(InputError, match="portrait: next to nothing of the face's skin"):
        fit(scene, (picture,), (view,), False, ((64, 1),), weights=np.zeros((SIZE, SIZE), np.float32))
    with pytest.raises(Cancelled):
        fit(scene, (picture,), (view,), False, ((64, 1),), progress=Progress(should_stop=lambda: True))
