"""A photograph of a head by Cycles. Needs Blender's module `bpy`."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from headbridge.mesh import Mesh

from .truth import PARTS

SENSOR_MM = 36.0
_METRES = 1e-3
# Name: place in metres from the face's middle (x right, y up, z towards the camera), size in metres, watts, colour.
_LIGHTS = {
    "soft": (((0.2, 0.5, 1.3), 1.4, 30.0, (1.0, 0.97, 0.94)), ((-0.5, -0.2, 1.2), 1.2, 8.0, (1, 1, 1))),
    "hard": (((0.9, 0.45, 0.6), 0.12, 26.0, (1.0, 0.98, 0.95)), ((-0.8, 0.1, 1.0), 0.9, 5.0, (0.95, 0.97, 1.0))),
    "side": (((1.1, 0.25, 0.15), 0.1, 45.0, (1.0, 0.98, 0.95)),),
    "coloured": (((-0.9, 0.35, 0.7), 0.7, 22.0, (1.0, 0.74, 0.48)), ((0.9, 0.1, 0.6), 0.8, 14.0, (0.5, 0.7, 1.0))),
}
_AMBIENT = {"soft": 0.35, "hard": 0.12, "side": 0.02, "coloured": 0.22}
_IRISES = ((0.05, 0.022, 0.01), (0.16, 0.09, 0.03), (0.09, 0.16, 0.24), (0.10, 0.13, 0.06))
_RINGS, _COLUMNS = 40, 48
# Angles from the eye's axis, degrees: pupil, iris, limbus.
_PUPIL, _IRIS, _LIMBUS = 9.0, 25.0, 28.0
# Without light only edges are noisy.
_ALBEDO_SAMPLES = 16


class PhotoStudio:
    """One picture: add what stands before the camera, then render.

    The camera stands at the origin, x right, y up, looking along -z; meshes are in that frame, millimetres."""

    def __init__(self, size: int, focal: float, samples: int, seed: int):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self._parts = {}
        self._scene = scene = bpy.context.scene
        camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
        camera.data.sensor_width, camera.data.lens = SENSOR_MM, focal
        camera.data.clip_start = 0.01
        scene.collection.objects.link(camera)
        scene.camera = camera
        scene.render.engine = "CYCLES"
        scene.cycles.device = "CPU"
        scene.cycles.samples, scene.cycles.seed = samples, seed
        scene.cycles.use_denoising = True
        scene.cycles.max_bounces = 4
        scene.cycles.use_adaptive_sampling = False
        scene.render.resolution_x = scene.render.resolution_y = size
        scene.render.resolution_percentage = 100
        scene.render.film_transparent = True
        scene.render.use_persistent_data = False
        scene.view_settings.view_transform = "Raw"
        scene.render.image_settings.file_format = "OPEN_EXR"
        scene.render.image_settings.color_depth = "32"
        scene.render.image_settings.color_mode = "RGBA"

    def light(self, kind: str, middle: np.ndarray) -> None:
        """Light (3,) `middle` by one of the kinds "soft", "hard" and "coloured"."""
        for place, size, watts, colour in _LIGHTS[kind]:
            data = bpy.data.lights.new(kind, "AREA")
            data.size, data.energy, data.color = size, watts, colour
            lamp = bpy.data.objects.new(kind, data)
            lamp.location = Vector(middle * _METRES) + Vector(place)
            lamp.rotation_euler = (-Vector(place)).to_track_quat("-Z", "Y").to_euler()
            self._scene.collection.objects.link(lamp)
        world = bpy.data.worlds.new("World")
        self._scene.world = world
        if world.node_tree is None:
            world.use_nodes = True
        background = world.node_tree.nodes["Background"]
        background.inputs["Color"].default_value = (0.9, 0.95, 1.0, 1.0)
        background.inputs["Strength"].default_value = _AMBIENT[kind]

    def add_skin(self, mesh: Mesh, textures: dict[tuple[int, int], Path]) -> None:
        """A mesh with UVs; an image file for every tile."""
        tiles = list(textures)
        starts = np.floor(mesh.uvs[mesh.face_starts + 0].astype(float)).astype(int)
        centres = np.add.reduceat(mesh.uvs, mesh.face_starts) / mesh.face_sizes[:, None]
        starts = np.floor(centres).astype(int)
        index = np.array([tiles.index(tuple(tile)) for tile in starts.tolist()])
        self._add(
            mesh,
            [_skin_material(path) for path in textures.values()],
            "person",
            index,
            mesh.uvs - starts.repeat(mesh.face_sizes, 0),
        )

    def add_plain(self, mesh: Mesh, colour: tuple[float, float, float], roughness: float, part: str = "person") -> None:
        """A mesh of one linear colour. part : one of `PARTS`."""
        self._add(mesh, [_material(mesh.name, colour, roughness)], part)

    def add_strands(self, points: np.ndarray, radius: float, colour: tuple[float, float, float]) -> None:
        """Hairs, (N, K, 3) points each, `radius` mm thick at the root and half of that at the tip."""
        count, steps = points.shape[:2]
        data = bpy.data.hair_curves.new("strands")
        data.add_curves([steps] * count)
        data.position_data.foreach_set("vector", (points * _METRES).astype(np.float32).ravel())
        thick = np.tile(np.linspace(radius, 0.5 * radius, steps) * _METRES, count)
        data.points.foreach_set("radius", thick.astype(np.float32))
        material = _material("strands", colour, 0.35)
        data.materials.append(material)
        self._place(data, "hair")

    def add_eye(self, centre: np.ndarray, radius: float, gaze: np.ndarray, iris: int) -> None:
        """An eyeball that looks along the unit vector `gaze`; `iris` chooses its colour."""
        rings = np.radians(
            np.unique(
                np.concatenate(
                    [[0, _PUPIL, _IRIS, _LIMBUS], np.linspace(_LIMBUS, 180, _RINGS), np.linspace(_PUPIL, _IRIS, 8)]
                )
            )
        )
        turns = np.linspace(0, 2 * np.pi, _COLUMNS, endpoint=False)
        side = np.cross(gaze, [0.0, 1.0, 0.0])
        side /= np.linalg.norm(side)
        up = np.cross(side, gaze)
        around = np.cos(turns)[:, None] * side + np.sin(turns)[:, None] * up
        points = np.cos(rings)[:, None, None] * gaze + np.sin(rings)[:, None, None] * around
        faces, kinds = [], []
        middles = np.degrees(0.5 * (rings[1:] + rings[:-1]))
        for row, angle in enumerate(middles):
            for k in range(_COLUMNS):
                a, b = row * _COLUMNS + k, row * _COLUMNS + (k + 1) % _COLUMNS
                faces.append([a, a + _COLUMNS, b + _COLUMNS, b])
                kinds.append(int(np.searchsorted((_PUPIL, _IRIS, _LIMBUS), angle)))
        colour = np.array(_IRISES[iris % len(_IRISES)])
        colours = ((0.004, 0.004, 0.004), tuple(colour), tuple(0.3 * colour), (0.62, 0.57, 0.54))
        materials = [_material(f"eye {k}", colour, 0.12) for k, colour in enumerate(colours)]
        mesh = Mesh.from_faces(centre + radius * points.reshape(-1, 3), np.array(faces), name="eye")
        self._add(mesh, materials, "person", np.array(kinds))

    def render(self, path: Path) -> None:
        """Write an EXR file: linear colours times alpha, and alpha."""
        self._scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)

    def render_albedo(self, path: Path) -> None:
        """Write an EXR file of the skin's own colours, black where something else is seen; then only parts can be taken."""
        for material in bpy.data.materials:
            tree = material.node_tree
            glow = tree.nodes.new("ShaderNodeEmission")
            glow.inputs["Color"].default_value = (0.0, 0.0, 0.0, 1.0)
            for picture in (node for node in tree.nodes if node.type == "TEX_IMAGE"):
                tree.links.new(picture.outputs["Color"], glow.inputs["Color"])
            tree.links.new(glow.outputs["Emission"], tree.nodes["Material Output"].inputs["Surface"])
        self._scene.cycles.samples, self._scene.cycles.use_denoising = _ALBEDO_SAMPLES, False
        self._scene.cycles.max_bounces = 0
        self.render(path)

    def render_parts(self, path: Path) -> None:
        """Write an EXR file whose red is the number in `PARTS` of what each pixel's middle shows, over alpha."""
        scene = self._scene
        for data, part in self._parts.items():
            material = bpy.data.materials.new(part)
            if material.node_tree is None:
                material.use_nodes = True
            tree = material.node_tree
            glow = tree.nodes.new("ShaderNodeEmission")
            glow.inputs["Color"].default_value = (float(PARTS.index(part)), 0.0, 0.0, 1.0)
            tree.links.new(glow.outputs["Emission"], tree.nodes["Material Output"].inputs["Surface"])
            for slot in range(len(data.materials)):
                data.materials[slot] = material
        scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.filter_width = 1, False, 0.01
        scene.cycles.max_bounces = 0
        self.render(path)

    def _place(self, data, part: str) -> None:
        self._parts[data] = part
        self._scene.collection.objects.link(bpy.data.objects.new(data.name, data))

    def _add(
        self,
        mesh: Mesh,
        materials: list,
        part: str,
        index: np.ndarray | None = None,
        uvs: np.ndarray | None = None,
    ) -> None:
        data = bpy.data.meshes.new(mesh.name)
        data.from_pydata((mesh.vertices * _METRES).tolist(), [], mesh.faces_as_lists())
        for material in materials:
            data.materials.append(material)
        if index is not None:
            data.polygons.foreach_set("material_index", index.astype(np.int32))
        if uvs is not None:
            layer = data.uv_layers.new(name="UVMap")
            layer.data.foreach_set("uv", uvs.astype(np.float32).ravel())
        data.polygons.foreach_set("use_smooth", np.ones(len(data.polygons), bool))
        data.update()
        self._place(data, part)


def _material(name: str, colour, roughness: float):
    material = bpy.data.materials.new(name)
    if material.node_tree is None:
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    shader.inputs["Roughness"].default_value = roughness
    return material


def _skin_material(texture: Path):
    material = _material(f"skin {texture.name}", (0.5, 0.5, 0.5), 0.5)
    tree = material.node_tree
    picture = tree.nodes.new("ShaderNodeTexImage")
    picture.image = bpy.data.images.load(str(texture))
    shader = tree.nodes["Principled BSDF"]
    shader.inputs["Specular IOR Level"].default_value = 0.35
    tree.links.new(picture.outputs["Color"], shader.inputs["Base Color"])
    return material
