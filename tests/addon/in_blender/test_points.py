"""Points set by mouse: on surfaces, in pairs, mirrored, pulled off a result, deleted and undone."""

from __future__ import annotations

from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from mathutils import Vector

SIZE = 0.1


def grid(name: str, x: float, bulge: float = 0.0) -> bpy.types.Object:
    """A mesh of 6 x 6 quads in the plane y = 0, 0.1 wide, its own X = 0 in the middle at a world `x`."""
    steps = np.linspace(-0.5 * SIZE, 0.5 * SIZE, 7)
    points = [(u, -bulge * np.cos(np.pi * u / SIZE), v) for v in steps for u in steps]
    faces = [(r * 7 + c, r * 7 + c + 1, (r + 1) * 7 + c + 1, (r + 1) * 7 + c) for r in range(6) for c in range(6)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points, [], faces)
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    obj.location.x = x
    return obj


@pytest.fixture
def pair(fake_worker):
    """A source and a target, beside each other, that the panel has picked."""
    fake_worker("answer")
    state = bpy.context.scene.headbridge
    state.source, state.target = grid("Source", 0.0), grid("Target", 1.0)
    bpy.context.view_layer.update()
    return state.source, state.target


@pytest.fixture
def pairs(addon):
    return addon("pins.pairs")


class FrontView:
    """Looks along +Y from far before: the mouse is at world x and z, in tenths of a millimetre."""

    def __init__(self, x: float, z: float):
        self._x, self._z = x, z

    def ray(self):
        return Vector((self._x, -5.0, self._z)), Vector((0.0, 1.0, 0.0))

    def apart(self, point):
        return 1e4 * float(np.hypot(point.x - self._x, point.z - self._z))


class PhotoView:
    """Looks through a photo's camera: the mouse is at a pixel of the photo."""

    def __init__(self, seen, camera, pixel):
        self._seen, self._camera, self._pixel = seen, camera, np.array([pixel], np.float64)

    def ray(self):
        direction = Vector(self._seen.to_camera(self._pixel, 1.0)[0])
        return self._camera.matrix_world.translation, self._camera.matrix_world.to_3x3() @ direction

    def apart(self, point):
        local = np.array([self._camera.matrix_world.inverted() @ point], np.float64)
        return float(np.linalg.norm(self._seen.to_pixels(local) - self._pixel))


class Mouse:
    """A tool of the add-on with a mouse over views that `view_at` makes of where the mouse is."""

    def __init__(self, operator, module, monkeypatch, view_at=FrontView):
        # Blender alone makes operators; this is one without Blender's own base.
        self.tool = type("Tool", operator.__bases__[:-1], dict(vars(operator)))()
        self._at = (0.0, 0.0)
        monkeypatch.setattr(module, "view_under", lambda _window, _mouse: view_at(*self._at))
        # Undoing makes a new context.
        monkeypatch.setattr(module, "bpy", SimpleNamespace(ops=bpy.ops, context=None, types=bpy.types))
        refresh = self.tool._refresh
        self.tool._refresh = lambda _context: refresh(self.context)
        nothing = SimpleNamespace(cursor_modal_set=print, cursor_modal_restore=lambda: None)
        self._fakes = {
            "window": nothing,
            "window_manager": SimpleNamespace(modal_handler_add=lambda _tool: None),
            "workspace": SimpleNamespace(status_text_set=self._hint),
            "preferences": SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
        }
        self.hints = []

    def _hint(self, draw):
        if draw is not None:
            self.hints = []
            row = SimpleNamespace(label=self._label, separator=lambda factor: None)
            draw(SimpleNamespace(layout=SimpleNamespace(row=lambda align: row)), None)

    def _label(self, text, icon="NONE"):
        self.hints.append(text)

    @property
    def context(self):
        names = ("scene", "view_layer", "evaluated_depsgraph_get", "mode")
        return SimpleNamespace(**self._fakes, **{name: getattr(bpy.context, name) for name in names})

    def event(self, kind, value="PRESS", ctrl=False, shift=False):
        event = SimpleNamespace(
            type=kind, value=value, ctrl=ctrl, shift=shift, alt=False, oskey=False, mouse_x=0, mouse_y=0
        )
        return self.tool.modal(self.context, event)

    def move(self, x, z):
        self._at = (x, z)
        return self.event("MOUSEMOVE", "NOTHING")

    def drag(self, start, end):
        self.move(*start)
        self.event("LEFTMOUSE")
        self.move(*end)
        self.event("LEFTMOUSE", "RELEASE")

    def click(self, x, z):
        self.move(x, z)
        self.event("LEFTMOUSE")
        self.event("LEFTMOUSE", "RELEASE")


@pytest.fixture
def mouse(addon, pair, monkeypatch):
    tool = Mouse(addon("operators.landmarks").HEADBRIDGE_OT_pick_pairs, addon("operators.point_tool"), monkeypatch)
    bpy.ops.ed.undo_push(message="before")
    tool.tool.invoke(tool.context, None)
    return tool


def places(pairs, side) -> dict[str, tuple[float, float]]:
    """x and z, millimetres, of a side's points by the pair's name."""
    bpy.context.view_layer.update()
    return {
        name: tuple(np.round(1000.0 * np.array(sides[side].matrix_world.translation), 3)[[0, 2]])
        for name, sides in pairs.by_name(bpy.context.scene).items()
        if side in sides
    }


def test_clicks_on_both_heads_make_a_pair(mouse, pairs):
    mouse.click(0.02, 0.01)
    assert "Same Point on the Target" in mouse.hints
    mouse.click(1.03, 0.015)
    assert places(pairs, "source") == {"L01": (20.0, 10.0)} and places(pairs, "target") == {"L01": (1030.0, 15.0)}
    assert mouse.event("ESC") == {"FINISHED"}
    assert bpy.context.scene.headbridge.landmarks == "EMPTIES"


def test_a_click_beside_the_heads_says_so(mouse, pairs):
    mouse.click(0.5, 0.0)
    assert pairs.by_name(bpy.context.scene) == {} and "That is neither the source nor the target" in mouse.hints
    assert mouse.event("ESC") == {"CANCELLED"}


def test_a_point_is_dragged_along_its_own_head(mouse, pairs):
    mouse.click(0.02, 0.01)
    mouse.click(1.02, 0.01)
    mouse.drag((1.0201, 0.0101), (1.03, -0.02))
    assert places(pairs, "target") == {"L01": (1030.0, -20.0)}
    # Beside its head it stays on it.
    mouse.drag((1.03, -0.02), (1.2, 0.0))
    assert places(pairs, "target") == {"L01": (1030.0, -20.0)}
    assert places(pairs, "source") == {"L01": (20.0, 10.0)}


def test_every_step_is_undone_alone_and_done_again(mouse, pairs):
    mouse.click(0.02, 0.01)
    mouse.click(1.02, 0.01)
    mouse.drag((1.02, 0.01), (1.03, 0.02))
    mouse.event("Z", ctrl=True)
    assert places(pairs, "target") == {"L01": (1020.0, 10.0)}
    mouse.event("Z", ctrl=True)
    assert places(pairs, "target") == {} and places(pairs, "source") == {"L01": (20.0, 10.0)}
    mouse.event("Z", ctrl=True, shift=True)
    assert places(pairs, "target") == {"L01": (1020.0, 10.0)}
    mouse.event("Z", ctrl=True)
    mouse.event("Z", ctrl=True)
    # What was there before the tool is not the tool's to take back.
    mouse.event("Z", ctrl=True)
    assert pairs.by_name(bpy.context.scene) == {} and "Source" in bpy.data.objects


def test_a_pair_that_lacks_a_side_does_not_stay(mouse, pairs):
    mouse.click(0.02, 0.01)
    mouse.click(1.02, 0.01)
    mouse.click(0.03, 0.01)
    mouse.event("ESC")
    assert list(pairs.by_name(bpy.context.scene)) == ["L01"]


def test_x_deletes_the_pair_under_the_mouse(mouse, pairs):
    for x in (0.02, 0.03):
        mouse.click(x, 0.01)
        mouse.click(1.0 + x, 0.01)
    mouse.move(1.02, 0.01)
    mouse.event("X")
    assert places(pairs, "source") == {"L02": (30.0, 10.0)} and places(pairs, "target") == {"L02": (1030.0, 10.0)}


def test_what_is_deleted_in_blender_stays_deleted(mouse, pairs):
    for x in (0.02, 0.03):
        mouse.click(x, 0.01)
        mouse.click(1.0 + x, 0.01)
    mouse.event("ESC")
    for obj in bpy.context.scene.objects:
        obj.select_set(obj.name.startswith("L01"))
    bpy.ops.object.delete()
    assert list(pairs.by_name(bpy.context.scene)) == ["L02"]
    assert pairs.new_name(bpy.context.scene) == "L03"


def test_mirrored_points_lie_on_the_other_side_and_follow(mouse, pairs):
    mouse.event("M")
    assert "Mirrored: On" in mouse.hints
    mouse.click(0.02, 0.01)
    mouse.click(1.03, 0.015)
    assert places(pairs, "source") == {"L01": (20.0, 10.0), "L02": (-20.0, 10.0)}
    assert places(pairs, "target") == {"L01": (1030.0, 15.0), "L02": (970.0, 15.0)}
    mouse.drag((0.97, 0.015), (0.96, 0.02))
    assert places(pairs, "target") == {"L01": (1040.0, 20.0), "L02": (960.0, 20.0)}
    mouse.move(0.96, 0.02)
    mouse.event("X")
    assert pairs.by_name(bpy.context.scene) == {} and bpy.context.scene.headbridge.landmarks == "AUTO"


def test_a_point_in_the_middle_is_not_mirrored(mouse, pairs):
    mouse.event("M")
    mouse.click(0.0005, 0.01)
    mouse.click(1.0, 0.01)
    assert list(pairs.by_name(bpy.context.scene)) == ["L01"]


def test_a_head_beside_its_own_middle_is_not_mirrored(addon, pair):
    source, target = pair
    for vertex in target.data.vertices:
        vertex.co.x += 0.03
    bpy.context.view_layer.update()
    surface = addon("pins.surface")
    assert surface.own_mirror(target) is None and surface.own_mirror(source) is not None


def test_a_point_dragged_off_a_result_corrects_it(mouse, pairs, addon, pair):
    source, target = pair
    # Its vertices are the target's own, from the result's own place.
    bpy.ops.headbridge.register()
    result = bpy.context.scene.headbridge.result
    result.matrix_world = target.matrix_world
    bpy.context.view_layer.update()
    keys = result.data.shape_keys.key_blocks
    for point, vertex in zip(keys["Basis"].data, target.data.vertices):
        point.co = vertex.co
    keys["Basis"].data[24].co.y -= 0.001
    result.data.update()
    bpy.context.view_layer.update()
    mouse.drag((1.02, 0.01), (1.035, 0.02))
    assert places(pairs, "source") == {"L01": (20.0, 10.0)} and places(pairs, "target") == {"L01": (1035.0, 20.0)}
    assert pairs.was_pulled(bpy.context.scene, "L01")
    heads = pairs.Heads.of(bpy.context.scene)
    starts = pairs.starts_on_result(bpy.context.scene, heads, bpy.context)
    np.testing.assert_allclose(starts["L01"].xz, (1.02, 0.01), atol=1e-6)
    assert addon("landmark_pairs").are_pulled(bpy.context.scene.headbridge.source_landmarks)


def test_a_place_is_transferred_by_the_faces(addon):
    surface = addon("pins.surface")
    home, other = grid("Home", 0.0), grid("Other", 2.0)
    for vertex in other.data.vertices:
        vertex.co = (2.0 * vertex.co.x, vertex.co.y + 0.5, 3.0 * vertex.co.z)
    bpy.context.view_layer.update()
    found = surface.transferred(Vector((0.021, -0.3, 0.013)), home, other, bpy.context)
    np.testing.assert_allclose(found, (2.042, 0.5, 0.039), atol=1e-6)
    home.hide_viewport = True
    bpy.context.view_layer.update()
    assert surface.transferred(Vector((0.021, -0.3, 0.013)), home, other, bpy.context) is None
    home.hide_viewport = False
    other.modifiers.new("Fine", "SUBSURF")
    bpy.context.view_layer.update()
    assert surface.transferred(Vector((0.021, -0.3, 0.013)), home, other, bpy.context) is None


def test_pulled_points_go_all_the_way_and_the_rest_stays(addon):
    rng = np.random.default_rng(0)
    vertices = rng.uniform(-1.0, 1.0, (4000, 3))
    vertices[:2] = (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)
    surface = addon("pins.pull").PulledSurface(vertices, np.array([(5, 6), (0, 1)]))
    start, end = vertices[5:8], vertices[5:8] + rng.normal(0.0, 0.1, (3, 3))
    moved = surface.displacement(vertices, start, end)
    np.testing.assert_allclose(moved[5:8], end - start, atol=1e-4)
    # Beyond four widths, 0.08 of the side of 2, next to nothing.
    far = np.linalg.norm(vertices[:, None] - start[None], axis=2).min(axis=1) > 4.5 * 0.16
    assert far.any() and np.abs(moved[far]).max() < 1e-3
    # A single point pulls as a Gaussian: at one width exp(-1/2) of the way.
    beside = surface.displacement(start[:1] + (0.16, 0.0, 0.0), start[:1], end[:1])
    np.testing.assert_allclose(beside, np.exp(-0.5) * (end - start)[:1], rtol=1e-4)
    (line,) = surface.lines(start, end)
    np.testing.assert_allclose(line, vertices[[5, 6]] + moved[[5, 6]], atol=1e-9)


def test_pins_are_held_by_the_result_elsewhere(addon, pair):
    source, target = pair
    bpy.ops.headbridge.register()
    bpy.context.view_layer.update()
    known, seen = addon("known_registration"), addon("seen_meshes")
    landmarks = addon("landmark_pairs").LandmarkPairs
    pin = landmarks(np.array([(20.0, 10.0, 0.0)]), np.array([(30.0, 10.0, 0.0)]), ("L01",))
    arrays = seen.read_source(source)
    found = known.holding(source, target, arrays, pin)
    np.testing.assert_allclose(found.source[0], pin.source[0])
    assert len(found.source) > 10
    # The fake worker moves every vertex by the same.
    shift = found.target[1:] - found.source[1:]
    np.testing.assert_allclose(shift, np.broadcast_to((1.0, 2.0, 3.0), shift.shape), atol=1e-3)
    assert np.linalg.norm(found.target[1:] - pin.target, axis=1).min() > 0.2 * 99.0
    other = grid("Other", 3.0)
    bpy.context.view_layer.update()
    assert known.holding(other, target, seen.read_source(other), pin) is None


@pytest.fixture
def photo_mouse(addon, fake_worker, tmp_path, monkeypatch):
    """The tool for points on the photo of a fitted head; the mouse moves over the photo's pixels."""
    fake_worker("answer")
    photo = tmp_path / "anna.png"
    photo.write_bytes(addon("image_encoding").png_file(np.full((400, 600, 3), 128, np.uint8)))
    bpy.ops.headbridge.fit_photo(filepath=str(photo))
    bpy.context.view_layer.update()
    camera_of, points = addon("photo.photo_camera"), addon("operators.photo_landmarks")
    name = next(obj.name for obj in bpy.data.objects if obj.type == "CAMERA")

    def view_at(x, y):
        camera = bpy.data.objects[name]
        return PhotoView(camera_of.view_of(camera), camera, (x, y))

    tool = Mouse(points.HEADBRIDGE_OT_edit_photo_landmarks, addon("operators.point_tool"), monkeypatch, view_at)
    tool.tool._camera, tool.tool._skipped, tool.tool._pulled = name, [], None
    tool.tool._leave = lambda _context: None
    bpy.ops.ed.undo_push(message="before")
    tool.tool._start(tool.context)
    return tool


def pixels(addon) -> dict[str, tuple[float, float]]:
    """Where the landmarks are on the photo, and which of them the user has moved."""
    bpy.context.view_layer.update()
    camera = next(obj for obj in bpy.data.objects if obj.type == "CAMERA")
    names, places, _moved = addon("photo.landmark_points").read(camera)
    return {name: tuple(np.round(place, 2)) for name, place in zip(names, places)}


def test_a_landmark_is_dragged_on_the_photo(photo_mouse, addon):
    before = pixels(addon)
    start = before["nose tip"]
    photo_mouse.drag(start, (start[0] + 13.0, start[1] - 7.0))
    after = pixels(addon)
    np.testing.assert_allclose(after.pop("nose tip"), (start[0] + 13.0, start[1] - 7.0), atol=0.02)
    assert after == {name: place for name, place in before.items() if name != "nose tip"}
    camera = next(obj for obj in bpy.data.objects if obj.type == "CAMERA")
    assert [obj["headbridge_landmark"] for obj in addon("photo.landmark_points").moved(camera)] == ["nose tip"]
    photo_mouse.event("Z", ctrl=True)
    assert pixels(addon) == before


def test_landmarks_are_deleted_and_placed_on_the_photo(photo_mouse, addon):
    before = pixels(addon)
    photo_mouse.move(*before["nose tip"])
    assert photo_mouse.tool._near == "nose tip"
    photo_mouse.event("X")
    assert set(pixels(addon)) == set(before) - {"nose tip"}
    assert "New: right eye inner corner" in photo_mouse.hints
    photo_mouse.event("SPACE")
    assert "New: left eye inner corner" in photo_mouse.hints
    photo_mouse.click(300.0, 350.0)
    np.testing.assert_allclose(pixels(addon)["left eye inner corner"], (300.0, 350.0), atol=0.02)
    assert photo_mouse.event("ESC") == {"FINISHED"}
