"""Fit to Photo in background mode, with the fake worker: what is sent, where cameras, landmarks and light end up, what
comes back from them, what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from fake_worker import HEAD, LIGHT, POINTS, photo_camera


@pytest.fixture
def photo(tmp_path, fake_worker, addon):
    """`photo(name, width, height)` writes a picture and gives its path."""
    fake_worker("answer")

    def write(name: str = "anna.png", width: int = 60, height: int = 40) -> str:
        pixels = np.random.default_rng(len(name)).integers(0, 256, (height, width, 3)).astype(np.uint8)
        path = tmp_path / name
        path.write_bytes(addon("image_encoding").png_file(pixels))
        return str(path)

    return write


def kept(obj) -> dict:
    return json.loads(obj["headbridge_fit"])


def cameras() -> list[bpy.types.Object]:
    found = [obj for obj in bpy.data.objects if obj.type == "CAMERA"]
    return sorted(found, key=lambda obj: json.loads(obj["headbridge_photo"])["number"])


def landmarks_of(camera) -> dict[str, bpy.types.Object]:
    return {obj["headbridge_landmark"]: obj for obj in camera.children if "headbridge_landmark" in obj}


def canonical(points) -> np.ndarray:
    x, y, z = np.asarray(points, np.float64).reshape(-1, 3).T
    return 1000.0 * np.stack([x, z, -y], axis=1)


def world(points) -> np.ndarray:
    x, y, z = np.asarray(points, np.float64).reshape(-1, 3).T
    return np.stack([x, -z, y], axis=1) / 1000.0


def seen(camera, points, frame) -> np.ndarray:
    """(N, 2) pixels of the render's `frame` (width, height), y down, at which Blender draws (N, 3) world points."""
    bpy.context.view_layer.update()
    projection = camera.calc_matrix_camera(bpy.context.evaluated_depsgraph_get(), x=frame[0], y=frame[1])
    place, turn, _scale = camera.matrix_world.decompose()
    both = np.array(projection @ Matrix.LocRotScale(place, turn, None).inverted(), np.float64)
    clipped = np.c_[points, np.ones(len(points))] @ both.T
    return (0.5 + 0.5 * clipped[:, :2] / clipped[:, 3:] * (1.0, -1.0)) * frame


def photo_in_frame(size, frame) -> tuple[float, np.ndarray]:
    """Scale and upper left corner of a photo that lies in a frame as large as fits, as Blender draws it."""
    scale = min(frame[0] / size[0], frame[1] / size[1])
    return scale, 0.5 * (np.array(frame) - scale * np.array(size))


@pytest.mark.parametrize("size", [(60, 40), (40, 60), (50, 50)])
@pytest.mark.parametrize("frame", [None, (1920, 1080), (600, 1000)])
@pytest.mark.changes_settings
def test_the_scene_lies_on_the_photo(photo, size, frame):
    render = bpy.context.scene.render
    frame = frame or size
    render.resolution_x, render.resolution_y = frame
    assert bpy.ops.headbridge.fit_photo(filepath=photo("anna.png", *size)) == {"FINISHED"}
    (camera,) = cameras()
    assert (render.resolution_x, render.resolution_y) == frame and bpy.context.scene.camera is None
    scale, corner = photo_in_frame(size, frame)
    wanted = kept(bpy.context.object)["views"][0]["landmarks"]["projected"]
    pixels = (seen(camera, world([*POINTS.values()]), frame) - corner) / scale
    np.testing.assert_allclose(pixels, wanted, atol=1e-3)
    # The empties lie on the photo, too.
    empties = landmarks_of(camera)
    places = np.array([empties[name].matrix_world.translation for name in POINTS])
    np.testing.assert_allclose((seen(camera, places, frame) - corner) / scale, wanted, atol=1e-3)
    for background in camera.data.background_images:
        assert background.image == camera.headbridge.photo and background.frame_method == "FIT"
    assert camera.data.show_background_images and tuple(camera.headbridge.photo.size) == size


def test_head_texture_and_fade(photo):
    assert bpy.ops.headbridge.fit_photo(filepath=photo(), size=512) == {"FINISHED"}
    head = bpy.context.object
    assert head.name == "anna Fit" and kept(head)["settings"]["size"] == 512
    keys = head.data.shape_keys.key_blocks
    assert (keys["identity000"].value, keys["expression000"].value) == (1.5, 0.25)
    material = head.material_slots[head.data.polygons[0].material_index].material
    texture = next(node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE")
    assert material.node_tree.nodes["Principled BSDF"].inputs["Specular IOR Level"].default_value == 0.0
    assert texture.source == "TILED" and [tile.number for tile in texture.tiles] == [1001, 1002]
    assert len(texture.packed_files) == 2 and texture.colorspace_settings.name == "sRGB"
    # Nothing is left of materials that no face has.
    used = {polygon.material_index for polygon in head.data.polygons}
    assert used == set(range(len(head.material_slots))) and all(m.users for m in bpy.data.materials)
    (camera,) = cameras()
    shown = camera.headbridge.photo
    assert shown.packed_file is not None and shown.colorspace_settings.name == "sRGB" and camera.parent == head.parent
    back, front = camera.data.background_images
    assert (back.display_depth, back.alpha, front.display_depth, front.alpha) == ("BACK", 1.0, "FRONT", 0.0)


def test_one_undo_step_takes_everything_back(photo, scene_content):
    path = photo()
    bpy.context.preferences.edit.use_global_undo = True
    bpy.ops.ed.undo_push(message="before")
    before = scene_content()
    bpy.ops.headbridge.fit_photo("EXEC_DEFAULT", True, filepath=path)
    assert scene_content() != before
    bpy.ops.ed.undo()
    assert scene_content() == before


def test_light_becomes_sun_and_ambient_light_of_the_head_alone(photo, addon):
    scene = bpy.context.scene
    assert bpy.ops.headbridge.fit_photo(filepath=photo()) == {"FINISHED"}
    (camera,) = cameras()
    (sun,) = [obj for obj in bpy.data.objects if obj.type == "LIGHT"]
    bpy.context.view_layer.update()
    towards = camera.matrix_world.to_3x3().inverted() @ (sun.matrix_world.to_3x3() @ Matrix.Identity(3).col[2])
    wanted = np.array([0.3, 0.4, 0.3]) / np.linalg.norm([0.3, 0.4, 0.3])
    assert np.degrees(np.arccos(np.dot(towards.normalized(), wanted))) < 12.0
    # What both give is about what the harmonics give on what the camera sees.
    light = addon("photo.light")
    normals = np.random.default_rng(0).normal(size=(300, 3))
    normals[:, 2] = np.abs(normals[:, 2])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    x, y, z = normals.T
    encoded = np.array(LIGHT[0]) * 0.282095 + (0.3 * x + 0.4 * y + 0.3 * z)[:, None] * 1.023327
    linear = np.maximum(encoded, 0.0) ** 2.2
    lambert = np.maximum(normals @ np.array(towards.normalized()), 0.0)[:, None]
    head = bpy.context.object
    tree = head.material_slots[-1].material.node_tree
    mix = tree.nodes["Photo Ambient Light"]
    ambient = np.array(next(i for i in mix.inputs if i.name == "B" and i.enabled).default_value)[:3]
    assert sun.light_linking.receiver_collection == head.users_collection[0]
    given = ambient + lambert * np.array(sun.data.color) * sun.data.energy / np.pi
    assert np.abs(given - linear).mean() < 0.1 * linear.mean()
    assert light.shading(np.array(LIGHT), normals)[0] ** 2.2 == pytest.approx(linear[0], rel=1e-6)
    # The user's world, camera and renders change only when asked.
    assert scene.world is None and scene.camera is None
    assert bpy.ops.headbridge.render_like_photo() == {"FINISHED"}
    assert scene.world == camera.headbridge.photo_world and scene.camera == camera
    assert tuple(scene.world.node_tree.nodes["Background"].inputs["Color"].default_value)[:3] == (0.0, 0.0, 0.0)
    assert (scene.render.resolution_x, scene.render.resolution_y) == (60, 40)


def test_known_sun_is_found(addon):
    light = addon("photo.light")
    rng = np.random.default_rng(4)
    normals = rng.normal(size=(4000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    x, y, z = normals.T
    basis = np.stack([np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1], axis=1)
    basis *= (0.282095, 1.023327, 1.023327, 1.023327, 0.858086, 0.858086, 0.858086, 0.429043, 0.247708)
    towards = np.array([-0.6, 0.5, 0.62])
    towards /= np.linalg.norm(towards)
    sun, ambient = np.array([0.7, 0.6, 0.5]), np.array([0.25, 0.3, 0.35])
    linear = ambient + np.maximum(normals @ towards, 0.0)[:, None] * sun
    coefficients = np.linalg.lstsq(basis, linear ** (1 / 2.2), rcond=None)[0]
    found = light.sun_and_ambient(coefficients)
    assert np.degrees(np.arccos(found.direction @ towards)) < 6.0
    np.testing.assert_allclose(found.sun, sun, atol=0.08)
    np.testing.assert_allclose(found.ambient, ambient, atol=0.08)


def test_landmarks_only_has_neither_light_nor_texture(photo):
    assert bpy.ops.headbridge.fit_photo(filepath=photo(), landmarks_only=True) == {"FINISHED"}
    assert not [obj for obj in bpy.data.objects if obj.type == "LIGHT"] and not bpy.data.worlds
    assert [image.name for image in bpy.data.images] == ["anna.png"]


def test_several_photos(photo, tmp_path, addon):
    files = [{"name": Path(photo(name, *size)).name} for name, size in (("a.png", (60, 40)), ("bb.png", (32, 48)))]
    assert bpy.ops.headbridge.fit_photo(directory=str(tmp_path), files=files, add_light=False) == {"FINISHED"}
    head, (first, second) = bpy.context.object, cameras()
    for camera, view in zip((first, second), kept(head)["views"]):
        size = (view["camera"]["width"], view["camera"]["height"])
        bpy.ops.headbridge.render_like_photo(camera=camera.name)
        pixels = seen(camera, world([*POINTS.values()]), size)
        np.testing.assert_allclose(pixels, view["landmarks"]["projected"], atol=1e-3)
    # The worker wrote an upright picture of the second one.
    assert second.headbridge.photo.packed_file is not None and tuple(second.headbridge.photo.size) == (32, 48)
    assert bpy.ops.headbridge.pose_like_photo(camera=second.name) == {"FINISHED"}
    assert head.data.shape_keys.key_blocks["expression000"].value == 0.5
    rows = addon("fits.fitted_head").report_rows(kept(head))
    assert ("Photo, with detail", "30.5 dB") in rows and ("Landmark error", "1.25 %") in rows


def test_photos_of_the_panel_go_as_their_files(photo):
    image = bpy.data.images.load(photo())
    bpy.ops.headbridge.add_photos(filepath=photo())
    (item,) = bpy.context.scene.headbridge.fits.photos
    assert item.image == image
    bpy.context.scene.headbridge.fits.fit_photo.model = "hack"
    assert bpy.ops.headbridge.fit_photo() == {"FINISHED"}
    answer = kept(bpy.context.object)
    assert answer["settings"]["model"] == "hack" and "photo_01.png" in answer["files"]
    assert cameras()[0].headbridge.photo == image and image.packed_file is None


def test_dense_images_go_with_the_panels_photo(photo, tmp_path, scene_content):
    bpy.ops.headbridge.add_photos(filepath=photo())
    (item,) = bpy.context.scene.headbridge.fits.photos
    item.dense_uv, item.normals = photo("uv.png"), str(tmp_path / "gone.png")
    refused(scene_content, "fit_photo", "There is no dense image .*gone.png")
    item.normals = photo("normals.png")
    assert bpy.ops.headbridge.fit_photo() == {"FINISHED"}
    assert {"dense_01.png", "normal_01.png"} <= set(kept(bpy.context.object)["files"])
    # Fit Again takes them, too, and says where one is gone.
    assert bpy.ops.headbridge.refit_photo() == {"FINISHED"}
    assert {"dense_01.png", "normal_01.png"} <= set(kept(bpy.context.object)["files"])
    Path(item.normals).unlink()
    refused(scene_content, "refit_photo", "There is no dense image .*normals.png'; put it back")


def test_a_job_waits_until_its_models_terms_are_accepted(photo, fake_worker, addon, scene_content):
    fake_worker("terms")
    terms = addon("model_terms")
    refused(scene_content, "fit_photo", "its terms are not accepted yet", filepath=photo())
    assert terms.waiting() == ["HACK: Ask them. (https://there)"]
    assert bpy.ops.headbridge.accept_terms() == {"FINISHED"}
    try:
        assert bpy.ops.headbridge.fit_photo(filepath=photo()) == {"FINISHED"} and terms.waiting() == []
    finally:
        addon("paths").preferences().accepted_terms = ""


def test_phone_photos_that_blender_does_not_read_go_as_their_files(photo, tmp_path, scene_content):
    path = tmp_path / "anna.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    bpy.ops.headbridge.add_photos(filepath=str(path))
    (item,) = bpy.context.scene.headbridge.fits.photos
    assert tuple(item.image.size) == (0, 0)
    assert bpy.ops.headbridge.fit_photo() == {"FINISHED"}
    assert "photo_01.heic" in kept(bpy.context.object)["files"]
    item.image = bpy.data.images.load(str(path), check_existing=True)
    path.unlink()
    refused(scene_content, "fit_photo", "The file of image|makes a picture of it")


def test_painted_image_goes_as_its_pixels(fake_worker):
    fake_worker("answer")
    image = bpy.data.images.new("Painted", 30, 20)
    bpy.context.scene.headbridge.fits.photos.add().image = image
    assert bpy.ops.headbridge.fit_photo() == {"FINISHED"}
    assert bpy.context.object.name == "Painted Fit"


def test_refit_follows_landmarks_that_were_moved(photo):
    assert bpy.ops.headbridge.fit_photo(filepath=photo()) == {"FINISHED"}
    first = kept(bpy.context.object)["views"][0]["landmarks"]
    bpy.context.object.parent.location = (1.0, 2.0, 3.0)
    bpy.context.object.parent.rotation_euler = (0.1, 0.2, 0.3)
    (camera,) = cameras()
    bpy.context.view_layer.update()
    empties = landmarks_of(camera)
    # Moved as seen through the camera, to where the corner of the photo is, also towards it.
    corner = Matrix.LocRotScale(*camera.matrix_world.decompose()[:2], None) @ empties["nose tip"].location
    empties["nose tip"].matrix_world.translation = corner
    empties["nose tip"].location.x += 0.02
    empties["nose tip"].location.y -= 0.01
    bpy.data.objects.remove(empties["left lip corner"])
    depth = -empties["nose tip"].location.z
    focal = photo_camera((60, 40), 0)["K"][0][0]
    assert bpy.ops.headbridge.refit_photo() == {"FINISHED"}
    head = bpy.context.object
    # The detector's points are its own: only what was moved goes, on top of the fit as it was.
    (given,) = kept(head)["given"]
    assert (given["kind"], given["names"], given["size"]) == ("pin", ["nose tip"], [60, 40])
    assert given["left_out"] == ["left lip corner"]
    assert kept(head)["kept"] == "what the fit was"
    before = np.array(first["detected"][first["names"].index("nose tip")])
    moved = before + np.array([0.02, 0.01]) / depth * focal
    np.testing.assert_allclose(given["points"], [moved], atol=1e-3)
    # The new head stands in the old one's place, which is gone with all that belonged to it.
    assert head.name == "anna Fit" and cameras()[0].name == "anna Camera"
    assert len(cameras()) == 1 and [obj.type for obj in bpy.data.objects].count("ARMATURE") == 1
    np.testing.assert_allclose(head.parent.location, (1.0, 2.0, 3.0), atol=1e-6)
    assert len(bpy.data.worlds) == 1 and len([obj for obj in bpy.data.objects if obj.type == "LIGHT"]) == 1
    names = {image.name for image in bpy.data.images}
    assert set(bpy.data.collections.keys()) == {"anna Fit", "anna Fit Photos"}
    assert names == {"anna.png", "anna Fit", "anna Fit Coverage"}
    # What was placed by hand stays so in the next round, where it was placed; what was deleted stays deleted.
    assert set(landmarks_of(cameras()[0])) == set(POINTS) - {"left lip corner"}
    assert bpy.ops.headbridge.refit_photo() == {"FINISHED"}
    (given,) = kept(bpy.context.object)["given"]
    assert (given["kind"], given["names"], given["left_out"]) == ("pin", ["nose tip"], ["left lip corner"])
    np.testing.assert_allclose(given["points"], [moved], atol=1e-3)
    # All of them deleted, they are found again.
    assert bpy.ops.headbridge.clear_photo_landmarks() == {"FINISHED"}
    assert bpy.ops.headbridge.refit_photo() == {"FINISHED"}
    assert kept(bpy.context.object)["given"] == []
    assert set(landmarks_of(cameras()[0])) == set(POINTS)


def test_a_deleted_landmark_alone_is_told(photo):
    bpy.ops.headbridge.fit_photo(filepath=photo())
    bpy.data.objects.remove(landmarks_of(cameras()[0])["nose tip"])
    assert bpy.ops.headbridge.refit_photo() == {"FINISHED"}
    (given,) = kept(bpy.context.object)["given"]
    assert (given["kind"], given["points"], given["left_out"]) == ("pin", [], ["nose tip"])


def test_refit_with_nothing_moved_goes_on_from_the_fit_as_it_was(photo):
    assert bpy.ops.headbridge.fit_photo(filepath=photo()) == {"FINISHED"}
    assert kept(bpy.context.object)["kept"] is None
    assert bpy.ops.headbridge.refit_photo() == {"FINISHED"}
    answer = kept(bpy.context.object)
    assert answer["given"] == [] and answer["kept"] == "what the fit was"


def test_refit_of_landmarks_placed_before_any_fit(photo, addon):
    image = bpy.data.images.load(photo())
    points, module = addon("photo.landmark_points"), addon("photo.photo_camera")
    camera = module.new_camera("Hand", module.usual_view((60, 40)), image, {"source": None}, bpy.context.scene)
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.view_layer.update()
    names = [*points.missing(camera)[:5], "jaw 3"]
    pixels = np.random.default_rng(1).uniform(5.0, 35.0, (6, 2))
    points.add(camera, names, pixels, bpy.context.scene.collection, exact=names)
    assert points.missing(camera)[:1] != names[:1] and len(points.missing(camera)) == 62
    item = bpy.context.scene.headbridge.fits.photos.add()
    item.image, item.camera = image, camera
    assert bpy.ops.headbridge.fit_photo() == {"FINISHED"}
    (given,) = kept(bpy.context.object)["given"]
    assert given["kind"] == "landmark" and kept(bpy.context.object)["kept"] is None
    order = [given["names"].index(name) for name in names]
    np.testing.assert_allclose(np.array(given["points"])[order], pixels, atol=1e-3)
    # All stay on the photo, also the one the fit says nothing of, as a point of the contour.
    (fitted,) = module.cameras_of(addon("rig.rigged_head").find(bpy.context.object))
    bpy.context.view_layer.update()
    found, places, exact = points.read(fitted)
    np.testing.assert_allclose(places[[found.index(name) for name in names]], pixels, atol=1e-3)
    assert exact.all()


def test_old_head_stays_hidden_when_something_hangs_on_it(photo):
    bpy.ops.headbridge.fit_photo(filepath=photo())
    old = bpy.context.object
    hat = bpy.data.objects.new("Hat", None)
    hat.parent = old
    bpy.context.scene.collection.objects.link(hat)
    assert bpy.ops.headbridge.refit_photo() == {"FINISHED"}
    assert old.hide_get() and hat.parent == old and not bpy.context.object.hide_get()


def test_projected_texture(photo, addon):
    bpy.ops.headbridge.fit_photo(filepath=photo())
    head, (camera,) = bpy.context.object, cameras()
    head.parent.location = (0.3, 0.2, 0.1)
    assert bpy.ops.headbridge.project_texture(size=256) == {"FINISHED"}
    image = head.headbridge.texture
    assert image.packed_file is not None and tuple(image.size) == (60, 40) and head.headbridge.shown == "TEXTURE"
    pixels = [
        np.array(shown.pixels[:]).reshape(-1, shown.channels)[:, :3] for shown in (image, camera.headbridge.photo)
    ]
    np.testing.assert_array_equal(*pixels)
    answer = json.loads(image["headbridge_projection"])
    (view,), fitted = answer["given"]["views"], kept(head)["views"][0]
    assert view["light"] == fitted["light"] and view["camera"]["width"] == 60
    np.testing.assert_allclose(view["camera"]["K"], fitted["camera"]["K"], atol=1e-3)
    np.testing.assert_allclose(view["camera"]["R"], fitted["camera"]["R"], atol=1e-6)
    # Head and camera were moved together: the mesh is seen where it was.
    vertices = np.array(answer["given"]["vertices"]) - canonical((0.3, 0.2, 0.1))
    np.testing.assert_allclose(vertices, np.array(HEAD) + 1.5 + 0.25, atol=1e-3)
    assert answer["settings"]["size"] == 256
    place = np.array(view["camera"]["t"]) + np.array(view["camera"]["R"]) @ canonical((0.3, 0.2, 0.1))[0]
    np.testing.assert_allclose(place, fitted["camera"]["t"], atol=1e-3)


def test_projection_through_a_camera_of_the_users(photo, heads):
    image = bpy.data.images.load(photo("wide.png", 80, 20))
    data = bpy.data.cameras.new("Mine")
    data.lens, data.sensor_width, data.shift_x = 72.0, 36.0, 0.1
    camera = bpy.data.objects.new("Mine", data)
    bpy.context.scene.collection.objects.link(camera)
    with pytest.raises(RuntimeError, match="no background image"):
        bpy.ops.headbridge.project_texture(object="Target", camera="Mine")
    data.background_images.new().image = image
    assert bpy.ops.headbridge.project_texture(object="Target", camera="Mine") == {"FINISHED"}
    given = json.loads(heads[1].headbridge.texture["headbridge_projection"])["given"]["views"][0]["camera"]
    # f = 72 / 36 x 80 pixels; the frame is moved by a tenth of its width.
    np.testing.assert_allclose(given["K"], [(160, 0, 32), (0, 160, 10), (0, 0, 1)], atol=1e-4)
    # It looks along -Z of the world, which is -Y of the canonical frame.
    np.testing.assert_allclose(given["R"], [(1, 0, 0), (0, 0, 1), (0, -1, 0)], atol=1e-6)


def refused(scene_content, operator, match, **arguments) -> None:
    before = scene_content()
    with pytest.raises(RuntimeError, match=match):
        getattr(bpy.ops.headbridge, operator)(**arguments)
    assert scene_content() == before
    session = bpy.context.window_manager.headbridge
    assert session.task == "" and session.error and session.error_of == f"HEADBRIDGE_OT_{operator}"
    jobs = Path(bpy.utils.extension_path_user("bl_ext.user_default.headbridge", path="jobs", create=True))
    assert list(jobs.iterdir()) == []


def test_what_cannot_be_fitted(photo, scene_content, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    files = [{"name": Path(photo()).name}, {"name": "broken.png"}]
    refused(scene_content, "add_photos", "'broken.png' has no pixels", directory=str(tmp_path), files=files)
    refused(scene_content, "fit_photo", "no photo to fit; add one")
    refused(scene_content, "fit_photo", "no photo '.*nobody.png'", filepath=str(tmp_path / "nobody.png"))
    refused(scene_content, "refit_photo", "No photo is active")
    refused(scene_content, "refit_photo", "'Nobody' is no camera of a photo", camera="Nobody")
    refused(scene_content, "project_texture", "No photo is active")
    bpy.ops.headbridge.fit_photo(filepath=photo())
    (camera,) = cameras()
    for name, empty in landmarks_of(camera).items():
        if name.endswith("corner"):
            bpy.data.objects.remove(empty)
        else:
            del empty["headbridge_found"]
    refused(scene_content, "refit_photo", "has 1 landmarks; place at least 4")


@pytest.mark.parametrize("mode", ["refuse", "die", "no-rig"])
def test_backend_that_fails(mode, photo, fake_worker, addon, scene_content):
    path = photo()
    fake_worker(mode)
    addon("backend_worker").stop()
    refused(scene_content, "fit_photo", "broken|ended|The model is gone", filepath=path)


def test_picture_of_the_running_fit_is_shown_and_goes(photo, addon):
    sessions, live = addon("photo.fit_photo_session"), addon("photo.live_picture")
    inputs = addon("photo.photo_input")
    source = addon("photo.photo_source").PhotoSource(photo())
    settings = addon("settings").values(bpy.context.scene.headbridge.fits.fit_photo, "fit_photo")
    fit = sessions.FitPhotoSession([inputs.PhotoInput(source)], settings)
    for _stage in range(2):
        # Every stage ends with a new picture.
        Path(fit._folder.path, "part").write_bytes(Path(source.path).read_bytes())
        Path(fit._folder.path, "part").replace(Path(fit._folder.path, "preview.png"))
        fit.step()
        assert live.is_shown()
    fit.abort()
    assert not live.is_shown() and not bpy.data.images
