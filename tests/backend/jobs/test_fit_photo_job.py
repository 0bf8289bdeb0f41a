"""A fit to photos as a job. The photo shows nothing: its landmarks, of a known head and camera, are given."""

import io
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from headbridge.detection.parsing.classes import COLOURS
from headbridge.errors import Cancelled, InputError
from headbridge.fitting.photo.job import (
    FitPhotoInput,
    FitPhotoSettings,
    PhotoLandmarks,
    PhotoTexture,
    PhotoView,
)
from headbridge.images import Image, Photo, read_image
from headbridge.jobs.fit_photo import FIT_PHOTO, describe_photo_fit, photo_files
from headbridge.jobs.folder import JobFolder
from headbridge.jobs.photo_views import read_view
from headbridge.mesh.io import read_mesh
from headbridge.progress import Progress
from headbridge.texture.job import TextureModel
from headbridge.topologies import load_builtin, load_topology

SETTINGS = FitPhotoSettings(model="open-flame", landmarks_only=True, focal=50.0)
WIDTH, HEIGHT = 320, 240
TABLE = load_topology("flame").landmarks_68


def true_pixels(turn: float = 0.0) -> np.ndarray:
    """(68, 2) the mean head's landmarks, 700 mm before a lens of 50 mm."""
    focal = 50.0 / np.hypot(36.0, 24.0) * np.hypot(WIDTH, HEIGHT)
    head = TABLE.evaluate(load_builtin("flame").vertices) @ Rotation.from_euler("y", turn, degrees=True).as_matrix().T
    x, y, z = (head + [0.0, 20.0, -700.0]).T
    return np.stack([WIDTH / 2 - focal * x / z, HEIGHT / 2 + focal * y / z], axis=1)


def write_photo(path, bits=8):
    values = np.random.default_rng(0).integers(0, 2**bits, (HEIGHT, WIDTH, 3))
    cv2.imwrite(str(path), values.astype(np.uint8 if bits == 8 else np.uint16))


def write_landmarks(path, points):
    path.write_text(json.dumps({"points": points.tolist(), "names": list(TABLE.names)}))


def options(path, **names):
    np.savez(path / "options.npz", **{key: np.array(value) for key, value in names.items()})


@pytest.fixture
def folder(tmp_path):
    write_photo(tmp_path / "me.png")
    write_landmarks(tmp_path / "marks.json", true_pixels())
    return tmp_path


def seen(vertices, camera):
    points = (vertices @ np.array(camera["R"]).T + camera["t"]) @ np.array(camera["K"]).T
    return points[:, :2] / points[:, 2:]


def test_the_head_stands_upright_and_its_camera_shows_it_where_the_landmarks_are(folder):
    write_landmarks(folder / "marks.json", true_pixels(20.0))
    options(folder, photo_files=["me.png"], landmark_files=["marks.json"])
    answer = FIT_PHOTO.run(JobFolder(folder), SETTINGS, Progress())
    (view,) = answer["views"]
    camera = view["camera"]
    assert (camera["width"], camera["height"], camera["pixel_centre"]) == (WIDTH, HEIGHT, 0.5)
    head = read_mesh(folder / answer["mesh"])
    inner = slice(17, 68)
    off = seen(TABLE.evaluate(head.vertices)[inner], camera) - true_pixels(20.0)[inner]
    assert np.linalg.norm(off, axis=1).mean() < 0.5
    # Upright at the origin: the eyes on one height, the turn in the camera.
    corners = TABLE.evaluate(head.vertices)[[36, 45]]
    assert abs(corners[0, 1] - corners[1, 1]) < 2.0 and abs(corners[0, 2] - corners[1, 2]) < 4.0
    turn = np.degrees(np.arctan2(-camera["R"][2][0], -camera["R"][2][2]))
    assert abs(abs(turn) - 20.0) < 3.0
    assert not np.any(np.load(folder / answer["result"])["root"])


def test_landmarks_of_the_answer_are_named_and_projected_by_its_camera(folder):
    indices = list(range(30, 60, 2))
    chosen = TABLE.subset(indices)
    points = true_pixels()[indices]
    (folder / "marks.json").write_text(json.dumps({"points": points.tolist(), "names": list(chosen.names)}))
    options(folder, photo_files=["me.png"], landmark_files=["marks.json"])
    answer = FIT_PHOTO.run(JobFolder(folder), SETTINGS, Progress())
    marks = answer["views"][0]["landmarks"]
    assert sorted(marks["names"]) == sorted(chosen.names)
    order = [chosen.names.index(name) for name in marks["names"]]
    np.testing.assert_allclose(marks["detected"], points[order], atol=1e-6)
    head = read_mesh(folder / "head.obj")
    projected = seen(chosen.evaluate(head.vertices)[order], answer["views"][0]["camera"])
    np.testing.assert_allclose(marks["projected"], projected, atol=1e-3)


def test_a_fit_to_landmarks_alone_has_no_texture_and_its_report_is_the_answer(folder):
    options(folder, photo_files=["me.png"], landmark_files=["marks.json"])
    answer = FIT_PHOTO.run(JobFolder(folder), SETTINGS, Progress())
    assert answer["textures"] == answer["coverages"] == [] and answer["views"][0]["light"] is None
    report = json.loads((folder / "fit.json").read_text())
    assert {key: answer[key] for key in report} == report
    assert report["stages"] and report["settings"]["landmarks_only"] is True
    assert "mtllib" not in (folder / "head.obj").read_text()


def test_a_photo_that_blender_shows_as_it_was_fitted_is_not_written_again(folder):
    options(folder, photo_files=["me.png"], landmark_files=["marks.json"])
    answer = FIT_PHOTO.run(JobFolder(folder), SETTINGS, Progress())
    assert answer["views"][0]["picture"] is None


def test_a_photo_of_16_bits_is_written_as_it_was_fitted(folder):
    write_photo(folder / "me.png", bits=16)
    options(folder, photo_files=["me.png"], landmark_files=["marks.json"])
    answer = FIT_PHOTO.run(JobFolder(folder), SETTINGS, Progress())
    shown = read_image(folder / answer["views"][0]["picture"])
    expected = read_view(folder / "me.png").photo.pixels
    np.testing.assert_allclose(shown.pixels, expected, atol=0.51 / 255.0)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "names no photos"),
        ({"photo_files": ["me.png"], "images": ["x"]}, "'images', which is unknown"),
        ({"photo_files": ["me.png"], "mask_files": ["a", "b"]}, "mask_files as 1 texts"),
        ({"photo_files": ["../me.png"]}, "leads out of the job folder"),
        ({"photo_files": ["you.png"]}, "there is no such file"),
        ({"photo_files": ["me.png"], "mask_files": ["small.png"]}, "the mask is of 100 x 80 pixels"),
        ({"photo_files": ["me.png"], "mask_files": ["black.png"]}, "black everywhere"),
    ],
)
def test_wrong_input_is_refused_and_nothing_written(folder, arrays, message):
    cv2.imwrite(str(folder / "small.png"), np.full((80, 100), 255, np.uint8))
    cv2.imwrite(str(folder / "black.png"), np.zeros((HEIGHT, WIDTH), np.uint8))
    options(folder, **arrays)
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(InputError, match=message):
        FIT_PHOTO.run(JobFolder(folder), SETTINGS, Progress())
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_mask_is_true_where_it_is_white(folder):
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[50:60, 70:90] = 255
    cv2.imwrite(str(folder / "mask.png"), values)
    view = read_view(folder / "me.png", None, folder / "mask.png")
    np.testing.assert_array_equal(view.mask, values > 0)


def test_a_cancel_leaves_no_results(folder):
    options(folder, photo_files=["me.png"], landmark_files=["marks.json"])
    with pytest.raises(Cancelled):
        FIT_PHOTO.run(JobFolder(folder), SETTINGS, Progress(should_stop=lambda: True))
    assert not (folder / "head.npz").exists()


@pytest.fixture(scope="module")
def results():
    """Results of both layouts with a texture per tile and pictures, of two photos; the fit itself is to landmarks."""
    from headbridge.fitting.photo.fit import fit_photo

    marks = PhotoLandmarks(true_pixels(), np.arange(68), "ibug")
    view = PhotoView(Photo(np.zeros((HEIGHT, WIDTH, 3), np.float32)), marks)
    picture = np.full((HEIGHT, WIDTH, 3), 7, np.uint8)
    found = {}
    for model, tiles in (("open-flame", [(0, 0)]), ("hack", [(0, 0), (1, 0)])):
        result = fit_photo(FitPhotoInput((view, view)), replace(SETTINGS, model=model), Progress())
        images = {tile: Image(np.full((8, 8, 3), 0.2 + 0.4 * tile[0])) for tile in tiles}
        texture = PhotoTexture(images, {tile: np.full((8, 8), 255, np.uint8) for tile in tiles})
        parse = np.full((HEIGHT, WIDTH), 2, np.uint8)
        views = tuple(replace(view, overlay=picture, render=picture, parse=parse) for view in result.views)
        found[model] = replace(result, views=views, texture=texture, turntable=picture)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "textures"),
    [
        ("open-flame", {"skin": "texture.png"}),
        ("hack", {"M_Face": "texture_1001.png", "M_BackHead": "texture_1002.png"}),
    ],
)
def test_every_material_shows_the_texture_of_its_tile(results, model, textures):
    result = results[model]
    files = dict(photo_files(result, describe_photo_fit(result, replace(SETTINGS, model=model))))
    wanted = {"head.npz", "head.obj", "head.mtl", "fit.json", "state.npz", "turntable.png", *textures.values()}
    wanted |= {name.replace("texture", "coverage") for name in textures.values()}
    wanted |= {f"view_0{k}_{kind}.png" for k in (1, 2) for kind in ("overlay", "render", "parse")}
    assert set(files) == wanted
    assert b"\nmtllib head.mtl\n" in files["head.obj"]
    used = {line.split()[1] for line in files["head.obj"].decode().splitlines() if line.startswith("usemtl")}
    shown, current = {}, None
    for line in files["head.mtl"].decode().splitlines():
        words = line.split()
        current = words[1] if words[0] == "newmtl" else current
        if words[0] == "map_Kd":
            shown[current] = words[1]
    assert shown == textures and used == set(textures)


def test_the_parse_is_shown_in_its_classes_colours_and_they_are_told(results):
    described = describe_photo_fit(results["hack"], SETTINGS)
    content = dict(photo_files(results["hack"], described))["view_01_parse.png"]
    shown = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert described["classes"][2] == "brow" and len(described["classes"]) == len(COLOURS)
    assert (shown == COLOURS[2]).all() and shown.shape == (HEIGHT, WIDTH, 3)


@pytest.mark.slow
def test_one_photo_has_pictures_without_a_number(results):
    result = replace(results["hack"], views=results["hack"].views[:1], used=(0,))
    names = {name for name, _ in photo_files(result, describe_photo_fit(result, SETTINGS))}
    assert {"overlay.png", "render.png", "parse.png"} < names and not any(name.startswith("view") for name in names)


def test_what_the_texture_model_has_is_told_and_a_generators_styles_lie_beside(results):
    coefficients, styles = np.array([0.5, -2.0], np.float32), np.arange(6.0, dtype=np.float32).reshape(2, 3)
    space = TextureModel("open", "space", "flame", ("skin 1", "beard"), coefficients)
    generator = replace(space, name="/a/mine.pth", kind="generator", styles=styles)
    found = {}
    for model in (None, space, generator):
        result = replace(results["open-flame"], texture_model=model)
        described = describe_photo_fit(result, SETTINGS)
        found[model] = described["texture_model"], dict(photo_files(result, described)).get("styles.npz")
        assert json.dumps(described)
    assert found[None] == (None, None)
    told = {"space": "open", "label": "open", "kind": "space", "layout": "flame", "styles": None}
    natural = found[space][0].pop("natural")
    assert [each["least"] for each in natural] == [-1.0, 1.0]
    assert found[space] == ({**told, "labels": ["skin 1", "beard"], "coefficients": [0.5, -2.0]}, None)
    assert found[generator][0]["label"] == "mine.pth" and found[generator][0]["styles"] == "styles.npz"
    np.testing.assert_array_equal(np.load(io.BytesIO(found[generator][1]))["styles"], styles)


@pytest.mark.slow
def test_teeth_lie_beside_the_head_which_keeps_its_vertices(results):
    from headbridge.fitting.heads import load_head
    from headbridge.fitting.photo.inner_parts import photo_parts

    head = load_head("open-flame")
    parts = photo_parts(head, [head.neutral()], head.neutral(), "", 32)
    result = replace(results["open-flame"], parts=parts, relit=np.full((4, 12, 3), 9, np.uint8))
    described = describe_photo_fit(result, SETTINGS)
    files = dict(photo_files(result, described))
    assert {"inner_parts.obj", "inner_parts.mtl", "inner_parts.png", "relit.png"} < set(files)
    counts = [
        sum(line.startswith("v ") for line in files[name].decode().splitlines())
        for name in ("head.obj", "inner_parts.obj")
    ]
    assert counts == [5023, len(parts.mesh.vertices)] and b"map_Kd inner_parts.png" in files["inner_parts.mtl"]
    assert set(described["inner_parts"]) == {"teeth", "gums", "iris", "white"}
    assert describe_photo_fit(results["hack"], SETTINGS)["inner_parts"] is None
