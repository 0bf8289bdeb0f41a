"""Light, camera, materials and rendering of the demo's pictures."""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass

import bpy
from mathutils import Matrix, Vector

SAMPLES, PHOTO_SAMPLES = 16, 64
CLAY = (0.60, 0.53, 0.47)
TARGET_BLUE = (0.08, 0.22, 0.60)
RESULT_ORANGE = (0.85, 0.33, 0.06)
WIRE = (0.02, 0.03, 0.05)
BACKDROP = (0.86, 0.87, 0.89)
# Behind the add-on's own labels, which are made for Blender's dark viewport.
DARK_BACKDROP = (0.035, 0.04, 0.05)
INK = (0.02, 0.025, 0.03)
LIGHT_INK = (0.8, 0.8, 0.8)
# Fields of the checker along each side of a layout, and the colour of every second one.
CHECKER_FIELDS = 96.0
CHECKER_LIGHT = (0.86, 0.86, 0.84)
CHECKER_SATURATION, CHECKER_DARKEST = 0.8, 0.3
_CAMERA_DISTANCE = 3.0
# Name, place in metres from the heads' centre, size in metres, watts.
_LIGHTS = (
    ("Key", (-0.9, -1.3, 0.9), 0.5, 32.0),
    ("Fill", (1.3, -1.2, 0.2), 1.2, 6.0),
    ("Rim", (0.5, 1.2, 1.1), 0.6, 10.0),
)


@dataclass(frozen=True)
class Exhibit:
    """A mesh of a picture: an object's shape placed by `matrix`, in `material` (its own when None)."""

    obj: bpy.types.Object
    matrix: Matrix
    material: bpy.types.Material | None = None
    wire: bool = False


def clay_material() -> bpy.types.Material:
    """Neutral clay, which shows shape and nothing else."""
    return _principled("Demo Clay", CLAY, 0.65)


def two_colours() -> tuple[bpy.types.Material, bpy.types.Material]:
    """The materials of target and result in an overlay."""
    return _principled("Demo Target", TARGET_BLUE, 0.6), _principled("Demo Result", RESULT_ORANGE, 0.6)


def glowing(name: str, attribute: str | None = None, colour=INK) -> bpy.types.Material:
    """A material that shows a colour, or a colour attribute, exactly, whatever the light."""
    material = bpy.data.materials.get(name)
    if material is not None:
        return material
    material = _new_material(name)
    tree = material.node_tree
    tree.nodes.clear()
    emission, output = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    emission.inputs["Color"].default_value = (*colour, 1.0)
    tree.links.new(emission.outputs["Emission"], output.inputs["Surface"])
    if attribute:
        node = tree.nodes.new("ShaderNodeAttribute")
        node.attribute_name = attribute
        tree.links.new(node.outputs["Color"], emission.inputs["Color"])
    return material


def painted(name: str, attribute: str) -> bpy.types.Material:
    """A material in the colours of an attribute."""
    material = _principled(name, INK, 0.7)
    tree = material.node_tree
    node = tree.nodes.new("ShaderNodeAttribute")
    node.attribute_name = attribute
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return material


def picture_material(image: bpy.types.Image, layer: str) -> bpy.types.Material:
    """Skin that shows a picture laid out on a UV layer of this name."""
    name = f"Demo {image.name} on {layer}"
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    material, shader, place = _on_layer(name, layer)
    tree = material.node_tree
    picture = tree.nodes.new("ShaderNodeTexImage")
    picture.image = image
    tree.links.new(place.outputs["UV"], picture.inputs["Vector"])
    tree.links.new(picture.outputs["Color"], shader.inputs["Base Color"])
    return material


def checker_material(layer: str) -> bpy.types.Material:
    """A fine checker on a UV layer of this name; the hue says how far to the right in the layout a field lies, the
    brightness how far up."""
    name = f"Demo Checker on {layer}"
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    material, shader, place = _on_layer(name, layer)
    tree = material.node_tree
    split, colour = tree.nodes.new("ShaderNodeSeparateXYZ"), tree.nodes.new("ShaderNodeCombineColor")
    checker, brightness = tree.nodes.new("ShaderNodeTexChecker"), tree.nodes.new("ShaderNodeMapRange")
    brightness.inputs["To Min"].default_value = CHECKER_DARKEST
    colour.mode = "HSV"
    colour.inputs[1].default_value = CHECKER_SATURATION
    checker.inputs["Scale"].default_value = CHECKER_FIELDS
    checker.inputs["Color2"].default_value = (*CHECKER_LIGHT, 1.0)
    tree.links.new(place.outputs["UV"], split.inputs[0])
    tree.links.new(split.outputs["X"], colour.inputs[0])
    tree.links.new(split.outputs["Y"], brightness.inputs["Value"])
    tree.links.new(brightness.outputs["Result"], colour.inputs[2])
    tree.links.new(place.outputs["UV"], checker.inputs["Vector"])
    tree.links.new(colour.outputs["Color"], checker.inputs["Color1"])
    tree.links.new(checker.outputs["Color"], shader.inputs["Base Color"])
    return material


def _on_layer(name: str, layer: str) -> tuple[bpy.types.Material, bpy.types.Node, bpy.types.Node]:
    """A new material, its shader, and a node that gives the coordinates of a UV layer."""
    material = _new_material(name)
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value = 0.6
    place = material.node_tree.nodes.new("ShaderNodeUVMap")
    place.uv_map = layer
    return material, shader, place


def _principled(name, colour, roughness) -> bpy.types.Material:
    material = bpy.data.materials.get(name)
    if material is None:
        material = _new_material(name)
        shader = material.node_tree.nodes["Principled BSDF"]
        shader.inputs["Base Color"].default_value = (*colour, 1.0)
        shader.inputs["Roughness"].default_value = roughness
        material.diffuse_color = (*colour, 1.0)
    return material


def _new_material(name) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    if material.node_tree is None:
        # Up to 4.x a new material has no tree until nodes are asked for.
        material.use_nodes = True
    return material


class Studio:
    """Three lights, a grey backdrop and a camera in a collection of their own, at the world's origin."""

    def __init__(self, scene: bpy.types.Scene):
        self.scene = scene
        self.collection = bpy.data.collections.new("Studio")
        scene.collection.children.link(self.collection)
        self._lights = [self._add(name, bpy.data.lights.new(name, "AREA")) for name, _, _, _ in _LIGHTS]
        self.light(Vector((0.0, 0.0, 0.0)), 1.0)
        camera = bpy.data.cameras.new("Camera")
        camera.type = "ORTHO"
        self.camera = self._add("Camera", camera)
        self.camera.rotation_euler = (math.pi / 2.0, 0.0, 0.0)
        scene.camera = self.camera
        scene.world = _world()
        render = scene.render
        render.engine = "CYCLES"
        scene.cycles.device = "CPU"
        # Linux distributions build Blender without the denoiser; more samples stand in for it.
        denoise = bool(getattr(importlib.import_module("_cycles"), "with_openimagedenoise", False))
        scene.cycles.use_denoising = denoise
        scene.cycles.samples = SAMPLES if denoise else 4 * SAMPLES
        # On a CPU the denoiser would take longer than the picture otherwise.
        scene.cycles.denoising_quality, scene.cycles.denoising_prefilter = "BALANCED", "NONE"
        scene.cycles.max_bounces = 2
        scene.cycles.adaptive_threshold = 0.05
        render.resolution_percentage = 100
        render.image_settings.file_format = "PNG"
        render.image_settings.color_mode = "RGB"
        scene.view_settings.view_transform = "Standard"

    def _add(self, name, data) -> bpy.types.Object:
        obj = bpy.data.objects.new(name, data)
        self.collection.objects.link(obj)
        return obj

    def light(self, centre: Vector, scale: float) -> None:
        """Light what stands around `centre`, `scale` times as large as a head."""
        for obj, (_, place, size, watts) in zip(self._lights, _LIGHTS):
            obj.data.size, obj.data.energy = scale * size, scale**2 * watts
            obj.location = centre + scale * Vector(place)
            obj.rotation_euler = (-Vector(place)).to_track_quat("-Z", "Y").to_euler()

    def set_backdrop(self, colour: tuple[float, float, float]) -> None:
        """Change the colour behind everything; the light stays the same."""
        self.scene.world.node_tree.nodes["Backdrop"].inputs["Color"].default_value = (*colour, 1.0)

    def frame(self, centre: Vector, width: float, height: float, pixels: tuple[int, int]) -> None:
        """Look along +Y at a rectangle of `width` by `height` metres around `centre`, of the picture's proportions."""
        self.scene.render.resolution_x, self.scene.render.resolution_y = pixels
        # An orthographic camera's scale goes across the longer side of the picture.
        self.camera.data.ortho_scale = width if pixels[0] >= pixels[1] else height
        self.camera.location = centre - Vector((0.0, _CAMERA_DISTANCE, 0.0))

    def render(self, exhibits: list[Exhibit], props: list[bpy.types.Object], path: str) -> None:
        """Render the exhibits and the props (objects already placed), and nothing else; the props are used up."""
        others = [obj for obj in self.scene.objects if obj.name not in self.collection.objects and not obj.hide_render]
        for obj in others:
            obj.hide_render = True
        stage = bpy.data.collections.new("Stage")
        self.scene.collection.children.link(stage)
        for prop in props:
            stage.objects.link(prop)
        for exhibit in exhibits:
            _show(stage, exhibit)
        self.shoot(path)
        for obj in list(stage.objects):
            data = obj.data
            bpy.data.objects.remove(obj)
            if data.users == 0:
                (bpy.data.curves if isinstance(data, bpy.types.Curve) else bpy.data.meshes).remove(data)
        bpy.data.collections.remove(stage)
        for obj in others:
            obj.hide_render = False

    def photograph(self, exhibit: Exhibit, place: Vector, focal: float, pixels: int, path: str) -> None:
        """Render one exhibit as a square photo taken from `place` along +Y with a lens of `focal` mm on 36 mm film."""
        camera, cycles = self.camera.data, self.scene.cycles
        samples = cycles.samples
        camera.type, camera.lens, camera.sensor_width = "PERSP", focal, 36.0
        camera.clip_start, cycles.samples = 0.01, PHOTO_SAMPLES
        self.camera.location = place
        self.scene.render.resolution_x = self.scene.render.resolution_y = pixels
        self.render([exhibit], [], path)
        camera.type, cycles.samples = "ORTHO", samples

    def shoot(self, path: str) -> None:
        """Render the scene as it is."""
        self.scene.render.filepath = path
        bpy.ops.render.render(write_still=True)


def _show(stage: bpy.types.Collection, exhibit: Exhibit) -> None:
    copy = _copy(stage, exhibit, exhibit.material)
    if exhibit.wire:
        wire = _copy(stage, exhibit, glowing("Demo Wire", colour=WIRE))
        modifier = wire.modifiers.new("Edges", "WIREFRAME")
        modifier.thickness, modifier.use_even_offset = 0.00028, False
        copy.name = f"{exhibit.obj.name} (faces)"


def _copy(stage, exhibit, material) -> bpy.types.Object:
    copy = exhibit.obj.copy()
    copy.parent = None
    copy.hide_render = False
    copy.matrix_world = exhibit.matrix
    stage.objects.link(copy)
    if material is not None:
        dress(copy, material)
    return copy


def dress(obj: bpy.types.Object, material: bpy.types.Material) -> None:
    """Show an object in one material; its mesh, which others may share, keeps its own."""
    if not obj.material_slots:
        obj.data = obj.data.copy()
        obj.data.materials.append(material)
    for slot in obj.material_slots:
        slot.link = "OBJECT"
        slot.material = material


def _world() -> bpy.types.World:
    """A backdrop for the camera and a dim ambient light for everything else."""
    world = bpy.data.worlds.new("Studio")
    if world.node_tree is None:
        world.use_nodes = True
    tree = world.node_tree
    tree.nodes.clear()
    path, mix = tree.nodes.new("ShaderNodeLightPath"), tree.nodes.new("ShaderNodeMixShader")
    ambient, backdrop = tree.nodes.new("ShaderNodeBackground"), tree.nodes.new("ShaderNodeBackground")
    ambient.inputs["Color"].default_value = (0.9, 0.95, 1.0, 1.0)
    ambient.inputs["Strength"].default_value = 0.14
    backdrop.name = "Backdrop"
    backdrop.inputs["Color"].default_value = (*BACKDROP, 1.0)
    tree.links.new(path.outputs["Is Camera Ray"], mix.inputs["Fac"])
    tree.links.new(ambient.outputs["Background"], mix.inputs[1])
    tree.links.new(backdrop.outputs["Background"], mix.inputs[2])
    tree.links.new(mix.outputs["Shader"], tree.nodes.new("ShaderNodeOutputWorld").inputs["Surface"])
    return world
