"""Heads go over to another topology and back."""

from types import SimpleNamespace

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.fitting import convert as module
from headbridge.fitting.basel import BFM_COUNTS
from headbridge.fitting.convert import convert
from headbridge.fitting.heads import load_head
from headbridge.fitting.job import ConvertSettings
from headbridge.mesh import Mesh
from headbridge.topologies import load_builtin, load_topology
from headbridge.verdict import Reason, Verdict

from .made_up_head import head_mesh, random_coefficients

FLAME_FACE = load_topology("flame").regions["face"]


def face_distance(vertices, wanted, mask=FLAME_FACE):
    return np.linalg.norm(vertices - wanted, axis=1)[mask].mean()


@pytest.fixture(scope="module")
def as_hack(open_flame):
    """A FLAME head, and what it is as a HACK head."""
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 0))
    return mesh, convert(mesh)


@pytest.mark.slow
def test_flame_to_hack_and_back_is_the_same_face(as_hack):
    mesh, there = as_hack
    assert there.fit.model == "hack" and there.vertices.shape == (14062, 3)
    back = convert(load_builtin("hack").with_vertices(there.vertices))
    assert back.fit.model == "flame"
    assert face_distance(back.vertices, mesh.vertices) <= 0.1
    assert face_distance(back.fit.vertices, mesh.vertices) <= 0.3


@pytest.mark.slow
def test_an_ict_identity_is_a_head_of_the_open_flame_model():
    ict = load_head("ict")
    coefficients = {"identity": random_coefficients(ict, 1)["identity"]}
    result = convert(head_mesh(ict, coefficients))
    assert result.fit.model == "flame"
    assert face_distance(result.fit.vertices, result.vertices) <= 0.3


@pytest.mark.slow
def test_expression_goes_over_by_name(ict_as_hack, open_flame):
    chosen = ict_as_hack.expression_names.index("mouthSmile_L")
    strength = np.zeros(ict_as_hack.expression_count)
    strength[chosen] = 0.8
    found = convert(head_mesh(ict_as_hack, {"expression": strength})).fit.coefficients["expression"]
    smile = open_flame.expression_names.index("mouthSmile_L")
    assert found[smile] == pytest.approx(0.8, abs=0.15)
    assert np.argmax(np.abs(found)) == smile


@pytest.mark.slow
def test_ict_to_hack_keeps_the_first_vertices():
    mesh = load_builtin("ict")
    result = convert(mesh, ConvertSettings(to="hack"))
    np.testing.assert_array_equal(result.vertices, mesh.vertices[:14062])
    assert result.fit.metrics["all"]["max"] < 0.01


@pytest.mark.slow
def test_place_and_unit_are_kept(as_hack):
    mesh, plain = as_hack
    moved = mesh.with_vertices(0.001 * mesh.vertices[:, [2, 0, 1]] + [1.0, 2.0, 3.0])
    result = convert(moved)
    wanted = 0.001 * plain.vertices[:, [2, 0, 1]] + [1.0, 2.0, 3.0]
    np.testing.assert_allclose(result.vertices, wanted, atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("count", BFM_COUNTS)
def test_basel_meshes_are_known_by_their_count_and_registered(monkeypatch, count):
    given, verdict = {}, Verdict.of([Reason("check", "The nose is off.", "nose")])

    def register_basel(goal, mesh, device, seed, progress):
        given.update(goal=goal, mesh=mesh, seed=seed)
        return SimpleNamespace(registered=load_builtin(goal).vertices + 5.0, notes=("registered",), verdict=verdict)

    monkeypatch.setattr(module, "register_basel", register_basel)
    mesh = sheet(count)
    result = convert(mesh, ConvertSettings(seed=7))
    assert given["goal"] == "flame" and given["mesh"] is mesh and given["seed"] == 7
    np.testing.assert_array_equal(result.vertices, load_builtin("flame").vertices + 5.0)
    assert "Basel Face Model" in result.fit.notes[0] and "registered" in result.fit.notes
    assert result.verdict is verdict


def sheet(count):
    """A strip of triangles of that many vertices."""
    first = np.arange(count - 2)
    even = first % 2 == 0
    faces = np.stack([first, np.where(even, first + 1, first + 2), np.where(even, first + 2, first + 1)], axis=1)
    along = np.arange(count) // 2
    return Mesh.from_faces(np.stack([along, np.arange(count) % 2, 0.001 * along**2], axis=1).astype(float), faces)


@pytest.mark.parametrize(
    ("mesh", "to", "message"),
    [
        ("flame", "flame", "FLAME head already; convert it to hack"),
        ("hack", "hack", "HACK head already"),
        ("makehuman", "auto", "MakeHuman topology.*53,490, 53,215, 35,709.*headbridge register"),
    ],
)
def test_what_cannot_be_converted_is_told(mesh, to, message):
    with pytest.raises(InputError, match=message):
        convert(load_builtin(mesh), ConvertSettings(to=to))


def test_other_counts_are_told():
    with pytest.raises(InputError, match="has 53491 vertices; a head to convert"):
        module.convert(sheet(53491))


def face_of_hack(vertices):
    return vertices[: len(load_topology("hack").skin)]


@pytest.mark.slow
def test_hack_to_ict_keeps_the_skin_and_adds_what_lies_behind():
    ict = load_head("ict")
    mesh = head_mesh(ict, {"identity": random_coefficients(ict, 3)["identity"]})
    skin = load_builtin("hack").with_vertices(face_of_hack(mesh.vertices))
    result = convert(skin, ConvertSettings(to="ict"))
    assert result.fit.model == "ict" and result.vertices.shape == (26719, 3)
    np.testing.assert_array_equal(face_of_hack(result.vertices), skin.vertices)
    # The skin tells the identity, and that the teeth and eyes: where they were.
    behind = np.linalg.norm(result.vertices - mesh.vertices, axis=1)[14062:]
    assert behind.mean() < 0.3 and behind.max() < 2.0


@pytest.mark.slow
def test_flame_to_ict_and_back_in_another_unit(open_flame):
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 0))
    there = convert(mesh.with_vertices(0.001 * mesh.vertices), ConvertSettings(to="ict"))
    regions = load_topology("ict").regions
    for side in ("left", "right"):
        eye, lids = (1000.0 * there.vertices[regions[f"{side}_{part}"]] for part in ("eyeball", "eye_region"))
        # The eyeballs sit behind the lids as ICT-FaceKit's do: 12 mm of radius.
        assert np.linalg.norm(eye.mean(axis=0) - lids.mean(axis=0)) < 20.0
    back = convert(load_builtin("ict").with_vertices(there.vertices))
    assert back.fit.model == "flame"
    assert face_distance(1000.0 * back.vertices, mesh.vertices) <= 0.1
