"""Photo fits of all people, which are counted from the people who are likely while they are made."""

from __future__ import annotations

import numpy as np
import pytest

from headbridge.fitting.heads import load_head
from headbridge.fitting.photo.fit import fit_photo
from headbridge.fitting.photo.job import DETECTED, FitPhotoInput, FitPhotoSettings, PhotoView
from headbridge.fitting.posable import Posed
from headbridge.fitting.result import state_of
from headbridge.images import Photo

from .posed_faces import SCREEN, exact_face, posed_view


@pytest.mark.slow
def test_a_photo_fit_has_the_coefficients_of_all_people_and_is_fitted_again_as_it_is():
    people = load_head("open-flame", identities="people")
    face = exact_face(people, posed_view(people, 3, yaw=10.0), order=DETECTED)
    pixels = np.random.default_rng(3).random((SCREEN.height, SCREEN.width, 3), np.float32)
    views = (PhotoView(Photo(pixels, name="a.png"), face.landmarks),)
    settings = FitPhotoSettings(model="open-flame", identities="people", landmarks_only=True)
    first = fit_photo(FitPhotoInput(views), settings)
    assert first.fit.version == "all people 2" and first.fit.coefficients["identity"].shape == (300,)
    vertices = Posed(people, state_of(people, first.fit.coefficients)).vertices()
    np.testing.assert_allclose(first.fit.vertices, vertices, atol=1e-6)
    np.testing.assert_array_equal(first.state.identity, first.fit.coefficients["identity"])
    again = fit_photo(FitPhotoInput(views, kept=first.kept), settings)
    assert again.stages[0].steps == 0
    np.testing.assert_allclose(again.fit.vertices, first.fit.vertices, atol=1e-6)
