"""fit-mesh gives back the heads that were made."""

import numpy as np
import pytest

from headbridge.errors import Cancelled, InputError
from headbridge.fitting.heads import load_head
from headbridge.fitting.job import FitMeshInput, FitMeshSettings
from headbridge.fitting.mesh import fit_mesh
from headbridge.fitting.posable import Posed
from headbridge.fitting.result import state_of
from headbridge.models.people.handles import load_handles
from headbridge.models.people.person import Person
from headbridge.progress import Progress
from headbridge.topologies import load_builtin, load_topology

from .made_up_head import head_mesh, random_coefficients

Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def farthest(result, mesh, mm=1.0):
    return mm * np.linalg.norm(result.vertices - mesh.vertices, axis=1).max()


def rebuilt(head, result):
    """The head that the result's coefficients and similarity stand for."""
    return result.similarity.apply(Posed(head, state_of(head, result.coefficients)).vertices())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["open_flame", "ict_as_hack"])
@pytest.mark.parametrize("seed", [0, 1])
def test_random_heads_are_reproduced_with_their_coefficients(name, seed, request):
    head = request.getfixturevalue(name)
    coefficients = random_coefficients(head, seed)
    mesh = head_mesh(head, coefficients)
    result = fit_mesh(FitMeshInput(mesh), FitMeshSettings(model="open-flame" if name == "open_flame" else "hack"))
    assert farthest(result, mesh) < 1e-3
    for part in ("identity", "root", "neck", "jaw", "translation"):
        np.testing.assert_allclose(result.coefficients[part], coefficients[part], atol=1e-3)
    np.testing.assert_allclose(rebuilt(head, result), result.vertices, atol=1e-9)


@pytest.mark.slow
def test_ict_with_teeth_and_eyes(ict_as_hack):
    head = load_head("ict")
    coefficients = random_coefficients(head, 2)
    mesh = head_mesh(head, coefficients)
    result = fit_mesh(FitMeshInput(mesh))
    assert result.model == "ict" and farthest(result, mesh) < 1e-3
    np.testing.assert_allclose(result.coefficients["left_eye"], coefficients["left_eye"], atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("unit", [1000.0, 10.0])
def test_unit_and_frame_do_not_matter(open_flame, unit):
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 3))
    moved = mesh.with_vertices(mesh.vertices @ Z_UP.T / unit + [3.0, -2.0, 1.0])
    result = fit_mesh(FitMeshInput(moved))
    assert farthest(result, moved, unit) < 1e-3
    assert result.similarity.scale == pytest.approx(1.0 / unit)
    np.testing.assert_allclose(rebuilt(open_flame, result), result.vertices, atol=1e-9)


def test_arbitrary_units_are_fitted_and_said(open_flame):
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 4))
    shrunk = mesh.with_vertices(0.005 * mesh.vertices)
    result = fit_mesh(FitMeshInput(shrunk))
    assert farthest(result, shrunk, 200.0) < 1e-2
    assert result.similarity.scale == pytest.approx(0.005, rel=1e-4)
    assert any("arbitrary" in note for note in result.notes)


@pytest.mark.slow
def test_size_that_no_identity_explains_becomes_scale(open_flame):
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 4))
    larger = mesh.with_vertices(1.2 * mesh.vertices)
    result = fit_mesh(FitMeshInput(larger))
    assert result.similarity.scale == pytest.approx(1.2, rel=1e-4)
    assert any("scale was fitted" in note for note in result.notes)


@pytest.mark.slow
def test_noise_is_measured_and_not_fitted(open_flame):
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 5))
    noise = np.random.default_rng(0).normal(0.0, 0.5, mesh.vertices.shape)
    result = fit_mesh(FitMeshInput(mesh.with_vertices(mesh.vertices + noise)))
    assert result.metrics["noise_mm"] == pytest.approx(0.5, rel=0.05)
    assert np.linalg.norm(result.vertices - mesh.vertices, axis=1).mean() < 0.15


@pytest.mark.slow
def test_auto_takes_the_identities_that_a_mesh_was_made_with(open_flame):
    people = load_head("flame", identities="people")
    random = np.random.default_rng(2)
    baby = {"identity": load_handles().identity(load_handles().shape(Person(2.0, 0.5, (0.2, 0.3, 0.5))))}
    for head, made in ((open_flame, random_coefficients(open_flame, 5)), (people, baby)):
        mesh = head_mesh(head, made)
        noisy = mesh.with_vertices(mesh.vertices + random.normal(0.0, 0.5, mesh.vertices.shape))
        result = fit_mesh(FitMeshInput(noisy))
        assert result.version == head.version
        assert np.linalg.norm(result.vertices - mesh.vertices, axis=1).mean() < 0.15


@pytest.mark.slow
def test_excluded_and_weightless_vertices_are_not_followed(open_flame):
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 6))
    nose = load_topology("flame").regions["nose"]
    broken = mesh.with_vertices(mesh.vertices + 20.0 * nose[:, None])
    settings = FitMeshSettings(identities="ict")
    for inputs in (FitMeshInput(broken, exclude=nose), FitMeshInput(broken, weights=np.where(nose, 0.0, 3.0))):
        assert farthest(fit_mesh(inputs, settings), mesh) < 1e-3
    assert farthest(fit_mesh(FitMeshInput(broken), settings), mesh) > 1.0


@pytest.mark.slow
def test_robust_fit_ignores_a_wrong_part(open_flame):
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 6))
    nose = load_topology("flame").regions["nose"]
    broken = mesh.with_vertices(mesh.vertices + 20.0 * nose[:, None])
    assert farthest(fit_mesh(FitMeshInput(broken), FitMeshSettings(robust=True, identities="ict")), mesh) < 1e-2


@pytest.mark.slow
def test_region_alone_is_followed(open_flame):
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 7))
    face = load_topology("flame").regions["face"]
    result = fit_mesh(FitMeshInput(mesh), FitMeshSettings(region="face"))
    assert result.metrics["fitted"]["count"] == np.count_nonzero(face)
    assert np.linalg.norm(result.vertices - mesh.vertices, axis=1)[face].max() < 1e-2


@pytest.mark.slow
def test_fewer_coefficients_and_no_pose(open_flame):
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 8))
    result = fit_mesh(
        FitMeshInput(mesh), FitMeshSettings(identity_count=10, expression_count=4, pose=False, limits=False)
    )
    found = result.coefficients
    assert found["identity"].shape == (open_flame.identity_count,)
    assert found["identity"][:10].all() and not found["identity"][10:].any()
    assert found["expression"][:4].all() and not found["expression"][4:].any()
    assert not any(found[name].any() for name in ("neck", "jaw", "left_eye", "right_eye"))


@pytest.mark.slow
def test_a_strong_prior_keeps_the_mean_face(open_flame):
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 9))
    noisy = mesh.with_vertices(mesh.vertices + np.random.default_rng(1).normal(0.0, 1.0, mesh.vertices.shape))
    sizes = [
        np.linalg.norm(
            fit_mesh(FitMeshInput(noisy), FitMeshSettings(prior=prior, identities="ict")).coefficients["identity"]
        )
        for prior in (0.1, 1000.0)
    ]
    assert sizes[0] > 2.0 * sizes[1]


@pytest.mark.slow
def test_mirrored_mesh_is_told(open_flame):
    mesh = head_mesh(open_flame, random_coefficients(open_flame, 1))
    result = fit_mesh(
        FitMeshInput(mesh.with_vertices(mesh.vertices * [-1.0, 1.0, 1.0])), FitMeshSettings(identities="ict")
    )
    assert any("mirrored" in note for note in result.notes)


def test_other_topologies_are_refused(sphere_mesh):
    with pytest.raises(InputError, match="MakeHuman topology.*headbridge register"):
        fit_mesh(FitMeshInput(load_builtin("makehuman")))
    stranger = sphere_mesh(30, 40)
    with pytest.raises(InputError, match="1162 vertices"):
        fit_mesh(FitMeshInput(stranger))


def test_model_of_another_topology_is_refused():
    with pytest.raises(InputError, match="headbridge convert"):
        fit_mesh(FitMeshInput(load_builtin("flame")), FitMeshSettings(model="hack"))


def test_values_that_are_not_finite_are_refused():
    vertices = load_builtin("flame").vertices.copy()
    vertices[7, 1] = np.nan
    with pytest.raises(InputError, match="NaN.*vertex 7"):
        fit_mesh(FitMeshInput(load_builtin("flame").with_vertices(vertices)))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"exclude": np.ones(5, bool)}, "5023"),
        ({"weights": np.full(5023, np.nan)}, "non-finite"),
        ({"exclude": np.ones(5023, bool)}, "fewer than four vertices"),
    ],
)
def test_wrong_masks_are_refused(inputs, message):
    with pytest.raises(InputError, match=message):
        fit_mesh(FitMeshInput(load_builtin("flame"), **inputs))


def test_a_missing_model_file_is_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        fit_mesh(FitMeshInput(load_builtin("flame")), FitMeshSettings(model_file=str(tmp_path / "flame2023.pkl")))


def test_a_stop_ends_the_fit():
    with pytest.raises(Cancelled):
        fit_mesh(FitMeshInput(load_builtin("flame")), progress=Progress(should_stop=lambda: True))


@pytest.mark.slow
def test_blendshapes_keep_their_limits_unless_the_mesh_is_exact(open_flame):
    coefficients = random_coefficients(open_flame, 2)
    coefficients["expression"] = np.random.default_rng(2).normal(0.0, 0.7, open_flame.expression_count)
    mesh = head_mesh(open_flame, coefficients)
    exact = fit_mesh(FitMeshInput(mesh), FitMeshSettings(identities="ict"))
    assert farthest(exact, mesh) < 1e-3
    assert exact.coefficients["expression"].min() < -0.5
    noise = np.random.default_rng(0).normal(0.0, 0.3, mesh.vertices.shape)
    noisy = FitMeshInput(mesh.with_vertices(mesh.vertices + noise))
    limited = fit_mesh(noisy, FitMeshSettings(identities="ict")).coefficients["expression"]
    assert limited.min() >= 0.0 and limited.max() <= 1.0
    free = fit_mesh(noisy, FitMeshSettings(limits=False, identities="ict"))
    assert free.coefficients["expression"].min() < -0.5
