"""Texture spaces of FLAME that others publish."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from headbridge.errors import InputError
from headbridge.jobs.model_file_contents import describe_model
from headbridge.model_files import find_model, model_file
from headbridge.texture import load_texture_space
from headbridge.texture.published import examine, read_published_space

from .forge import COUNT, SIDE, albedo_mm_arrays, basel_arrays, mpi_arrays, open_space


@pytest.fixture
def write(tmp_path):
    def write(name, arrays):
        np.savez(tmp_path / name, **arrays)
        return tmp_path / name

    return write


def face_row():
    """A row and a column on the cheek."""
    return SIDE // 2, SIDE // 2 - 8


def test_the_mpi_space_is_read_red_first_and_in_shares(write):
    path = write("FLAME_texture.npz", mpi_arrays())
    space, truth = read_published_space(path, SIDE), open_space()
    assert space.layout == "flame" and space.tiles == ((0, 0),) and space.count == COUNT
    np.testing.assert_allclose(space.mean, truth.mean, atol=1e-6)
    np.testing.assert_allclose(space.components, truth.components[..., :COUNT], atol=1e-6)
    assert space.notes == (f"Texture space: FLAME texture space (MPI), {COUNT} of {COUNT} components.",)


def test_the_basel_albedo_is_flat_and_without_uvs(write):
    space, truth = read_published_space(write("a.npz", basel_arrays()), SIDE), open_space()
    np.testing.assert_allclose(space.mean, truth.mean, atol=1e-6)
    np.testing.assert_allclose(space.components, truth.components[..., :COUNT], atol=1e-6)


def test_albedo_mm_is_shown_by_its_formula(write):
    space, truth = read_published_space(write("a.npz", albedo_mm_arrays()), SIDE), open_space()
    np.testing.assert_allclose(space.mean, truth.mean, atol=1e-4)
    row, column = face_row()
    # By hand: diffuse and specular change by 0.01 each.
    linear = truth.mean[0, row, column].astype(np.float64) ** 2.2 / 0.6
    shown = [(0.6 * (linear + step)) ** (1 / 2.2) for step in (0.02, -0.02)]
    np.testing.assert_allclose(space.components[0, row, column, :, 0], 0.5 * (shown[0] - shown[1]), rtol=1e-3)


def test_fewer_components_and_another_size(write):
    space = read_published_space(write("a.npz", mpi_arrays()), 96, count=2)
    assert space.mean.shape == (1, 96, 96, 3) and space.components.shape == (1, 96, 96, 3, 2)
    halved, truth = read_published_space(write("b.npz", mpi_arrays()), SIDE // 2, count=1), open_space()
    blocks = truth.mean[0].reshape(SIDE // 2, 2, SIDE // 2, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(halved.mean[0], blocks, atol=1e-5)


def test_exchanged_channels_are_noticed(write):
    arrays = mpi_arrays()
    arrays["mean"], arrays["tex_dir"] = arrays["mean"][..., ::-1], arrays["tex_dir"][..., ::-1, :]
    space = read_published_space(write("swapped.npz", arrays), SIDE)
    np.testing.assert_allclose(space.mean, open_space().mean, atol=1e-6)
    assert "red and blue are exchanged" in space.notes[-1]


def test_shares_where_levels_are_published_are_noticed(write):
    arrays = mpi_arrays()
    arrays |= {name: arrays[name] / 255.0 for name in ("mean", "tex_dir")}
    space = read_published_space(write("shares.npz", arrays), SIDE)
    np.testing.assert_allclose(space.mean, open_space().mean, atol=1e-6)
    assert "its colours are 0..1" in space.notes[-1]


def test_eight_bit_means_and_fortran_order_are_read(write):
    arrays = mpi_arrays()
    arrays["mean"] = np.clip(np.rint(arrays["mean"]), 0, 255).astype(np.uint8)
    arrays["tex_dir"] = np.asfortranarray(arrays["tex_dir"])
    space, truth = read_published_space(write("a.npz", arrays), SIDE), open_space()
    np.testing.assert_allclose(space.mean, np.clip(truth.mean, 0.0, 1.0), atol=0.51 / 255.0)
    np.testing.assert_allclose(space.components, truth.components[..., :COUNT], atol=1e-6)


def test_numbers_off_the_head_need_not_be_finite(write):
    arrays = mpi_arrays()
    arrays["mean"][0, SIDE // 2] = np.nan
    space = read_published_space(write("a.npz", arrays), SIDE)
    assert np.isfinite(space.mean).all() and (space.mean[0, 0, SIDE // 2] == 0.0).all()


def broken(change):
    arrays = mpi_arrays()
    change(arrays)
    return arrays


def set_nan(arrays):
    arrays["tex_dir"][SIDE // 2, SIDE // 2 - 8, 0, 1] = np.nan


def turn_layout(arrays):
    arrays["vt"][:, 1] = 1.0 - arrays["vt"][:, 1]


def cut_faces(arrays):
    arrays["ft"] = arrays["ft"][:100]


def drop_components(arrays):
    del arrays["tex_dir"]


def transpose(arrays):
    arrays["mean"] = np.moveaxis(arrays["mean"], 2, 0)


def unscale(arrays):
    basis = arrays["tex_dir"].reshape(-1, COUNT)
    arrays["tex_dir"] = (basis / np.linalg.norm(basis, axis=0)).reshape(arrays["tex_dir"].shape)


def darken(arrays):
    arrays["mean"] = 1e-4 * arrays["mean"]


def name_them(arrays):
    arrays["mean"] = arrays["mean"].astype(str)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_nan, "not finite"),
        (turn_layout, "not those of FLAME's layout"),
        (cut_faces, "not those of FLAME's layout"),
        (drop_components, "no texture space that is known.*ft, mean, vt"),
        (transpose, r"shapes \(S, S, 3\)"),
        (unscale, "scaled by their standard deviations"),
        (darken, "no skin"),
        (name_them, "should hold numbers"),
    ],
)
def test_what_is_wrong_is_named(write, change, said):
    path = write("broken.npz", broken(change))
    with pytest.raises(InputError, match=said) as told:
        read_published_space(path, SIDE)
    assert str(path) in str(told.value)


def test_files_that_are_none(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        examine(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("not an archive")
    with pytest.raises(InputError, match=r"no \.npz file"):
        examine(tmp_path / "text.npz")
    np.savez(tmp_path / "objects.npz", mean=np.array([{}], dtype=object), tex_dir=np.zeros(1))
    with pytest.raises(InputError, match="Python objects"):
        examine(tmp_path / "objects.npz")


def test_a_truncated_file_is_named(write):
    path = write("cut.npz", mpi_arrays())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="damaged"):
        read_published_space(path, SIDE)


def test_an_array_shorter_than_its_header_says_is_named(write, tmp_path):
    path = write("whole.npz", mpi_arrays())
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(tmp_path / "short.npz", "w") as short:
        for name in whole.namelist():
            content = whole.read(name)
            short.writestr(name, content[: len(content) // 2] if name == "tex_dir.npy" else content)
    with pytest.raises(InputError, match="damaged"):
        read_published_space(tmp_path / "short.npz", SIDE)


def test_spaces_are_found_in_the_model_folders(write, tmp_path, monkeypatch):
    monkeypatch.setenv("HEADBRIDGE_MODELS", str(tmp_path))
    with pytest.raises(InputError, match="FLAME_texture.npz.*or use the space 'open'"):
        load_texture_space("flame_texture", "flame", SIDE)
    path = write("FLAME_texture.npz", mpi_arrays())
    assert load_texture_space("flame_texture", "flame", SIDE).count == COUNT
    assert load_texture_space(str(path), "flame", SIDE).name == "FLAME_texture.npz"
    found = find_model(model_file("flame_texture"))
    assert describe_model(found) == f"valid, FLAME texture space (MPI), {SIDE} x {SIDE}, {COUNT} components"


@pytest.mark.slow
def test_a_space_of_flame_serves_hack(write):
    path = write("a.npz", mpi_arrays())
    space, own = load_texture_space(str(path), "hack", SIDE), load_texture_space("open", "hack", SIDE)
    assert (
        space.layout == "hack" and space.tiles == own.tiles and space.components.shape[:-1] == own.components.shape[:-1]
    )
    # The same skins came to HACK's layout on their own way; mouth and eyes are nobody's.
    difference = np.abs(space.mean[0] - own.mean[0]).mean(axis=-1)
    assert np.median(difference) < 0.02
    gram = np.einsum("hwck,hwck->k", space.components[0], own.components[0, ..., :COUNT])
    lengths = [np.einsum("hwck,hwck->k", c, c) for c in (space.components[0], own.components[0, ..., :COUNT])]
    assert (gram / np.sqrt(lengths[0] * lengths[1]))[0] > 0.98
