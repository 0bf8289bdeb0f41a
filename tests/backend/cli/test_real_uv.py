"""From the command line to a head in another's UVs: sphere caps whose layout is a formula, and HACK wearing FLAME's."""

import json
from dataclasses import replace

import numpy as np
import pytest

from headbridge.images import Image, read_image, write_image
from headbridge.mesh.io import read_mesh, write_mesh
from headbridge.mesh.udim import occupied_tiles
from headbridge.topologies import load_builtin


@pytest.fixture
def caps(tmp_path, sphere_cap):
    """source.obj, a fine cap with UVs; on_target.obj, the same as it lies on target.obj, a coarse cap in metres and
    without UVs; far.obj, the same a metre off."""
    source, uvs = sphere_cap(20)
    target, _ = sphere_cap(13)
    write_mesh(tmp_path / "source.obj", replace(source, uvs=uvs))
    write_mesh(tmp_path / "on_target.obj", source.with_vertices(0.001 * source.vertices))
    write_mesh(tmp_path / "far.obj", source.with_vertices(0.001 * source.vertices + 1.0))
    write_mesh(tmp_path / "target.obj", target.with_vertices(0.001 * target.vertices))
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".obj", ".ply", ".npz", ".glb"])
def test_a_registered_cap_gets_the_angles_as_uvs(run_here, caps, sphere_cap, suffix):
    code, told, err = run_here("uv", "source.obj", "target.obj", "-o", f"out{suffix}", "--registered", "on_target.obj")
    assert code == 0, err
    out, target, (_, expected) = read_mesh(caps / f"out{suffix}"), read_mesh(caps / "target.obj"), sphere_cap(13)
    if suffix == ".glb":
        np.testing.assert_allclose(out.vertices, target.vertices, atol=1e-7)
        np.testing.assert_array_equal(out.triangles, target.triangles)
        found, expected = out.uvs[out.triangle_corners], expected[target.triangle_corners]
    else:
        np.testing.assert_array_equal(out.vertices, target.vertices)
        np.testing.assert_array_equal(out.corners, target.corners)
        np.testing.assert_array_equal(out.face_sizes, target.face_sizes)
        found = out.uvs
    # A closest point on the source's facets is off the sphere by their sagitta, which moves its UV by little.
    np.testing.assert_allclose(found, expected, atol=0.002)
    assert "flipped UV triangles: 0" in told and "smeared triangles: 0" in told


def test_a_texture_follows_the_angles(run_here, caps, sphere_cap):
    target, uvs = sphere_cap(13)
    # The target's own layout is half as large and starts at a corner.
    write_mesh(caps / "worn.obj", replace(target.with_vertices(0.001 * target.vertices), uvs=0.5 * uvs))
    size = 128
    centres = (np.arange(size) + 0.5) / size
    ramps = np.stack([np.tile(centres, (size, 1)), np.tile(1.0 - centres[:, None], (1, size))], axis=2)
    pixels = np.concatenate([ramps, np.full((size, size, 1), 0.25)], axis=2).astype(np.float32)
    write_image(caps / "angles.exr", Image(pixels, encoded="linear", bits=32))
    code, _, err = run_here(
        "bake", "--from", "source.obj", "angles.exr", "--to", "worn.obj", "-o", "out.exr", "--mask", "mask.png",
        "--size", size, "--registered", "on_target.obj", "--padding", 0,
    )  # fmt: skip
    assert code == 0, err
    out, covered = read_image(caps / "out.exr"), read_image(caps / "mask.png").pixels[..., 0] == 1.0
    # 0.45 of the side is 57.6 texels, from 3.2 on.
    rows, columns = np.nonzero(covered)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (3, 60, 67, 124) and covered.sum() == 58**2
    np.testing.assert_allclose(out.pixels[rows, columns, 0], 2.0 * centres[columns], atol=0.004)
    np.testing.assert_allclose(out.pixels[rows, columns, 1], 2.0 * (1.0 - centres[rows]), atol=0.004)
    np.testing.assert_allclose(out.pixels[covered][:, 2], 0.25, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("uv target.obj source.obj -o out.obj", "target.obj has no UVs; unwrap it first, or choose a mesh that has a"),
        ("uv source.obj target.obj -o out.obj --registered far.obj", "Only 0 % of target.obj lies on source.obj"),
        ("uv flat.obj target.obj -o out.obj --registered on_target.obj", "flat.obj has UVs without any area"),
        ("uv source.obj target.obj -o out.obj --source-topology hack", "source.obj has 441 vertices, but the HACK"),
        ("uv source.obj nan.obj -o out.obj", "'nan.obj' has 10 of 196 vertices with NaN or infinite coordinates"),
        ("bake --from source.obj face.png --to on_uvs.obj -o o.png --registered far.obj", "Only 0 % of on_uvs.obj"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(refused, caps, sphere_cap, write_unchecked, command, message):
    source, (coarse, uvs) = read_mesh(caps / "source.obj"), sphere_cap(13)
    write_mesh(caps / "flat.obj", replace(source, uvs=np.full_like(source.uvs, 0.5)))
    write_mesh(caps / "on_uvs.obj", replace(coarse.with_vertices(0.001 * coarse.vertices), uvs=uvs))
    coarse.vertices[::20] = np.nan
    write_unchecked(caps / "nan.obj", coarse)
    write_image(caps / "face.png", Image(np.full((4, 4, 1), 0.5)))
    assert message in refused(*command.split())


@pytest.mark.slow
def test_hack_wears_flames_layout(headbridge, tmp_path):
    done = headbridge("uv", "flame", "hack", "-o", "out.obj", "--json", "m.json")
    assert done.returncode == 0, done.stderr
    hack, out = load_builtin("hack"), read_mesh(tmp_path / "out.obj")
    np.testing.assert_array_equal(out.vertices, hack.vertices)
    np.testing.assert_array_equal(out.corners, hack.corners)
    np.testing.assert_array_equal(out.face_sizes, hack.face_sizes)
    # The format numbers materials by their first use.
    materials = [np.array(mesh.material_names)[mesh.face_materials] for mesh in (out, hack)]
    np.testing.assert_array_equal(*materials)
    described = json.loads((tmp_path / "m.json").read_text())
    metrics = described["metrics"]
    assert described["layout_name"] == "FLAME" and described["settings"]["method"] == "surface"
    assert metrics["flipped"]["skin_count"] == 0 and metrics["smear"]["count"] == 0
    assert metrics["covered_twice"]["skin"] <= 0.001 and metrics["landmarks_px"]["used"]["mean"] <= 3.0
    assert occupied_tiles(out) == [(0, 0)]
