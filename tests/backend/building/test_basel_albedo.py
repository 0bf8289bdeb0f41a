"""Colours of the Basel Face Model in FLAME's layout, from a forged model file of another head's face."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import savemat

from headbridge.building.basel_file import read_basel_colours
from headbridge.cli.main import main
from headbridge.errors import InputError
from headbridge.model_terms import VARIABLE, TermsNotAccepted, credit_lines, noting_use
from headbridge.spatial.rasterise import rasterise_uv
from headbridge.texture.published import read_published_space
from headbridge.topologies import load_builtin, load_topology

SIZE, HEIGHT = 64, 200.0
RED, GREEN, BLUE = 200.0, 140.0, 110.0


def forged() -> dict[str, np.ndarray]:
    """The front of HACK's head in micrometres: a red that grows upwards, one component that reddens the subject's left
    and one that brightens all, with orthonormal columns as published."""
    hack, topology = load_builtin("hack"), load_topology("hack")
    skin = topology.skin & (hack.vertices[:, 2] > 0.0) & ~topology.no_match
    triangles = hack.triangles[skin[hack.triangles].all(axis=1)]
    used, index = np.unique(triangles, return_inverse=True)
    vertices = hack.vertices[used]
    mean = np.tile([RED, GREEN, BLUE], (len(used), 1))
    mean[:, 0] += 40.0 * vertices[:, 1] / HEIGHT
    basis = np.zeros((3 * len(used), 2))
    basis[::3, 0] = np.where(vertices[:, 0] > 0.0, 1.0, 0.0)
    basis[:, 1] = 1.0
    lengths = np.linalg.norm(basis, axis=0)
    return {
        "shapeMU": 1000.0 * vertices.reshape(-1, 1).astype(np.float32),
        "texMU": mean.reshape(-1, 1).astype(np.float32),
        "texPC": (basis / lengths).astype(np.float32),
        "texEV": (lengths * (25.0, 10.0)).reshape(-1, 1).astype(np.float32),
        # The published triangles are turned against ours.
        "tl": (index.reshape(-1, 3)[:, ::-1] + 1).astype(np.float64),
    }


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("basel") / "01_MorphableModel.mat"
    savemat(path, forged())
    return path


def test_the_file_is_read_in_shares_and_standard_deviations(model_file):
    colours = read_basel_colours(model_file)
    assert colours.components.shape == (len(colours.mesh.vertices), 3, 2)
    np.testing.assert_allclose(colours.mean[:, 1:], np.tile([GREEN / 255.0, BLUE / 255.0], (len(colours.mean), 1)))
    np.testing.assert_allclose(colours.components[..., 1], 10.0 / 255.0, rtol=1e-4)
    assert set(np.round(255.0 * colours.components[:, 0, 0], 2)) == {0.0, 25.0}
    a, b, c = np.moveaxis(colours.mesh.vertices[colours.mesh.triangles], 1, 0)
    assert np.cross(b - a, c - a)[:, 2].sum() > 0.0


def test_its_terms_are_asked_and_its_owners_credited(model_file, monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with noting_use(), pytest.raises(TermsNotAccepted, match="The Basel Face Model's licence agreement"):
        read_basel_colours(model_file)
    with noting_use(lambda model: True):
        read_basel_colours(model_file)
        (line,) = credit_lines()
        assert "University of Basel" in line


@pytest.mark.slow
def test_colours_come_to_the_same_places_of_flame(model_file, tmp_path, capsys):
    path = tmp_path / "FLAME_albedo_from_BFM.npz"
    assert main(["convert-albedo", str(model_file), "-o", str(path), "--size", str(SIZE)]) == 0
    assert "University of Basel" in capsys.readouterr().out
    with np.load(path) as stored:
        assert stored["MU"].shape == (3 * SIZE * SIZE,) and stored["PC"].shape == (3 * SIZE * SIZE, 2)
    space = read_published_space(path, SIZE)
    assert space.notes == ("Texture space: FLAME albedo from BFM, 2 of 2 components.",)
    mesh, topology = load_builtin("flame"), load_topology("flame")
    raster = rasterise_uv(mesh.uvs[mesh.triangle_corners], SIZE)
    points = np.einsum("hwk,hwkd->hwd", raster.barycentrics, mesh.vertices[mesh.triangles[raster.triangle]])
    face = (topology.regions["narrow_face"] & topology.skin & ~topology.no_match)[mesh.triangles].all(axis=1)
    face = np.append(face, False)[raster.triangle]
    mean, components = space.mean[0], space.components[0]
    np.testing.assert_allclose(mean[face][:, 1:], np.tile([GREEN / 255, BLUE / 255], (face.sum(), 1)), atol=1e-3)
    # Red grows upwards by 0.2 levels a millimetre, whatever the registration does to the face's height.
    slope = np.polyfit(points[face][:, 1], 255.0 * mean[face][:, 0], 1)[0]
    assert slope == pytest.approx(40.0 / HEIGHT, rel=0.15)
    aside = np.abs(points[..., 0]) > 8.0
    left = np.where(points[..., 0] > 0.0, 25.0 / 255.0, 0.0)
    np.testing.assert_allclose(components[face & aside][:, 0, 0], left[face & aside], atol=2e-3)
    np.testing.assert_allclose(components[face & aside][:, 1:, 0], 0.0, atol=1e-4)
    # What the face does not show continues it; nothing brightens the painted eyes.
    skin = np.append(topology.skin[mesh.triangles].all(axis=1), False)[raster.triangle]
    np.testing.assert_allclose(components[skin][..., 1], 10.0 / 255.0, atol=1e-3)
    np.testing.assert_allclose(mean[skin][:, 1], GREEN / 255.0, atol=2e-3)
    eye = np.append(topology.regions["left_eyeball"][mesh.triangles].all(axis=1), False)[raster.triangle]
    np.testing.assert_array_equal(components[eye], 0.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tl": None}, "'tl' is missing"),
        ({"texMU": np.zeros((9, 1))}, "do not fit each other"),
        ({"texEV": np.array([["a"]])}, "missing or holds no numbers"),
    ],
)
def test_files_of_another_form_are_named(tmp_path, change, said):
    arrays = {name: value for name, value in (forged() | change).items() if value is not None}
    savemat(tmp_path / "model.mat", arrays)
    with pytest.raises(InputError, match=said):
        read_basel_colours(tmp_path / "model.mat")


def test_other_files_are_named(tmp_path):
    (tmp_path / "model2017-1_bfm_nomouth.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(64))
    with pytest.raises(InputError, match="2017 or 2019"):
        read_basel_colours(tmp_path / "model2017-1_bfm_nomouth.h5")
    (tmp_path / "noise.mat").write_bytes(np.random.default_rng(0).bytes(4000))
    with pytest.raises(InputError, match="noise.mat: the file is damaged or of another kind .* MATLAB file"):
        read_basel_colours(tmp_path / "noise.mat")
