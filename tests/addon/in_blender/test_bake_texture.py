"""The bake operator in background mode. The fake worker gives back the images it was given, so what went through the
job folder and came back as a packed image has to be the user's image again."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import numpy as np
import pytest

PAIR = {"source": "Source", "target": "Target"}
SIZE = (6, 4)


def pixels_of(image) -> np.ndarray:
    """(H, W, C), row 0 at the bottom, as Blender has them."""
    pixels = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(image.size[1], image.size[0], image.channels)


def random_pixels(seed: int, alpha: bool, largest: float = 1.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    pixels = (generator.integers(0, 256, (SIZE[1], SIZE[0], 4)) / 255.0 * largest).astype(np.float32)
    pixels[:, :, 3] = generator.integers(1, 256, (SIZE[1], SIZE[0])) / 255.0 if alpha else 1.0
    return pixels


def new_image(name="Face", *, alpha=False, float_buffer=False, colour_space="", largest=1.0) -> bpy.types.Image:
    image = bpy.data.images.new(name, *SIZE, alpha=alpha, float_buffer=float_buffer)
    if colour_space:
        image.colorspace_settings.name = colour_space
    image.pixels.foreach_set(random_pixels(1, alpha, largest).ravel())
    return image


def bake(image: str = "Face", **arguments) -> bpy.types.Image:
    assert bpy.ops.headbridge.bake_texture(**{**PAIR, "image": image, **arguments}) == {"FINISHED"}
    return bpy.context.scene.headbridge.baked


def kept(image) -> dict:
    return json.loads(image["headbridge_bake"])


def fails_untouched(scene_content, match, **arguments):
    before = scene_content()
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.headbridge.bake_texture(**{**PAIR, **arguments})
    assert scene_content() == before
    session = bpy.context.window_manager.headbridge
    assert session.task == "" and session.error and session.error_of == "HEADBRIDGE_OT_bake_texture"
    jobs = Path(bpy.utils.extension_path_user("bl_ext.user_default.headbridge", path="jobs", create=True))
    assert list(jobs.iterdir()) == []


@pytest.fixture
def pair(heads, fake_worker):
    fake_worker("answer")
    return heads


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("colour_space", ["sRGB", "Non-Color", "Linear Rec.709"])
def test_byte_image_keeps_values_and_colour_space(pair, alpha, colour_space):
    original = new_image(alpha=alpha, colour_space=colour_space)
    baked = bake()
    assert baked.packed_file is not None and not baked.is_dirty
    assert baked.colorspace_settings.name == colour_space
    assert baked.is_float == (colour_space != "sRGB") and baked.alpha_mode == original.alpha_mode
    expected = pixels_of(original)
    if baked.is_float and colour_space != "Non-Color":
        # Blender multiplies the colours of float images by alpha, but not data.
        expected[:, :, :3] *= expected[:, :, 3:]
    np.testing.assert_allclose(pixels_of(baked), expected, atol=1e-3)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("colour_space", ["Linear Rec.709", "Non-Color"])
def test_float_image_keeps_its_range(pair, colour_space, alpha):
    original = new_image(float_buffer=True, alpha=alpha, colour_space=colour_space, largest=7.5)
    baked = bake()
    assert baked.is_float and baked.colorspace_settings.name == colour_space
    np.testing.assert_array_equal(pixels_of(baked), pixels_of(original))
    assert pixels_of(baked).max() > 5.0


def test_sixteen_bits_stay(pair, tmp_path, addon):
    values = np.random.default_rng(2).integers(0, 65536, (SIZE[1], SIZE[0], 3), dtype=np.uint16)
    path = tmp_path / "deep.png"
    path.write_bytes(addon("image_encoding").png_file(values))
    original = bpy.data.images.load(str(path))
    baked = bake("deep.png")
    assert baked.is_float and baked.colorspace_settings.name == "sRGB" and baked.file_format == "PNG"
    # Blender's own way to linear and back is good to some 1e-5.
    np.testing.assert_allclose(pixels_of(baked), pixels_of(original), atol=3e-5)


def test_exr_file(pair, tmp_path, addon):
    values = np.random.default_rng(2).uniform(0.0, 9.0, (SIZE[1], SIZE[0], 3)).astype(np.float32)
    path = tmp_path / "light.exr"
    path.write_bytes(addon("image_encoding").exr_file(values))
    bpy.data.images.load(str(path))
    baked = bake("light.exr")
    np.testing.assert_array_equal(pixels_of(baked)[::-1, :, :3], values)
    assert baked.file_format == "OPEN_EXR" and baked.colorspace_settings.name.startswith("Linear")


def test_unsaved_paint_is_baked_and_stays_unsaved(pair, tmp_path):
    image = new_image()
    image.filepath_raw, image.file_format = str(tmp_path / "face.png"), "PNG"
    image.save()
    painted = random_pixels(9, alpha=False)
    image.pixels.foreach_set(painted.ravel())
    before = (image.filepath, image.is_dirty, image.source, tuple(image.size), (tmp_path / "face.png").read_bytes())
    assert image.is_dirty
    baked = bake()
    np.testing.assert_allclose(pixels_of(baked), painted, atol=1e-6)
    after = (image.filepath, image.is_dirty, image.source, tuple(image.size), (tmp_path / "face.png").read_bytes())
    assert after == before


def test_generated_and_packed_images(pair, tmp_path):
    generated = bpy.data.images.new("Grid", 32, 32)
    generated.generated_type = "UV_GRID"
    np.testing.assert_allclose(pixels_of(bake("Grid")), pixels_of(generated), atol=1e-6)
    image = new_image()
    image.filepath_raw, image.file_format = str(tmp_path / "face.png"), "PNG"
    image.save()
    image.pack()
    (tmp_path / "face.png").unlink()
    np.testing.assert_allclose(pixels_of(bake()), random_pixels(1, alpha=False), atol=1e-6)


def write_tiles(folder, addon, numbers) -> dict[int, np.ndarray]:
    tiles = {}
    for number in numbers:
        tiles[number] = np.random.default_rng(number).integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
        (folder / f"skin_{number}.png").write_bytes(addon("image_encoding").png_file(tiles[number]))
    return tiles


def load_tiles(folder, numbers) -> bpy.types.Image:
    image = bpy.data.images.load(str(folder / f"skin_{numbers[0]}.png"))
    image.source = "TILED"
    image.filepath = str(folder / "skin_<UDIM>.png")
    image.tiles[0].number = numbers[0]
    for number in numbers[1:]:
        image.tiles.new(tile_number=number)
    return image


@pytest.mark.parametrize("numbers", [(1001, 1002), (1011, 1003)])
@pytest.mark.parametrize("packed", [False, True])
def test_tiles(pair, tmp_path, addon, numbers, packed):
    tiles = write_tiles(tmp_path, addon, numbers)
    image = load_tiles(tmp_path, numbers)
    if packed:
        image.pack()
        for number in numbers:
            (tmp_path / f"skin_{number}.png").unlink()
    images = set(bpy.data.images)
    baked = bake(image.name)
    assert len(set(bpy.data.images) - images) == 2
    assert baked.source == "TILED" and {tile.number for tile in baked.tiles} == set(numbers)
    assert len(baked.packed_files) == len(numbers)
    for entry in baked.packed_files:
        (tmp_path / "out.png").write_bytes(entry.packed_file.data)
        single = bpy.data.images.load(str(tmp_path / "out.png"))
        np.testing.assert_allclose(pixels_of(single)[::-1, :, :3] * 255.0, tiles[entry.tile_number], atol=1e-3)
        bpy.data.images.remove(single)


def test_result_outlives_the_file_it_is_saved_in(pair, tmp_path, addon):
    write_tiles(tmp_path, addon, (1001, 1002))
    load_tiles(tmp_path, (1001, 1002)).name = "Tiled"
    new_image(float_buffer=True, largest=3.0)
    names = [bake(show=False).name, bake("Tiled").name]
    expected = pixels_of(bpy.data.images[names[0]])
    third = pair[1].copy()
    third.headbridge.texture = bpy.data.images[names[0]]
    bpy.context.scene.collection.objects.link(third)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "file.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "file.blend"))
    first, second = (bpy.data.images[name] for name in names)
    np.testing.assert_array_equal(pixels_of(first), expected)
    assert tuple(second.size) == SIZE and len(second.packed_files) == 2
    state = bpy.data.objects["Target"].headbridge
    assert state.texture == second and tuple(state.coverage.size) == (4, 4)


def test_coverage_is_data(pair):
    new_image()
    bake()
    coverage = pair[1].headbridge.coverage
    assert coverage.colorspace_settings.name == "Non-Color" and coverage.packed_file is not None
    assert (pixels_of(coverage)[:, :, 0] == 1.0).all()


def give_texture(obj, image, uv_map=""):
    material = obj.data.materials[0]
    if material.node_tree is None:
        material.use_nodes = True
    tree = material.node_tree
    texture = tree.nodes.new("ShaderNodeTexImage")
    texture.image = image
    tree.links.new(texture.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    if uv_map:
        coordinates = tree.nodes.new("ShaderNodeUVMap")
        coordinates.uv_map = uv_map
        tree.links.new(coordinates.outputs["UV"], texture.inputs["Vector"])


def layer_with(obj, name: str, value: float):
    layer = obj.data.uv_layers.new(name=name, do_init=False)
    layer.uv.foreach_set("vector", np.full(24, value, np.float32))


def test_image_and_its_layer_are_the_base_colours(pair):
    source, target = pair
    layer_with(source, "Paint", 0.25)
    give_texture(source, new_image(), uv_map="Paint")
    baked = bake("")
    assert baked.name == "Face on Target"
    np.testing.assert_allclose(kept(baked)["source_uvs"], 0.25)
    assert kept(baked)["layer"] == "UVMap"
    np.testing.assert_allclose(kept(bake("", source_layer="UVMap"))["source_uvs"][1], [2 / 24, 3 / 24], atol=1e-6)


def test_target_layer_is_its_own_after_a_transfer(pair):
    layer_with(pair[1], "Second", 0.75)
    new_image()
    bpy.ops.headbridge.transfer_uvs(**PAIR)
    assert pair[1].data.uv_layers.active.name == "FLAME"
    assert kept(bake())["layer"] == "UVMap"
    np.testing.assert_allclose(kept(bake(layer="Second"))["target_uvs"], 0.75)
    assert pair[1].data.uv_layers.active.name == "Second"


def test_transferred_layout_is_used_again_as_long_as_it_is_the_sources(pair):
    source, target = pair
    new_image()
    bpy.ops.headbridge.transfer_uvs(**PAIR)
    worn = [tuple(uv.vector) for uv in target.data.uv_layers["FLAME"].uv]
    np.testing.assert_allclose(kept(bake())["source_uvs"], worn)
    source.data.uv_layers["UVMap"].uv[3].vector = (0.125, 0.125)
    np.testing.assert_allclose(kept(bake())["source_uvs"][3], (0.125, 0.125))


def test_layers_picked_in_the_panel_belong_to_their_objects(pair):
    source, target = pair
    layer_with(source, "Paint", 0.25)
    layer_with(target, "Second", 0.75)
    new_image()
    scene = bpy.context.scene.headbridge
    scene.uv_source, scene.uv_target = source, target
    scene.bake_source_layer, scene.bake_layer = "Paint", "Second"
    for _ in range(2):
        assert bpy.ops.headbridge.bake_texture(image="Face") == {"FINISHED"}
        np.testing.assert_allclose(kept(scene.baked)["source_uvs"], 0.25)
        np.testing.assert_allclose(kept(scene.baked)["target_uvs"], 0.75)
    assert kept(scene.baked)["coverage"] == target.headbridge.coverage.name
    scene.uv_source, scene.uv_target = target, source
    assert (scene.bake_source_layer, scene.bake_layer) == ("", "")


def test_shown_and_taken_off(pair):
    target = pair[1]
    new_image()
    before = [(slot.link, slot.material.name) for slot in target.material_slots]
    baked = bake()
    nodes = {node.type: node for node in target.material_slots[1].material.node_tree.nodes}
    assert nodes["TEX_IMAGE"].image == baked and nodes["UVMAP"].uv_map == "UVMap"
    assert [material.name for material in target.data.materials] == ["Skin.001", "Teeth.001"]
    bpy.ops.headbridge.show_uvs(mode="ORIGINAL")
    assert [(slot.link, slot.material.name) for slot in target.material_slots] == before
    bake(show=False)
    assert [(slot.link, slot.material.name) for slot in target.material_slots] == before


def test_one_object_from_layer_to_layer(pair):
    layer_with(pair[0], "Paint", 0.25)
    new_image()
    baked = bake(target="Source", source_layer="Paint", layer="UVMap")
    np.testing.assert_allclose(kept(baked)["source_uvs"], 0.25)
    np.testing.assert_allclose(kept(baked)["target_uvs"][1], [2 / 24, 3 / 24], atol=1e-6)


def test_settings_and_metrics(pair, addon):
    new_image()
    bpy.context.scene.headbridge.bake_settings.padding = 3
    baked = bake(size=256)
    answer = addon("bake_session").answer_of(baked)
    assert answer["settings"]["size"] == 256 and answer["settings"]["padding"] == 3
    assert addon("bake_session").report_rows(answer) == [
        ("Size", "256 px"),
        ("Tiles", "1"),
        ("Texels covered", "25.00 %"),
        ("   by more than one face", "0.00 %"),
        ("With a counterpart", "75.00 %"),
        ("Time", "0.5 s"),
    ]


def test_one_undo_takes_the_bake_back(pair, scene_content):
    new_image()
    bpy.ops.ed.undo_push(message="before")
    before = scene_content()
    assert bpy.ops.headbridge.bake_texture("EXEC_DEFAULT", True, **PAIR, image="Face") == {"FINISHED"}
    bpy.ops.ed.undo()
    assert scene_content() == before


# What goes wrong.


def test_same_object_and_layer(heads, scene_content):
    new_image()
    fails_untouched(scene_content, "lies on the UV layer 'UVMap' of 'Source' already", target="Source", image="Face")


def test_source_without_image(heads, scene_content):
    fails_untouched(scene_content, "'Source' has no base colour image; pick the image")
    fails_untouched(scene_content, "no image 'Gone'", image="Gone")


def test_file_that_is_missing(heads, scene_content, tmp_path):
    image = bpy.data.images.new("Lost", 4, 4)
    image.source = "FILE"
    image.filepath = str(tmp_path / "lost.png")
    fails_untouched(scene_content, "file of image 'Lost' is missing: .*lost.png", image="Lost")


def test_file_that_is_no_image(heads, scene_content, tmp_path):
    (tmp_path / "text.png").write_text("no image")
    image = bpy.data.images.load(str(tmp_path / "text.png"))
    assert tuple(image.size) == (0, 0)
    fails_untouched(scene_content, "'text.png' has no pixels", image="text.png")


def test_tile_that_is_missing(heads, fake_worker, scene_content, tmp_path, addon):
    fake_worker("answer")
    write_tiles(tmp_path, addon, (1001,))
    image = load_tiles(tmp_path, (1001, 1002))
    fails_untouched(scene_content, "tile 1002 of image '.*' is missing", image=image.name)


def test_generated_tiles_that_were_never_saved(heads, fake_worker, scene_content):
    fake_worker("answer")
    bpy.data.images.new("Tiles", 8, 8, tiled=True)
    fails_untouched(scene_content, "tile 1001 of image 'Tiles' is missing", image="Tiles")


def test_movie(heads, scene_content):
    image = bpy.data.images.new("Film", 4, 4)
    image.source = "MOVIE"
    fails_untouched(scene_content, "'Film' is no still image", image="Film")


@pytest.mark.parametrize("without", [0, 1])
def test_head_without_uvs(heads, scene_content, without):
    new_image()
    layers = heads[without].data.uv_layers
    layers.remove(layers[0])
    fails_untouched(scene_content, f"'{heads[without].name}' has no UVs; unwrap it", image="Face")


def test_layer_that_is_not_there(heads, scene_content):
    new_image()
    fails_untouched(scene_content, "'Target' has no UV layer 'Gone'", image="Face", layer="Gone")


def test_target_that_is_no_mesh(heads, scene_content):
    new_image()
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    fails_untouched(scene_content, "'Camera' is not a mesh", image="Face", target="Camera")


def test_backend_not_installed(heads, scene_content, monkeypatch):
    new_image()
    monkeypatch.delenv("HEADBRIDGE_PYTHON")
    fails_untouched(scene_content, "backend is not installed", image="Face")


@pytest.mark.parametrize(("mode", "match"), [("die", "exit code 3"), ("refuse", "The source is broken; repair it.")])
def test_worker_that_fails(heads, fake_worker, scene_content, mode, match):
    new_image()
    fake_worker(mode)
    fails_untouched(scene_content, match, image="Face")


def test_file_of_the_worker_that_cannot_be_read(pair, scene_content, addon):
    new_image()
    module = addon("bake_session")
    before = scene_content()
    session = module.BakeSession(module.BakeRequest("Source", "Target", {}, image="Face"))
    while not session._job.finished:
        session._job.step()
    for name in ("texture_1001.png", "coverage_1001.png"):
        Path(session._folder.path, name).write_text("no image")
    assert session.step() and session.state == "failed"
    assert scene_content() == before
