"""Pictures of random heads as frames of videos show them, with where the detector's points should lie: what the
calibration is measured on.

Heads of three families (the open head, ICT-FaceKit's, MakeHuman's persons), each under several looks: expressions, jaw,
blinks, gaze, turns, lenses and light. They are rasterised, which is quicker than the rays of `random_portraits`, since a
calibration takes thousands of pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
from scipy.spatial.transform import Rotation
from strangers.makehuman_mesh import head as person_head
from strangers.people import person

from headbridge.detection.surface_points import surface_points
from headbridge.fitting.heads import load_head
from headbridge.fitting.photo.job import DETECTED
from headbridge.fitting.photo.landmark_places import IRISES, landmark_places
from headbridge.fitting.photo.posed_photo import PosedPhoto
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.fitting.photo.view import Screen
from headbridge.fitting.posable import HeadState, Posed
from headbridge.mesh import Mesh
from headbridge.models.linear import head_model
from headbridge.texture.open_space import read_skins
from headbridge.topologies import load_builtin, load_topology

from .detected_points import CLEAR, SKIN_PARTS
from .random_portraits import BROW_SIGMA, BROWS, FACE_WIDTH, distance_to_line, random_background

FAMILIES = ("flame", "ict", "makehuman")
LOOKS = 6
SKIN_SIZE, PICTURE, NEAREST = 1024, 512, 320.0
# Sides of the pictures in widths of the face; they are drawn so many times as fine.
AROUND, FINE = 1.9, 2
PERSONS = ("african", "asian", "old", "adult", "child", "heavy", "adult")
TEETH, GUMS, HOLLOW = (0.8, 0.76, 0.68), (0.45, 0.18, 0.17), (0.12, 0.05, 0.05)
WHITE, PUPIL = (0.82, 0.78, 0.76), 0.03
IRIS_COLOURS = np.array([[0.32, 0.22, 0.14], [0.2, 0.12, 0.07], [0.35, 0.42, 0.5], [0.3, 0.35, 0.22]])
# Radians from the gaze to the pupil's edge, and how wide the rim of the iris is.
PUPIL_ANGLE, RIM = 0.19, 0.05
# What opens MakeHuman's mouth as far as a turn of the jaw by a degree.
JAW_OPEN = 1.0 / 22.0


@dataclass(frozen=True, eq=False)
class FilmedHead:
    """pixels (S, S, 3) uint8. truth (478, 2): where the surface points and the irises' middles are, column and row.
    towards_camera (3,): the way from the head's origin to the camera, in the head's frame."""

    pixels: np.ndarray
    truth: np.ndarray
    towards_camera: np.ndarray


@dataclass(frozen=True, eq=False)
class Look:
    """keys : ARKit's, by name. jaw : degrees. gaze, turn : of eyes and head. focal : pixels. distance, aside (2,) : of the
    face's middle from the camera, mm."""

    keys: dict[str, float]
    jaw: float
    gaze: Rotation
    turn: Rotation
    focal: float
    distance: float
    aside: np.ndarray


class FilmedHeads:
    """Heads one after the other, the same for the same seed. data : the open input data."""

    def __init__(self, seed: int, data: Path):
        self._rng, self._count = np.random.default_rng(seed), 0
        self._families = [_Family(name, data) for name in FAMILIES]

    def next(self) -> Iterator[FilmedHead]:
        """The pictures of the next head."""
        family = self._families[self._count % len(FAMILIES)]
        self._count += 1
        one = _Person(family, self._rng)
        for _ in range(LOOKS):
            yield one.filmed(_look(family.key_names, self._rng), self._rng)


class _Family:
    """A family's mesh and what its triangles are, its skins and where things are painted."""

    def __init__(self, name: str, data: Path):
        self.name, self.data = name, data
        self.model = None if name == "makehuman" else load_head("open-flame" if name == "flame" else "ict")
        self.keys = head_model("makehuman") if name == "makehuman" else None
        self.key = "makehuman" if self.model is None else self.model.key
        topology, whole = load_topology(self.key), load_builtin(self.key)
        self.places = landmark_places(self.key, DETECTED).landmarks
        self.rest = whole.vertices
        known = surface_points(self.key).landmarks.evaluate(self.rest)
        self.brows = [0.5 * (known[list(upper)] + known[list(lower)]) for upper, lower in BROWS]
        self.scalp = topology.regions["scalp"].astype(float)
        self.eyeballs = {side: np.flatnonzero(topology.regions[f"{side}_eyeball"]) for side in ("left", "right")}
        self.mesh = _without(whole, CLEAR)
        material = _materials(self.mesh)
        on_eye = np.zeros(len(self.rest), bool)
        on_eye[np.concatenate(list(self.eyeballs.values()))] = True
        self.eye = on_eye[self.mesh.triangles].all(axis=1)
        self.teeth = np.isin(material, ("M_Teeth", "teeth"))
        self.inner = self.teeth | np.isin(material, ("M_GumsTongue", "tongue"))
        self.skin = np.isin(material, SKIN_PARTS) if self.key == "ict" else ~(self.eye | self.inner)

    @cached_property
    def skins(self) -> list[np.ndarray]:
        if self.key == "makehuman":
            files = sorted((self.data / "makehuman" / "skins").glob("*.jpg"))
            size = (SKIN_SIZE, SKIN_SIZE)
            read = [cv2.resize(cv2.imread(str(file)), size, interpolation=cv2.INTER_AREA) for file in files]
            return [skin[..., ::-1] / np.float32(255.0) for skin in read]
        _, tiles, pictures = read_skins("hack" if self.key == "ict" else self.key, SKIN_SIZE)
        return list(np.moveaxis(pictures[tiles.index((0, 0))], -1, 0))

    @property
    def key_names(self) -> list[str]:
        """ARKit's keys but those that turn the eyes."""
        names = self.keys.names if self.model is None else self.model.expression_names
        return [name for name in names if name[0].islower() and not name.startswith("eyeLook")]


class _Person:
    """One head: shape, skin, hair and eyes."""

    def __init__(self, family: _Family, rng: np.random.Generator):
        self._family = family
        if family.model is None:
            kind, number = rng.choice(PERSONS), int(rng.integers(1e6))
            self._rest = person_head(family.data, person(family.data, kind, number)).vertices
        else:
            self._identity = 0.95 * np.clip(rng.normal(size=family.model.identity_count), -2.5, 2.5)
            self._rest = self._posed({}, 0.0, Rotation.identity())
        self._eyes = {side: _ball(self._rest[vertices]) for side, vertices in family.eyeballs.items()}
        skin = family.skins[rng.integers(len(family.skins))] * np.float32(rng.uniform(0.7, 1.12))
        if rng.random() < 0.12:
            skin = np.broadcast_to(np.array([0.8, 0.62, 0.53]) * rng.uniform(0.25, 1.1), skin.shape)
        self._skin = torch.from_numpy(np.ascontiguousarray(skin, np.float32))[None]
        self._hair = rng.uniform(0.03, 0.45) * np.array([1.0, rng.uniform(0.7, 0.9), rng.uniform(0.45, 0.75)])
        self._has_brows, self._lift = rng.random() < 0.92, BROW_SIGMA * rng.normal()
        self._thickness, self._density = rng.uniform(1.8, 4.2), rng.uniform(0.4, 0.95)
        self._hairy, self._hairline = rng.random() < 0.6, rng.uniform(0.3, 0.7)
        self._iris = IRIS_COLOURS[rng.integers(len(IRIS_COLOURS))] * rng.uniform(0.7, 1.2)
        self._iris_angle = rng.uniform(0.44, 0.52)

    def filmed(self, look: Look, rng: np.random.Generator) -> FilmedHead:
        vertices, turn = self._posed(look.keys, look.jaw, look.gaze), look.turn.as_matrix()
        middle = self._family.places.evaluate(vertices)[:468].mean(axis=0)
        place = np.append(look.aside, -look.distance) - turn @ middle
        seen, screen = vertices @ turn.T + place, Screen.whole(PICTURE, PICTURE)
        side = int(AROUND * FACE_WIDTH * look.focal / look.distance)
        [centre] = screen.project((turn @ middle + place)[None], look.focal)
        left, top = np.round(centre - side / 2)
        screen = screen.cropped(left, top, 1.0, side, side)
        points = self._family.places.evaluate(seen)
        for number, region in IRISES.items():
            centre, radius = self._eyes[region.removesuffix("_eyeball")]
            points[number] = turn @ (centre + radius * look.gaze.apply((0.0, 0.0, 1.0))) + place
        pixels = self._picture(vertices, seen, look, screen, rng)
        return FilmedHead(pixels, screen.project(points, look.focal), -turn.T @ place)

    def _posed(self, keys: dict[str, float], jaw: float, gaze: Rotation) -> np.ndarray:
        """(V, 3) in the head's frame."""
        family = self._family
        if family.model is None:
            vertices, known = self._rest.copy(), family.keys.names
            for name, value in (keys | {"jawOpen": JAW_OPEN * jaw}).items():
                if name in known:
                    vertices += value * family.keys.basis[known.index(name)]
            for side, eyeball in family.eyeballs.items():
                centre, _ = self._eyes[side]
                vertices[eyeball] = gaze.apply(self._rest[eyeball] - centre) + centre
            return vertices
        head = family.model
        coefficients, rotations = np.zeros(head.coefficient_count), head.neutral().rotations.copy()
        coefficients[head.parts["identity"]] = self._identity
        for name, value in keys.items():
            coefficients[head.parts["expression"]][head.expression_names.index(name)] = value
        rotations[head.joint_names.index("jaw")] = Rotation.from_rotvec([np.radians(jaw), 0.0, 0.0]).as_matrix()
        for eye in ("left_eye", "right_eye"):
            rotations[head.joint_names.index(eye)] = gaze.as_matrix()
        return Posed(head, HeadState(coefficients, rotations, np.zeros(3), 0.0)).vertices()

    def _picture(
        self, vertices: np.ndarray, seen: np.ndarray, look: Look, screen: Screen, rng: np.random.Generator
    ) -> np.ndarray:
        size = FINE * screen.width
        matrix = np.diag([FINE, FINE, 1.0]) @ screen.matrix(look.focal)
        light = _light(rng)
        background = random_background(size, rng)
        render = PhotoRender(PosedPhoto(background, seen, matrix, light), self._family.mesh.with_vertices(seen))
        colours = render.colours(self._skin)
        self._paint(colours, render, vertices, look.gaze)
        behind = np.where((render.triangle >= 0)[..., None], np.float32(HOLLOW), background)
        picture = np.clip(render.over(np.where(render.covered[..., None], colours, 0.0), behind), 0.0, 1.0)
        picture = cv2.resize(picture, (screen.width, screen.width), interpolation=cv2.INTER_AREA)
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.2, 1.1))
        picture = 255.0 * np.clip(picture, 0.0, 1.0) ** rng.uniform(0.85, 1.2)
        picture = picture + rng.uniform(0.0, 4.0) * rng.normal(size=picture.shape)
        picture = np.rint(np.clip(picture, 0.0, 255.0)).astype(np.uint8)
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 97))]
        _, content = cv2.imencode(".jpg", picture[..., ::-1], quality)
        return np.ascontiguousarray(cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1])

    def _paint(self, colours: np.ndarray, render: PhotoRender, vertices: np.ndarray, gaze: Rotation) -> None:
        """Eyes, teeth, brows and hair over the skin's colours."""
        family, shown = self._family, np.maximum(render.triangle, 0)
        inside = render.triangle >= 0

        def of(which: np.ndarray) -> tuple:
            pixels = np.nonzero(which)
            triangles = render.triangle[pixels]
            return pixels, triangles, render.barycentrics[pixels], render.shading[pixels]

        pixels, triangles, shares, light = of(inside & family.eye[shown])
        if len(triangles):
            points = np.einsum("nk,nkd->nd", shares, vertices[family.mesh.triangles[triangles]])
            left, right = self._eyes["left"][0], self._eyes["right"][0]
            outwards = points - np.where(points[:, :1] > 0.5 * (left + right)[0], left, right)
            outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
            angle = np.arccos(np.clip(outwards @ gaze.apply((0.0, 0.0, 1.0)), -1.0, 1.0))[:, None]
            iris = self._iris * (1.0 - 0.5 * (angle > self._iris_angle - RIM))
            eye = np.where(angle < PUPIL_ANGLE, PUPIL, np.where(angle < self._iris_angle, iris, WHITE))
            colours[pixels] = eye * np.minimum(light, 1.1)
        pixels, triangles, _, light = of(inside & family.inner[shown])
        colours[pixels] = np.where(family.teeth[triangles][:, None], TEETH, GUMS) * 0.6 * light
        pixels, triangles, shares, light = of(render.covered & family.skin[shown])
        corners = family.mesh.triangles[triangles]
        at_rest, cover = np.einsum("nk,nkd->nd", shares, family.rest[corners]), np.zeros(len(corners))
        if self._has_brows:
            lines = [line + (0.0, self._lift, 0.0) for line in family.brows]
            apart = np.minimum(*(distance_to_line(at_rest, line) for line in lines))
            cover = self._density * np.clip(1.5 - apart / self._thickness, 0.0, 1.0)
        if self._hairy:
            scalp = np.einsum("nk,nk->n", shares, family.scalp[corners])
            cover = np.maximum(cover, 0.95 * (scalp > self._hairline))
        colours[pixels] += cover[:, None] * (self._hair * light - colours[pixels])


def _look(names: list[str], rng: np.random.Generator) -> Look:
    """A third at rest, a third slight, a third strong; mostly the same on both sides."""
    kind, keys = rng.integers(3), {}
    for name in rng.choice(names, (0, 3, 5)[kind], replace=False):
        keys[name] = rng.uniform(0.05, (0.0, 0.4, 0.8)[kind])
        if name[-2:] in ("_L", "_R") and rng.random() < 0.85:
            keys[name[:-1] + {"L": "R", "R": "L"}[name[-1]]] = keys[name]
    # The bone does it.
    keys.pop("jawOpen", None)
    if kind and rng.random() < 0.4:
        keys["mouthSmile_L"] = keys["mouthSmile_R"] = rng.uniform(0.1, 0.8)
    if rng.random() < 0.3:
        keys["eyeBlink_L"] = keys["eyeBlink_R"] = rng.uniform(0.1, 1.0)
    jaw = 0.0 if rng.random() < 0.4 else rng.uniform(0.0, 18.0)
    gaze = Rotation.from_euler("XY", rng.uniform((-9.0, -20.0), (9.0, 20.0)), degrees=True)
    yaw, pitch = rng.uniform(-48.0, 48.0) * rng.choice([0.5, 1.0]), rng.uniform(-26.0, 26.0)
    turn = Rotation.from_euler("ZXY", (10.0 * rng.normal(), pitch, yaw), degrees=True)
    focal = np.exp(rng.uniform(np.log(0.75), np.log(3.2))) * PICTURE
    width = np.exp(rng.uniform(np.log(85.0), np.log(260.0)))
    distance = max(FACE_WIDTH * focal / width, NEAREST)
    share = FACE_WIDTH * focal / distance / PICTURE
    aside = rng.uniform(-1.0, 1.0, 2) * 0.35 * (1.0 - share) * distance * PICTURE / focal
    return Look(keys, jaw, gaze, turn, focal, distance, aside)


def _light(rng: np.random.Generator) -> np.ndarray:
    """(9, 3) see `PosedPhoto.light`: a lamp about where lamps are, and what is around."""
    light = np.zeros((9, 3))
    lamp = rng.normal(size=3) * (0.7, 0.5, 0.4) + (0.0, 0.3, 0.6)
    lamp *= 1.75 * rng.uniform(0.2, 0.8) / np.linalg.norm(lamp)
    light[0] = 2.5
    light[1:4] = lamp[[1, 2, 0], None] * (1.0 + 0.08 * rng.normal(size=3))
    light[4:] = 0.12 * rng.normal(size=(5, 1))
    return light * rng.uniform(0.75, 1.15)


def _ball(points: np.ndarray) -> tuple[np.ndarray, float]:
    """The middle of the sphere through (N, 3) points, by least squares, and its usual radius."""
    system = np.column_stack([2.0 * points, np.ones(len(points))])
    middle = np.linalg.lstsq(system, (points**2).sum(axis=1), rcond=None)[0][:3]
    return middle, float(np.median(np.linalg.norm(points - middle, axis=1)))


def _materials(mesh: Mesh) -> np.ndarray:
    """(T,) names of the triangles' materials."""
    if mesh.face_materials is None:
        return np.full(len(mesh.triangles), "")
    return np.array(mesh.material_names)[mesh.face_materials[mesh.triangle_faces]]


def _without(mesh: Mesh, materials: tuple[str, ...]) -> Mesh:
    """The mesh without the faces of some materials, on all vertices."""
    gone = [number for number, name in enumerate(mesh.material_names or ()) if name in materials]
    if not gone:
        return mesh
    kept = ~np.isin(mesh.face_materials, gone)
    corners = np.repeat(kept, mesh.face_sizes)
    return Mesh(
        mesh.vertices,
        mesh.corners[corners],
        mesh.face_sizes[kept],
        mesh.uvs[corners],
        mesh.face_materials[kept],
        mesh.material_names,
    )
