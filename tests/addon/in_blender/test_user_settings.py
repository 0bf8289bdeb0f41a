"""What the user has set stays: view, shading, hidden objects, render and world, selection and mode, after every operator,
its undo, saving and loading, and disabling the add-on."""

from __future__ import annotations

import re
from pathlib import Path

import bpy
import numpy as np
import pytest

from .user_state import give_back, settings, view

# They hold the settings against others than `conftest` does.
pytestmark = pytest.mark.changes_settings

MODULE = "bl_ext.user_default.headbridge"

# Operators that do nothing but open a dialog, show text or run outside of the scene.
OUTSIDE = {
    "accept_terms", "cancel", "check_backend", "dismiss_error", "examine", "open_folder", "open_log", "setup_backend", "setup_from_file",
    "show_batch_report", "show_error", "show_help", "show_preferences",
}  # fmt: skip
# Tools of the mouse, which want a window.
BY_MOUSE = {"pick_pairs", "edit_photo_landmarks"}


def state() -> dict:
    """Everything that is the user's own; of objects only those the user has made."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    return {
        **settings(),
        "hidden": {
            obj.name: (obj.hide_get(), obj.hide_viewport, obj.hide_render)
            for obj in scene.objects
            if obj.name in {"Source", "Target", "Lamp", "Shy"}
        },
        "size": (scene.render.resolution_x, scene.render.resolution_y),
        "camera": scene.camera.name if scene.camera else "",
        "cursor and frame": (tuple(scene.cursor.location), scene.frame_current),
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


def listed(photo):
    run("add_photos", directory=str(Path(photo).parent), files=[{"name": Path(photo).name}])


def paired(_photo):
    scene = bpy.context.scene.headbridge
    scene.source, scene.target = bpy.data.objects["Source"], bpy.data.objects["Target"]
    for side in ("source", "target"):
        collection = bpy.data.collections.new(side)
        collection.objects.link(bpy.data.objects.new(f"L01 {side}", None))
        bpy.context.scene.collection.children.link(collection)
        setattr(scene, f"{side}_landmarks", collection)


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
    (listed, "remove_photo", {"index": 0}),
    (paired, "clear_pairs", {}),
    (nothing, "open_texture_file", {"filepath": "space.npz"}),
]
# They look at what is there already. Blender undoes no view, so what they have borrowed stays until it is given back.
LOOKING = {"compare", "look_through_photo", "refit_photo", "project_texture"}
# What gives back is run by the cases.
GIVING_BACK = {"back_to_view", "end_compare", "restore_render", "render_like_photo"}


def test_every_operator_is_accounted_for():
    """An operator without a case here runs in another file of this folder, where what is the user's is watched, too
    (`conftest.the_users_own_stays`)."""
    cases = {name for _prepare, name, _arguments in CASES}
    here = cases | OUTSIDE | BY_MOUSE | GIVING_BACK
    assert sum(map(len, (cases, OUTSIDE, BY_MOUSE, GIVING_BACK))) == len(here)
    others = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    called = {name for text in others for name in re.findall(r"bpy\.ops\.headbridge\.(\w+)\(", text)}
    assert here | called == set(dir(bpy.ops.headbridge))


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
    assert state()["size"][0] == 60 and state()["colours"][0] == "Standard"
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
