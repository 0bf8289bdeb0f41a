"""Textures between heads: what is painted at a place of one surface arrives at that place of the other."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from headbridge.baking import BakeInput, BakeSettings
from headbridge.baking.bake_texture import bake_texture
from headbridge.cache import Cache
from headbridge.errors import FailedResult, InputError
from headbridge.images import Image
from headbridge.mesh import Mesh
from headbridge.progress import Progress
from headbridge.registration import register as registering
from headbridge.spatial.rasterise import rasterise_uv
from headbridge.verdict import Reason, Verdict


def bowl(count: int, layout, reach: float = 1.0) -> Mesh:
    """A curved square of count x count quads over -reach..reach, whose corners get their UVs from `layout(x, y, face)`:
    the corner's place in -1..1 and the middle of its face."""
    along = np.linspace(-reach, reach, count + 1)
    x, y = (values.reshape(-1) for values in np.meshgrid(along, along))
    vertices = np.column_stack([x, y, -0.3 * (x**2 + y**2)]) * 100.0
    first = (np.arange(count)[:, None] * (count + 1) + np.arange(count)).reshape(-1)
    faces = np.column_stack([first, first + 1, first + count + 2, first + count + 1])
    places = np.column_stack([x, y])[faces]
    middles = np.broadcast_to(places.mean(axis=1, keepdims=True), places.shape)
    uvs = layout(places.reshape(-1, 2), middles.reshape(-1, 2))
    return Mesh.from_faces(vertices, faces, uvs=uvs, name=f"bowl {count}")


def one_chart(places, _middles):
    return 0.05 + 0.45 * (places + 1.0)


def two_charts(places, middles):
    """The right half lies below the left one, turned by a quarter: a seam along x = 0."""
    left = np.column_stack([0.05 + 0.9 * (places[:, 0] + 1.0), 0.55 + 0.2 * (places[:, 1] + 1.0)])
    right = np.column_stack([0.5 + 0.4 * places[:, 1], 0.45 - 0.4 * places[:, 0]])
    return np.where(middles[:, :1] < 0.0, left, right)


def paint(places: np.ndarray) -> np.ndarray:
    """Colours of places in -1..1."""
    x, y = places[..., 0], places[..., 1]
    return np.stack([0.5 + 0.3 * np.sin(3.0 * x + y), 0.5 + 0.3 * np.cos(2.0 * y - x), 0.4 + 0.3 * x], axis=-1)


def painted(mesh: Mesh, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 3) the colours of `paint` in a bowl's layout, magenta where there is none, and (H, W) its coverage."""
    raster = rasterise_uv(mesh.uvs[mesh.triangle_corners], size)
    corners = mesh.vertices[mesh.triangles][raster.triangle][..., :2] / 100.0
    colours = paint((raster.barycentrics[..., None] * corners).sum(axis=2))
    return np.where(raster.covered[..., None], colours, (1.0, 0.0, 1.0)), raster.covered


@pytest.mark.slow
@pytest.mark.parametrize("layouts", [(two_charts, one_chart), (one_chart, two_charts)], ids=["from", "to"])
def test_a_painting_arrives_also_along_seams(layouts):
    source, target = bowl(24, layouts[0]), bowl(17, layouts[1])
    pixels, _ = painted(source, 512)
    expected, covered = painted(target, 256)
    result = bake_texture(
        BakeInput(source, {(0, 0): Image(pixels, "linear", 32)}, target, registered=source),
        BakeSettings(size=256),
        Progress(),
    )
    np.testing.assert_array_equal(result.masks[0, 0] == 255, covered)
    error = np.abs(result.images[0, 0].pixels - expected)[covered].max(axis=1)
    # Along the seam a texel may read the nearest texel of the chart beside its own, a texel or two away.
    assert error.max() < 0.04 and np.quantile(error, 0.99) < 0.005
    assert result.metrics["counterpart_share"] > 0.98
    assert result.metrics["texels_covered"] == covered.sum() and result.metrics["texels_covered_twice"] == 0
    assert result.metrics["texels"] == 256 * 256
    assert result.metrics["seconds"] == pytest.approx(sum(result.metrics["seconds_by_stage"].values()))
    assert result.notes[0].startswith("Registration: given")


def spoiled(mesh: Mesh) -> Mesh:
    """A soup of the mesh's faces, backwards, with one of them twice and an empty one."""
    corners = np.arange(len(mesh.corners)).reshape(-1, 4)[:, ::-1]
    faces = np.concatenate([corners, corners[40:41], np.repeat(corners[3:4, :1], 4, axis=1)]).reshape(-1)
    return Mesh(mesh.vertices[mesh.corners], faces, np.full(len(faces) // 4, 4), mesh.uvs[faces], name=mesh.name)


@pytest.mark.slow
@pytest.mark.parametrize("which", ["source", "target"])
def test_bad_faces_change_nothing(which):
    source, target = bowl(24, two_charts), bowl(17, one_chart)
    pixels, _ = painted(source, 512)
    results = []
    for change in (lambda mesh: mesh, spoiled):
        heads = {"source": source, "target": target, "registered": source}
        heads[which] = change(heads[which])
        heads["registered"] = heads["source"]
        inputs = BakeInput(**heads, images={(0, 0): Image(pixels, "linear", 32)})
        results.append(bake_texture(inputs, BakeSettings(size=128), Progress()))
    clean, repaired = (result.images[0, 0].pixels for result in results)
    # Other diagonals of the quads are other surfaces by a little.
    assert np.abs(clean - repaired).max() < 0.02
    assert len([note for note in results[1].notes if f"{which.capitalize()} 'bowl" in note]) >= 3


def test_a_target_that_reaches_beyond_continues_the_edge_colours():
    source, target = bowl(16, one_chart), bowl(31, one_chart, reach=1.5)
    target = Mesh(target.vertices, target.corners, target.face_sizes, (target.uvs - 0.5) / 1.5 + 0.5, name="large")
    flat = Image(np.full((64, 64, 3), (0.2, 0.4, 0.6)))
    result = bake_texture(
        BakeInput(source, {(0, 0): flat}, target, registered=source), BakeSettings(size=128, padding=0), Progress()
    )
    covered = result.masks[0, 0] == 255
    colours = result.images[0, 0].pixels[covered]
    np.testing.assert_allclose(colours, np.broadcast_to((0.2, 0.4, 0.6), colours.shape), atol=1e-5)
    assert 0.4 < result.metrics["counterpart_share"] < 0.55


UPRIGHT = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
TURNED = np.roll(UPRIGHT, 1, axis=0)


def plate(uvs, height: float = 0.0) -> Mesh:
    vertices = np.array([[0, 0, height], [1, 0, height], [1, 1, height], [0, 1, height]])
    return Mesh.from_faces(vertices, np.array([[0, 1, 2, 3]]), uvs=uvs, name="plate")


@pytest.fixture
def image():
    return Image(np.random.default_rng(0).integers(0, 256, (32, 32, 3)) / 255.0)


def test_two_layouts_of_the_same_faces_go_corner_by_corner(image):
    # The vertices of a file that carries a layout are not to be trusted: here they lie elsewhere.
    inputs = BakeInput(plate(TURNED, height=0.5), {(0, 0): image}, plate(UPRIGHT))
    result = bake_texture(inputs, BakeSettings(size=32), Progress())
    np.testing.assert_allclose(result.images[0, 0].pixels, np.rot90(image.pixels), atol=1e-5)
    assert result.metrics["counterpart_share"] == 1.0
    assert "same faces" in result.notes[0]


@pytest.mark.parametrize("which, words", [("source", "the image's layout"), ("target", "a layout to bake to")])
def test_a_mesh_without_uvs_is_refused(image, which, words):
    meshes = {"source": plate(UPRIGHT), "target": plate(UPRIGHT), which: plate(None)}
    inputs = BakeInput(meshes["source"], {(0, 0): image}, meshes["target"])
    with pytest.raises(InputError, match=f"no UVs.*{words}"):
        bake_texture(inputs, BakeSettings(size=32), Progress())


def test_images_of_other_tiles_are_refused(image):
    with pytest.raises(InputError, match="UDIM"):
        bake_texture(BakeInput(plate(TURNED), {(4, 0): image}, plate(UPRIGHT)), BakeSettings(size=32), Progress())


def test_a_layout_without_area_is_refused(image):
    inputs = BakeInput(plate(UPRIGHT), {(0, 0): image}, plate(np.zeros((4, 2))))
    with pytest.raises(InputError, match="covers no texel"):
        bake_texture(inputs, BakeSettings(size=32), Progress())


def test_heads_that_lie_apart_are_refused(image):
    source, target = bowl(8, one_chart), bowl(9, one_chart)
    elsewhere = source.with_vertices(source.vertices + (0.0, 0.0, 500.0))
    inputs = BakeInput(source, {(0, 0): image}, target, registered=elsewhere)
    with pytest.raises(InputError, match="Only 0 % of bowl 9 lies on bowl 8"):
        bake_texture(inputs, BakeSettings(size=32), Progress())


@pytest.mark.parametrize("level", ["check", "failed"])
def test_a_bake_inherits_the_verdict_of_its_registration_also_from_the_cache(image, monkeypatch, tmp_path, level):
    registrations, verdict = [], Verdict.of([Reason(level, "It lies wrong.", "nose", "Look.")])

    def register(inputs, settings, progress):
        registrations.append(inputs)
        return SimpleNamespace(registered=inputs.source.vertices, mm_per_target_unit=1.0, notes=(), verdict=verdict)

    monkeypatch.setattr(registering, "register", register)
    inputs = BakeInput(bowl(8, one_chart), {(0, 0): image}, bowl(9, one_chart))
    for _ in range(2):
        if level == "failed":
            with pytest.raises(FailedResult, match="Failed: It lies wrong. Look."):
                bake_texture(inputs, BakeSettings(size=32), Progress(), Cache(tmp_path))
        else:
            result = bake_texture(inputs, BakeSettings(size=32), Progress(), Cache(tmp_path))
            assert result.verdict == verdict
    assert len(registrations) == 1
