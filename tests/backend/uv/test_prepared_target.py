"""Targets with bad faces get the UVs that they would get without them."""

from dataclasses import replace

import numpy as np
import pytest

from headbridge.cache import Cache
from headbridge.mesh import Mesh
from headbridge.progress import Progress
from headbridge.uv.job import UvInput, UvSettings
from headbridge.uv.transfer import transfer_uvs

from .tubes import tube

SOURCE, TARGET = replace(tube(24, 6), name="layout"), replace(tube(20, 7), name="head")


def transferred(target, registered=SOURCE):
    return transfer_uvs(UvInput(SOURCE, target, registered), UvSettings(), Progress(), Cache(None))


@pytest.fixture(scope="module")
def sound():
    return transferred(TARGET)


def test_a_fin_a_double_and_an_empty_face_change_nothing_for_the_others(sound):
    faces = TARGET.faces_as_lists()
    a, b, c, _ = faces[30]
    bad = Mesh.from_faces(
        np.concatenate([TARGET.vertices, [[0.0, 9.0, 0.0]]]),
        [*faces, faces[12], [a, b, len(TARGET.vertices)], [a, a, c]],
        name="head",
    )
    result = transferred(bad)
    own = len(TARGET.corners)
    np.testing.assert_array_equal(result.corner_uvs[:own], sound.corner_uvs)
    assert len(result.corner_uvs) == own + 10 and len(result.matched) == len(bad.vertices)
    assert not result.matched[-1] and np.array_equal(result.matched[:-1], sound.matched)
    assert len(result.problem_triangles) == len(bad.triangles)
    # The double lies on its twin, the fin in one point: it has a corner that nothing else has.
    twelfth = TARGET.face_starts[12] + np.arange(4)
    np.testing.assert_array_equal(result.corner_uvs[own : own + 4], sound.corner_uvs[twelfth])
    assert np.ptp(result.corner_uvs[own + 4 : own + 7], axis=0).max() == 0.0
    assert any("'head': 2 doubled faces" in note for note in result.notes)


def test_a_soup_turned_inside_out_gets_the_same_uvs_at_the_same_places(sound):
    soup = Mesh.from_faces(
        TARGET.vertices[TARGET.corners], np.arange(len(TARGET.corners)).reshape(-1, 4)[:, ::-1], name="head"
    )
    registered = soup.with_vertices(TARGET.vertices[TARGET.corners])
    result = transferred(soup, registered)
    given = transferred(TARGET, TARGET)
    # Seen as the tube's own corners: the soup's faces run the other way.
    back = np.arange(len(TARGET.corners)).reshape(-1, 4)[:, ::-1].reshape(-1)
    own = np.empty_like(result.corner_uvs)
    own[back] = result.corner_uvs
    # Backwards the quads are cut into triangles along their other diagonals.
    np.testing.assert_allclose(own, given.corner_uvs, atol=5e-3)
    assert any("joined" in note for note in result.notes) and any("inward" in note for note in result.notes)
