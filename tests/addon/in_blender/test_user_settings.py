"""What the user has set stays: view, shading, hidden objects, render and world, selection and mode, after every operator,
its undo, saving and loading, and disabling the add-on."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

MODULE = "bl_ext.user_default.headbridge"

# Operators that do nothing but open a dialog, show text or run outside of the scene.
OUTSIDE = {
    "accept_terms", "cancel", "check_backend", "dismiss_error", "examine", "open_folder", "open_log", "setup_backend", "setup_from_file",
    "show_error", "show_help", "show_preferences",
}  # fmt: skip
# Clicks in a window, or what another operator of the list does with a file that has to be there.
BY_MOUSE = {"pick_pairs", "edit_photo_landmarks", "create_head", "open_head", "load_fit", "fit_landmarks_file"}
# What they change is what they are asked for, and `restore_render`, `back_to_view` give it back.
ASKED = {"render_like_photo", "select_uv_problems", "sequence_rate"}
# Change no more than a property of the panel or of a picture, or need a model file.
OF_THE_PANEL = {
    "add_photos", "remove_photo", "choose_texture", "open_texture_file", "find_textures", "use_demo_pairs", "clear_pairs",
    "export_pairs", "clear_photo_landmarks", "restore_render", "own_rig_joints", "reload_texture", "texture_as_fitted",
    "render_texture",
}  # fmt: skip


def view():
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    return {"window": window, "area": area, "region": region}


def state() -> dict:
    """Everything that is the user's own; of objects only those the user has made."""
    space, scene, layer = view()["area"].spaces.active, bpy.context.scene, bpy.context.view_layer
    region = space.region_3d
    return {
        "shading": {
            n: getattr(space.shading, n) for n in ("type", "color_type", "light", "show_xray", "background_type")
        },
        "view": (
            region.view_perspective,
            tuple(np.round(region.view_rotation, 5)),
            tuple(np.round(region.view_location, 5)),
            round(region.view_distance, 5),
            tuple(region.view_camera_offset),
            space.use_local_camera,
            space.camera.name if space.camera else "",
            space.local_view is not None,
            space.overlay.show_overlays,
        ),
        "hidden": {
            obj.name: (obj.hide_get(), obj.hide_viewport, obj.hide_render)
            for obj in scene.objects
            if obj.name in {"Source", "Target", "Lamp", "Shy"}
        },
        "render": {
            n: getattr(scene.render, n)
            for n in ("engine", "resolution_x", "resolution_y", "resolution_percentage", "film_transparent", "filepath")
        },
        "colours": (scene.view_settings.view_transform, scene.view_settings.look, scene.view_settings.exposure),
        "scene": (scene.camera.name, scene.world.name, tuple(scene.cursor.location), scene.frame_current),
        "mode": bpy.context.mode,
        "selection": (sorted(obj.name for obj in layer.objects.selected), layer.objects.active.name),
    }


def without_selection(found: dict) -> dict:
    return {name: value for name, value in found.items() if name != "selection"}


@pytest.fixture
def users(heads, fake_worker, tmp_path, addon):
    """A scene, a view and render settings that nobody has by default."""
    fake_worker("answer")
    scene = bpy.context.scene
    for name, data in (("Lamp", bpy.data.lights.new("Lamp", "POINT")), ("Eye", bpy.data.cameras.new("Eye"))):
        scene.collection.objects.link(bpy.data.objects.new(name, data))
    shy = bpy.data.objects.new("Shy", heads[0].data.copy())
    scene.collection.objects.link(shy)
    heads[0].location, heads[1].location = (0.0, 3.0, 0.0), (2.0, 3.0, 0.0)
    bpy.context.view_layer.update()
    shy.hide_set(True)
    scene.camera, scene.world = bpy.data.objects["Eye"], bpy.data.worlds.new("Dusk")
    scene.render.resolution_x, scene.render.resolution_y = 123, 77
    scene.view_settings.view_transform = "Filmic"
    space = view()["area"].spaces.active
    space.shading.type, space.shading.color_type, space.shading.light = "SOLID", "RANDOM", "MATCAP"
    space.region_3d.view_perspective = "PERSP"
    space.region_3d.view_rotation, space.region_3d.view_distance = (0.8, 0.36, 0.48, 0.0), 7.5
    space.region_3d.view_location = (0.5, 0.25, 0.125)
    space.region_3d.view_rotation.normalize()
    photo = tmp_path / "anna.png"
    photo.write_bytes(addon("image_encoding").png_file(np.full((40, 60, 3), 128, np.uint8)))
    bpy.context.preferences.edit.use_global_undo = True
    select(heads[1], heads[0])
    return str(photo)


def select(active, *others):
    for obj in bpy.context.view_layer.objects:
        obj.select_set(obj in (active, *others))
    bpy.context.view_layer.objects.active = active


def run(name: str, **arguments):
    with bpy.context.temp_override(**view()):
        status = getattr(bpy.ops.headbridge, name)(**arguments)
    # Blender's own step after an operator wants a real window.
    bpy.ops.ed.undo_push(message=name)
    return status


def give_back():
    """Press whatever gives something back."""
    with bpy.context.temp_override(**view()):
        for operator in (bpy.ops.headbridge.back_to_view, bpy.ops.headbridge.end_compare):
            if operator.poll():
                operator()


def registered(_photo):
    run("register", source="Source", target="Target")
    bpy.context.view_layer.update()


def transferred(_photo):
    run("transfer_uvs", source="Source", target="Target", show="ORIGINAL")


def baked(photo):
    image = bpy.data.images.load(photo)
    image.name = "Picture"


def photographed(photo):
    run("fit_photo", filepath=photo)
    give_back()


def textured(_photo):
    run("add_head", kind="FLAME")
    run("new_texture")
    give_back()


def nothing(_photo):
    pass


CASES = [
    (nothing, "add_head", {"kind": "HACK"}),
    (nothing, "register", {"source": "Source", "target": "Target"}),
    *((registered, "compare", {"mode": mode}) for mode in ("SIDE_BY_SIDE", "OVERLAY", "HEAT_MAP", "RESULT", "TARGET")),
    (nothing, "transfer_uvs", {"source": "Source", "target": "Target"}),
    *((transferred, "show_uvs", {"mode": mode, "target": "Target"}) for mode in ("CHECKER", "ORIGINAL")),
    (baked, "bake_texture", {"source": "Source", "target": "Target", "image": "Picture"}),
    (nothing, "fit_mesh", {"object": "Source"}),
    (nothing, "fit_scan", {"object": "Source"}),
    (nothing, "convert_head", {"object": "Source"}),
    (nothing, "sample_heads", {"count": 2}),
    (nothing, "fit_photo", {"filepath": None}),
    (photographed, "refit_photo", {}),
    (photographed, "look_through_photo", {}),
    (photographed, "pose_like_photo", {}),
    (photographed, "project_texture", {}),
    (photographed, "randomise_rig", {}),
    (photographed, "reset_rig", {}),
    (photographed, "bake_rig", {"what": "MESH"}),
    (photographed, "export_head", {"filepath": None}),
    (textured, "randomise_texture", {"seed": 1, "spread": 1.0, "limit": 3.0}),
    (textured, "reset_texture", {}),
    (nothing, "make_watertight", {}),
]
# The fake worker has no answer for them; their sessions touch no more than the head's keys and pictures.
NOT_FAKED = {
    "add_rigged_head",
    "add_arkit_keys",
    "transfer_expressions",
    "complete_texture",
    "fit_landmarks",
    "fit_texture",
    "export_texture",
    "new_texture",
}
# They look at what is there already. Blender undoes no view, so what they have borrowed stays until it is given back.
LOOKING = {"compare", "look_through_photo", "refit_photo", "project_texture"}
# They want the folder of a performance: `test_motion` has one.
OF_MOTION = {
    "import_sequence",
    "fit_sequence",
    "track_video",
    "add_corrections",
    "compare_performances",
    "export_arkit_table",
}
# They run the command line over folders: `test_batch` has some.
OF_BATCHES = {"batch", "load_batch", "open_batch_result", "show_batch_report"}
# They want a head of all people: `test_rig_people` has some.
OF_PEOPLE = {"read_handles", "own_expressions"}
# What gives back is run by the cases.
GIVING_BACK = {"back_to_view", "end_compare"}


def test_every_operator_is_accounted_for():
    cases = {name for _prepare, name, _arguments in CASES}
    groups = (cases, OUTSIDE, BY_MOUSE, ASKED, OF_THE_PANEL, NOT_FAKED, OF_MOTION, OF_BATCHES, OF_PEOPLE, GIVING_BACK)
    assert set().union(*groups) == set(dir(bpy.ops.headbridge))
    assert sum(map(len, groups)) == len(set().union(*groups))


@pytest.mark.parametrize(("prepare", "name", "arguments"), CASES, ids=[f"{c[1]}-{i}" for i, c in enumerate(CASES)])
def test_the_users_settings_stay(users, tmp_path, prepare, name, arguments):
    prepare(users)
    bpy.ops.ed.undo_push(message="before")
    before = state()
    if arguments.get("filepath", "") is None:
        arguments = {"filepath": str(tmp_path / "head.glb") if name == "export_head" else users}
    assert run(name, **arguments) == {"FINISHED"}

    # Whatever is borrowed for the moment, a saved file has the user's own.
    path = str(tmp_path / "scene.blend")
    shown = state()
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    assert state() == shown
    bpy.ops.ed.undo()
    if name in LOOKING:
        give_back()
    assert state() == before, "after undo"

    bpy.ops.wm.open_mainfile(filepath=path)
    assert without_selection(state()) == without_selection(before), "after loading"


@pytest.mark.parametrize(
    ("prepare", "name", "arguments"),
    [case for case in CASES if case[1] in {"fit_photo", "look_through_photo", "compare", "show_uvs", "transfer_uvs"}],
)
def test_what_is_borrowed_is_given_back(users, prepare, name, arguments):
    arguments = {"filepath": users} if "filepath" in arguments else arguments
    prepare(users)
    before = without_selection(state())
    run(name, **arguments)
    give_back()
    assert without_selection(state()) == before
    run(name, **arguments)
    bpy.ops.preferences.addon_disable(module=MODULE)
    try:
        assert without_selection(state()) == before, "after disabling"
    finally:
        bpy.ops.preferences.addon_enable(module=MODULE)


def test_a_photo_changes_the_view_it_was_asked_from_alone(users):
    others = [
        area.spaces.active
        for screen in bpy.data.screens
        for area in screen.areas
        if area.type == "VIEW_3D" and area != view()["area"]
    ]
    assert others
    before = [(space.shading.color_type, space.shading.light, space.camera) for space in others]
    run("fit_photo", filepath=users)
    assert state()["shading"]["color_type"] == "TEXTURE" and state()["view"][0] == "CAMERA"
    assert [(space.shading.color_type, space.shading.light, space.camera) for space in others] == before


def test_undoing_fit_again_keeps_the_photos_view(users):
    run("fit_photo", filepath=users)
    camera = state()["view"][6]
    bpy.ops.ed.undo_push(message="fitted")
    run("refit_photo")
    assert state()["view"][6] == camera
    bpy.ops.ed.undo()
    assert state()["view"][0] == "CAMERA" and state()["view"][6] == camera


def test_render_settings_come_back(users):
    photographed(users)
    before = without_selection(state())
    run("render_like_photo")
    assert state()["render"]["resolution_x"] == 60 and state()["colours"][0] == "Standard"
    run("restore_render")
    assert without_selection(state()) == before


@pytest.mark.parametrize("mode", ["EDIT", "SCULPT"])
def test_a_job_leaves_the_user_in_the_mode(users, mode):
    select(bpy.data.objects["Shy"])
    bpy.data.objects["Shy"].hide_set(False)
    bpy.ops.object.mode_set(mode=mode)
    bpy.ops.ed.undo_push(message="before")
    before = state()
    bpy.ops.headbridge.register(source="Source", target="Target")
    assert state() == before
    assert bpy.context.scene.headbridge.result.name == "Source on Target"
    # The job has left its step, and one undo takes it back.
    bpy.ops.ed.undo()
    assert bpy.context.scene.headbridge.result is None and "Source on Target" not in bpy.data.objects
    assert state()["mode"] == before["mode"]
