"""The path in the sidebar: what each panel shows and starts, what buttons say that cannot work, which keys are listed."""

from __future__ import annotations

import bpy
import numpy as np
import pytest


def missing(operator) -> str:
    """What the tool tip of a greyed-out button in the sidebar says; empty when it can be pressed."""
    with bpy.context.temp_override(**sidebar()):
        if getattr(bpy.ops.headbridge, operator).poll():
            return ""
        with pytest.raises(RuntimeError) as refused:
            getattr(bpy.ops.headbridge, operator)()
    return str(refused.value)


def sidebar() -> dict:
    """The sidebar of a 3D view, as a context."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    return {"window": window, "area": area, "region": next(r for r in area.regions if r.type == "UI")}


# Their buttons work in any scene: they open a file, a dialog or a page, show or stop what runs.
ALWAYS = {
    "accept_terms", "add_photos", "cancel", "choose_texture", "dismiss_error", "load_batch", "open_folder", "open_log",
    "open_texture_file", "remove_photo", "show_error", "show_help", "show_preferences",
}  # fmt: skip
# They have a backend's work to do, and nothing else is missing.
OF_THE_BACKEND = {
    "add_rigged_head", "examine", "find_textures", "fit_landmarks_file", "fit_sequence", "import_sequence", "load_fit",
    "reload_texture", "sample_heads", "track_video",
}  # fmt: skip
# Of an empty scene they ask nothing: they add to it, or are the preferences' own.
ADDING = {"add_head", "open_head", "check_backend", "setup_backend", "setup_from_file"}


def test_every_button_says_what_is_missing(fake_worker):
    fake_worker("answer")
    free = ALWAYS | OF_THE_BACKEND | ADDING
    texts = {name: missing(name) for name in dir(bpy.ops.headbridge) if name not in free}
    assert [name for name, text in texts.items() if not text] == []
    # Blender's own words say nothing of the reason.
    assert [name for name, text in texts.items() if text.rstrip().endswith("context is incorrect")] == []
    assert all(missing(name) == "" for name in OF_THE_BACKEND)


def test_jobs_ask_for_the_backend_first(monkeypatch):
    monkeypatch.delenv("HEADBRIDGE_PYTHON")
    for name in (*OF_THE_BACKEND, "register", "fit_photo", "new_texture", "batch"):
        assert "Set up the backend first" in missing(name), name


def test_scripts_name_what_buttons_have_to_find(heads, fake_worker):
    fake_worker("answer")
    assert missing("fit_mesh") and bpy.ops.headbridge.fit_mesh.poll()
    assert bpy.ops.headbridge.fit_mesh(object="Source") == {"FINISHED"}


def test_a_button_works_once_nothing_is_missing(heads, fake_worker):
    fake_worker("answer")
    scene = bpy.context.scene.headbridge
    assert "Pick the source and the target" in missing("register")
    scene.source = heads[0]
    assert "Pick the target" in missing("register")
    scene.target = heads[0]
    assert "the same object" in missing("register")
    scene.target = heads[1]
    assert missing("register") == "" == missing("create_head")
    bpy.context.view_layer.objects.active = heads[0]
    assert missing("fit_mesh") == ""


@pytest.mark.parametrize(
    ("kind", "text"),
    [("PHOTOS", "Add a photo first"), ("SCAN", "Select the scan, a mesh, first"), ("PAIR", "Pick the source and the")],
)
def test_create_head_says_what_is_missing(fake_worker, kind, text):
    fake_worker("answer")
    bpy.context.scene.headbridge.input = kind
    assert text in missing("create_head")


def test_create_head_needs_a_backend(heads, monkeypatch):
    monkeypatch.delenv("HEADBRIDGE_PYTHON")
    assert "Set up the backend first" in missing("create_head")


@pytest.mark.parametrize(
    ("operator", "text"),
    [
        ("pick_pairs", "Pick two different objects"),
        ("edit_photo_landmarks", "Add a photo first"),
        ("export_pairs", "Pick two different objects"),
        ("match_selected", "Select vertices in Edit Mode"),
        ("clear_pairs", "There are no pairs"),
        ("end_compare", "Nothing is compared"),
        ("back_to_view", "as you set it"),
        ("restore_render", "its own render settings"),
        ("export_head", "Select a head"),
        ("make_watertight", "Select a mesh"),
        ("randomise_rig", "Select a head made by Add Rigged Head"),
    ],
)
def test_buttons_that_cannot_work_say_why(operator, text):
    assert text in missing(operator)


def test_a_head_is_not_added_in_edit_mode(make_mesh):
    bpy.context.view_layer.objects.active = make_mesh("Edited")
    bpy.ops.object.mode_set(mode="EDIT")
    assert "Leave Edit Mode first" in missing("add_head")


def test_the_path_of_a_pair(fake_worker):
    fake_worker("answer")
    bpy.ops.headbridge.add_head(kind="FLAME")
    bpy.ops.headbridge.add_head(kind="HACK")
    assert bpy.context.scene.headbridge.input == "PAIR"
    assert bpy.ops.headbridge.create_head() == {"FINISHED"}
    assert bpy.context.scene.headbridge.result.name == "FLAME on HACK"


def test_the_path_of_a_photo(fake_worker, tmp_path, addon):
    fake_worker("answer")
    (tmp_path / "anna.png").write_bytes(addon("image_encoding").png_file(np.full((40, 60, 3), 128, np.uint8)))
    bpy.context.scene.headbridge.quality = "DRAFT"
    bpy.ops.headbridge.add_photos(directory=str(tmp_path), files=[{"name": "anna.png"}])
    assert bpy.ops.headbridge.create_head() == {"FINISHED"}
    head = bpy.context.object
    assert head.name == "anna Fit" and addon("fits.fitted_head").answer_of(head)["settings"]["size"] == 512
    assert bpy.ops.headbridge.export_head(filepath=str(tmp_path / "anna.fbx")) == {"FINISHED"}


def test_the_path_of_a_scan(fake_worker, tmp_path):
    fake_worker("answer")
    path = tmp_path / "scan.obj"
    path.write_text("v 0 0 0\nv 0.1 0 0\nv 0 0.1 0\nf 1 2 3\n")
    assert bpy.ops.headbridge.open_head(kind="SCAN", filepath=str(path)) == {"FINISHED"}
    assert bpy.context.scene.headbridge.input == "SCAN" and bpy.context.object.name == "scan"
    assert bpy.ops.headbridge.create_head() == {"FINISHED"}
    assert bpy.context.object.name == "scan Fit"


@pytest.mark.parametrize(("name", "content"), [("scan.txt", "v 0 0 0"), ("none.obj", None), ("empty.obj", "")])
def test_files_that_are_no_scan(scene_content, tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_text(content)
    before = scene_content()
    with pytest.raises(RuntimeError, match="no mesh"):
        bpy.ops.headbridge.open_head(kind="SCAN", filepath=str(tmp_path / name))
    assert scene_content() == before


def test_a_fitted_head_stands_beside_when_it_is_asked_to(make_mesh, fake_worker):
    fake_worker("answer")
    person = make_mesh("Person")
    bpy.context.view_layer.objects.active = person
    for beside in (False, True):
        bpy.ops.headbridge.fit_mesh(object="Person", beside=beside)
        bpy.context.view_layer.update()
        head = bpy.context.object
        left = min((head.matrix_world @ vertex.co).x for vertex in head.data.vertices)
        right = max((person.matrix_world @ vertex.co).x for vertex in person.data.vertices)
        assert (left > right) == beside


def test_a_head_stands_beside_the_default_cube_and_in_a_room(addon):
    bpy.ops.mesh.primitive_cube_add(size=2.0)
    bpy.ops.mesh.primitive_cube_add(size=8.0)
    bpy.context.scene.cursor.location = (0.5, 0.25, 0.0)
    bpy.ops.headbridge.add_head(kind="FLAME")
    head = bpy.context.object
    assert head.location.x - 0.11 > 1.0 and head.location.x < 1.5
    assert tuple(head.location)[1:] == (0.25, 0.0)


def test_a_rigged_head_is_a_collection_beside_other_heads(fake_worker, tmp_path, addon):
    fake_worker("answer")
    for name in ("anna.png", "bert.png"):
        path = tmp_path / name
        path.write_bytes(addon("image_encoding").png_file(np.full((40, 60, 3), 128, np.uint8)))
        bpy.ops.headbridge.fit_photo(filepath=str(path))
        # The user has the head's own collection active.
        layer = bpy.context.view_layer.layer_collection
        bpy.context.view_layer.active_layer_collection = layer.children[f"{name[:4]} Fit"]
    root = bpy.context.scene.collection
    assert [collection.name for collection in root.children] == ["anna Fit", "bert Fit"]
    assert not root.objects
    for head in root.children:
        label = head.name[:4]
        assert {f"{label} Fit", f"{label} Fit Rig"} <= set(head.objects.keys())
        (photos,) = head.children
        # The landmarks are folded below the camera in the outliner, as its children.
        points = {obj for obj in photos.objects if obj.type == "EMPTY"}
        assert {obj.name for obj in photos.objects if obj not in points} == {f"{label} Camera", f"{label} Fit Sun"}
        assert points and not photos.children and {obj.parent.name for obj in points} == {f"{label} Camera"}


@pytest.mark.parametrize(
    ("name", "kind", "groups"),
    [
        ("eyeBlinkLeft", "arkit", {"ALL", "EXPRESSION", "EYES"}),
        ("browInnerUp", "expression", {"ALL", "EXPRESSION", "BROWS"}),
        ("mouthSmile_L", "expression", {"ALL", "EXPRESSION", "MOUTH"}),
        ("tongueOut", "arkit", {"ALL", "EXPRESSION", "JAW"}),
        ("noseSneerLeft", "arkit", {"ALL", "EXPRESSION", "CHEEKS"}),
        ("expression012", "expression", {"ALL", "EXPRESSION"}),
        ("identity000", "identity", {"ALL", "IDENTITY"}),
        ("pose_jaw_01", "corrective", {"ALL", "OTHER"}),
        ("My eye key", "", {"ALL", "OTHER"}),
    ],
)
def test_keys_are_listed_by_what_they_move(addon, name, kind, groups):
    assert addon("rig.key_groups").groups_of(name, kind) == groups


def test_named_keys_come_before_numbered_ones(addon):
    names = ["Basis", "expression000", "jawOpen", "expression001", "mouthLeft"]
    places = addon("rig.key_groups").order(names)
    assert [name for _place, name in sorted(zip(places, names))] == [
        "Basis",
        "jawOpen",
        "mouthLeft",
        "expression000",
        "expression001",
    ]


def test_quality_sets_the_sizes_of_textures():
    scene = bpy.context.scene.headbridge
    sizes = {}
    for quality in ("DRAFT", "GOOD", "FULL"):
        scene.quality = quality
        sizes[quality] = (scene.fits.fit_photo.size, scene.fits.fit_scan.size)
        told = scene.bl_rna.properties["quality"].enum_items[quality].description
        assert tuple(int(word) for word in told.split() if word.isdigit()) == sizes[quality]
    assert sizes == {"DRAFT": (512, 1024), "GOOD": (1024, 2048), "FULL": (2048, 4096)}


class Drawn:
    """Stands in for a layout: whatever is drawn has to be there, an operator with its properties, or a property."""

    def __init__(self, operators):
        object.__setattr__(self, "operators", operators)
        object.__setattr__(self, "operator_context", "INVOKE_REGION_WIN")

    def __setattr__(self, name, value):
        """Scale, alignment, alert, whether a part is enabled, and from where operators are asked."""
        if name == "operator_context":
            object.__setattr__(self, name, value)

    def _part(self, *_arguments, **_how):
        return self

    row = column = box = split = grid_flow = _part

    def _text(self, *_arguments, **_how):
        """Drawn by Blender alone."""

    label = separator = progress = template_icon = _text

    def panel(self, _name, default_closed):
        return self, self

    def prop(self, data, name, **_how):
        assert name in data.bl_rna.properties, name

    def prop_search(self, data, name, other, collection, **_how):
        assert name in data.bl_rna.properties and collection in other.bl_rna.properties, name

    def template_list(self, kind, _id, data, name, active, index, **_how):
        assert hasattr(bpy.types, kind) and name in data.bl_rna.properties and index in active.bl_rna.properties

    def operator(self, name, **_how):
        known = getattr(bpy.ops.headbridge, name.removeprefix("headbridge.")).get_rna_type().properties.keys()
        # From the sidebar, where operators say what is missing.
        assert self.operator_context == "INVOKE_DEFAULT", name
        self.operators.append(name)
        return Given(known)

    def operator_menu_enum(self, name, _property, **how):
        return self.operator(name, **how)


class Given:
    """The properties a button gives its operator."""

    def __init__(self, known):
        object.__setattr__(self, "known", known)

    def __setattr__(self, name, _value):
        assert name in self.known, name


def drawn_operators() -> set[str]:
    """What all panels offer as the scene is, with everything unfolded."""
    operators = []
    panels = [cls for cls in bpy.types.Panel.__subclasses__() if cls.__name__.startswith("HEADBRIDGE_PT")]
    assert len(panels) > 15
    with bpy.context.temp_override(**sidebar()):
        for cls in panels:
            if not hasattr(cls, "poll") or cls.poll(bpy.context):
                # Blender alone makes panels; this is one without Blender's own base.
                panel = type("Panel", cls.__bases__[:-1], dict(vars(cls)))()
                panel.layout = Drawn(operators)
                panel.draw(bpy.context)
                if hasattr(panel, "draw_header_preset"):
                    panel.draw_header_preset(bpy.context)
    return set(operators)


def test_panels_draw_whatever_is_there(fake_worker, tmp_path, addon, monkeypatch):
    # Without a window nothing has a width.
    for panel in ("verdict_panel", "texture.panel"):
        monkeypatch.setattr(addon(panel), "line_characters", lambda _context: 40)
    fake_worker("answer")
    offered = drawn_operators()
    assert {"headbridge.create_head", "headbridge.register", "headbridge.fit_mesh"} <= offered
    bpy.ops.headbridge.add_head(kind="FLAME")
    bpy.ops.headbridge.add_head(kind="HACK")
    bpy.ops.headbridge.register(source="FLAME", target="HACK")
    bpy.ops.headbridge.compare(mode="HEAT_MAP")
    assert {"headbridge.compare", "headbridge.end_compare"} <= drawn_operators()
    bpy.ops.headbridge.transfer_uvs(source="FLAME", target="HACK")
    assert "headbridge.show_uvs" in drawn_operators()
    (tmp_path / "anna.png").write_bytes(addon("image_encoding").png_file(np.full((40, 60, 3), 128, np.uint8)))
    for scene_input in ("PHOTOS", "SCAN"):
        bpy.ops.headbridge.add_photos(directory=str(tmp_path), files=[{"name": "anna.png"}])
        bpy.context.scene.headbridge.input = scene_input
        bpy.ops.headbridge.fit_photo(filepath=str(tmp_path / "anna.png"))
        assert {"headbridge.look_through_photo", "headbridge.refit_photo"} <= drawn_operators()


def test_every_button_and_number_has_a_tooltip():
    """Operators, and whatever numbers and switches there are in them and in the panels; of choices and files their items
    and names tell."""
    groups = [cls for cls in bpy.types.PropertyGroup.__subclasses__() if cls.__name__.startswith("HEADBRIDGE_PG")]
    operators = [getattr(bpy.ops.headbridge, name).get_rna_type() for name in dir(bpy.ops.headbridge)]
    assert [rna.identifier for rna in operators if not rna.description] == []
    numbers = [
        (rna.identifier, each)
        for rna in (*operators, *(cls.bl_rna for cls in groups))
        for each in rna.properties
        if each.type in {"INT", "FLOAT", "BOOLEAN"} and not each.is_hidden and each.name != each.identifier
    ]
    assert len(numbers) > 250
    assert [f"{rna}.{each.identifier}" for rna, each in numbers if not each.description] == []


def test_names_are_in_title_case():
    """As Blender's own: every word with a capital but for little ones."""
    groups = [cls for cls in bpy.types.PropertyGroup.__subclasses__() if cls.__name__.startswith("HEADBRIDGE_PG")]
    operators = [getattr(bpy.ops.headbridge, name).get_rna_type() for name in dir(bpy.ops.headbridge)]
    panels = [cls for cls in bpy.types.Panel.__subclasses__() if cls.__name__.startswith("HEADBRIDGE_PT")]
    names = {rna.name for rna in operators} | {cls.bl_label for cls in panels}
    for rna in (*operators, *(cls.bl_rna for cls in groups)):
        for each in rna.properties:
            if each.name != each.identifier and each.identifier not in {"rna_type", "name"}:
                names.add(each.name)
            if each.type == "ENUM":
                names |= {item.name for item in each.enum_items}
    small = {
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "like",
        "of",
        "on",
        "or",
        "per",
        "the",
        "to",
        "with",
    }
    # Names of projects and of what files and generators call so themselves.
    own = {"face-alignment", "metrical-tracker", "w", "w+", "z"}
    assert len(names) > 200
    wrong = [
        name
        for name in names - own
        if any(w[0].islower() and w not in small for w in name.split()[1:]) or name[:1].islower()
    ]
    assert not wrong, sorted(wrong)
