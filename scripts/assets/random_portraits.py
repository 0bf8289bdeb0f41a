"""Pictures of random heads as photos show them, with the truth: what the detector's noise is measured on.

ICT-FaceKit identities and expressions under skins of all tones, with brows and hair painted where people have them,
lamps, lenses from wide to long, distances, turns, sizes, blur, grain and JPEG.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from headbridge.detection.on_meshes.scene import Colours, Scene, texture_colours
from headbridge.detection.surface_points import surface_points
from headbridge.images import Image
from headbridge.images.exif import DIAGONAL_35MM
from headbridge.mesh.normals import vertex_normals
from headbridge.texture.open_space import read_skins
from headbridge.topologies import load_topology

from .detected_points import RandomHeads, demo_skin

HACK_VERTICES, SKIN_SIZE = 14062, 1024
FACE_WIDTH, NEAREST = 150.0, 300.0
MOST_RAYS, LARGEST = 460_000, 680
# A point is seen when a ray to it ends this close before it, mm.
SEEN_WITHIN = 1.5
DISPLAY = 2.2
# The upper and lower edge of brows by the detector's points, on the subject's right and left: where hair grows on most
# heads; mm by which people differ.
BROWS = (
    ((70, 63, 105, 66, 107), (46, 53, 52, 65, 55)),
    ((300, 293, 334, 296, 336), (276, 283, 282, 295, 285)),
)
BROW_SIGMA = 2.5
IDENTITY_SIGMA = 0.9


@dataclass(frozen=True, eq=False)
class Portrait:
    """pixels (S, S, 3) uint8. rotation (3, 3) and translation (3,) mm: head to camera, upright (x right, y up, looks
    along -z). focal : pixels; principal point in the middle. truth (478, 3): where the surface points are, column and
    row in pixels, depth in mm. facing (478,): the cosine under which they are seen, 0 for hidden ones. irises (2, 2)
    columns and rows of the middles of the right iris and the left. identity (100,), expression (57,)."""

    pixels: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    focal: float
    truth: np.ndarray
    facing: np.ndarray
    irises: np.ndarray
    identity: np.ndarray
    expression: np.ndarray


class RandomPortraits:
    """Portraits one after the other, the same for the same seed."""

    def __init__(self, seed: int):
        self._rng = np.random.default_rng(seed)
        self._heads = RandomHeads(seed)
        self._mean, self._deltas = self._heads.mesh.vertices, self._heads.deltas
        self._textures = [texture_colours(self._heads.mesh, skin) for skin in [demo_skin(), *_open_skins()]]
        self._embedding = surface_points("hack").landmarks
        places = self._embedding.evaluate(self._mean[:HACK_VERTICES])
        self._brows = [0.5 * (places[list(upper)] + places[list(lower)]) for upper, lower in BROWS]
        scalp = np.zeros(len(self._mean))
        scalp[:HACK_VERTICES] = load_topology("hack").regions["scalp"]
        self._scalp = scalp

    def next(self) -> Portrait:
        rng, mesh = self._rng, self._heads.mesh
        identity = IDENTITY_SIGMA * rng.normal(size=self._deltas.identity.shape[0])
        expression = self._expression()
        vertices = mesh.vertices + np.tensordot(identity, self._deltas.identity, axes=1)
        vertices = vertices + np.tensordot(expression, self._deltas.expression, axes=1)
        gaze = np.append(0.15 * rng.normal(size=2), 1.0)
        gaze /= np.linalg.norm(gaze)
        scene, colours = Scene(mesh.with_vertices(vertices)), self._painted(vertices, gaze)

        turns = rng.uniform((-25.0, -45.0), (25.0, 45.0))
        roll = rng.uniform(-180.0, 180.0) if rng.random() < 0.12 else 12.0 * rng.normal()
        rotation = Rotation.from_euler("ZXY", (roll, *turns), degrees=True).as_matrix()
        wide = np.exp(rng.uniform(np.log(24.0), np.log(135.0)))
        # Shares of the picture's side: the focal length, and the face's width.
        focal, share = wide / DIAGONAL_35MM * np.sqrt(2.0), rng.uniform(0.22, 0.7)
        distance = max(FACE_WIDTH * focal / share, NEAREST)
        share = FACE_WIDTH * focal / distance
        size = int(np.clip(np.exp(rng.uniform(np.log(70.0), np.log(420.0))) / share, 128, LARGEST))
        focal *= size
        middle = self._embedding.evaluate(vertices[:HACK_VERTICES])[:468].mean(axis=0)
        shift = rng.uniform(-1.0, 1.0, 2) * 0.4 * (1.0 - share) * distance * size / focal
        translation = np.append(shift, -distance) - rotation @ middle

        pixels = self._photographed(scene, colours, rotation, translation, focal, size)
        points = self._embedding.evaluate(vertices[:HACK_VERTICES])
        truth = projected(points @ rotation.T + translation, focal, size)
        position = -rotation.T @ translation
        eyes = np.array(list(self._heads.eyes(vertices).values()))
        pupils = scene.surface.cast(eyes + 30.0 * gaze, np.repeat(-gaze[None], 2, axis=0)).points
        irises = projected(pupils @ rotation.T + translation, focal, size)[:, :2]
        facing = self._facing(scene, points, position)
        return Portrait(pixels, rotation, translation, focal, truth, facing, irises, identity, expression)

    def _expression(self) -> np.ndarray:
        """A third neutral, a third slight, a third strong; most of the time the same on both sides."""
        rng, names = self._rng, self._deltas.expression_names
        values = np.zeros(len(names))
        kind = rng.integers(3)
        for name in rng.choice(names, (0, 3, 5)[kind], replace=False):
            value = rng.uniform(0.1, (0.0, 0.4, 0.9)[kind])
            values[names.index(name)] = value
            if name[-2:] in ("_L", "_R") and rng.random() < 0.8:
                values[names.index(name[:-1] + {"L": "R", "R": "L"}[name[-1]])] = value
        if kind == 2 and rng.random() < 0.4:
            values[names.index("jawOpen")] = rng.uniform(0.1, 0.8)
        if kind and rng.random() < 0.4:
            values[[names.index("mouthSmile_L"), names.index("mouthSmile_R")]] = rng.uniform(0.1, 0.9)
        return values

    def _painted(self, vertices: np.ndarray, gaze: np.ndarray) -> Colours:
        """Skin, eyes, and mostly brows and hair."""
        rng, heads = self._rng, self._heads
        number = rng.integers(-1, len(self._textures))
        texture = None if number < 0 else self._textures[number]
        below = heads.colours(vertices, texture, rng.uniform(0.45 if number < 0 else 0.75, 1.15), gaze)
        hair = rng.uniform(0.03, 0.45) * np.array([1.0, rng.uniform(0.7, 0.9), rng.uniform(0.45, 0.75)])
        # The demo scan's skin has brows of its own.
        brows = number != 0 and rng.random() < 0.9
        lift, thickness, density = BROW_SIGMA * rng.normal(), rng.uniform(2.0, 4.5), rng.uniform(0.4, 0.95)
        hairy, hairline = rng.random() < 0.6, rng.uniform(0.3, 0.7)
        lines = [brow + (0.0, lift, 0.0) for brow in self._brows]

        def colours(hits):
            result = below(hits)
            skin = np.flatnonzero(heads.skin[hits.triangles])
            corners = heads.mesh.triangles[hits.triangles[skin]]
            at_mean = np.einsum("nk,nkd->nd", hits.barycentrics[skin], self._mean[corners])
            cover = np.zeros(len(skin))
            if brows:
                apart = np.minimum(*(distance_to_line(at_mean, line) for line in lines))
                cover = density * np.clip(1.5 - apart / thickness, 0.0, 1.0)
            if hairy:
                scalp = np.einsum("nk,nk->n", hits.barycentrics[skin], self._scalp[corners])
                cover = np.maximum(cover, 0.95 * (scalp > hairline))
            result[skin] += cover[:, None] * (hair - result[skin])
            return result

        return colours

    def _photographed(
        self,
        scene: Scene,
        colours: Colours,
        rotation: np.ndarray,
        translation: np.ndarray,
        focal: float,
        size: int,
    ) -> np.ndarray:
        rng = self._rng
        fine = 2 if (2 * size) ** 2 <= MOST_RAYS else 1
        rows, columns = (np.mgrid[: size * fine, : size * fine] + 0.5) / fine
        rays = np.stack([columns - size / 2, size / 2 - rows, np.full(rows.shape, -focal)], axis=2).reshape(-1, 3)
        hits = scene.surface.cast(np.broadcast_to(-rotation.T @ translation, rays.shape), rays @ rotation)
        seen = np.flatnonzero(hits.hit)
        shown = type(hits)(hits.points[seen], hits.triangles[seen], hits.barycentrics[seen], hits.distances[seen])
        towards = -(rays[seen] @ rotation)
        towards /= np.linalg.norm(towards, axis=1, keepdims=True)
        light = self._lamps(scene.normals(shown), towards, rotation)
        picture = random_background(size * fine, rng).reshape(-1, 3)
        # Decoded, lit, encoded.
        albedo = np.clip(colours(shown), 0.0, 1.0) ** DISPLAY
        picture[seen] = np.clip(albedo * light[0] + light[1], 0.0, 1.0) ** (1.0 / DISPLAY)
        picture = cv2.resize(picture.reshape(size * fine, size * fine, 3), (size, size), interpolation=cv2.INTER_AREA)
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.2, 1.3))
        picture = 255.0 * np.clip(picture, 0.0, 1.0) ** rng.uniform(0.8, 1.25) + rng.uniform(0.0, 5.0) * rng.normal(
            size=picture.shape
        )
        picture = np.rint(np.clip(picture, 0.0, 255.0)).astype(np.uint8)
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 98))]
        _, content = cv2.imencode(".jpg", picture[..., ::-1], quality)
        return np.ascontiguousarray(cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1])

    def _lamps(self, normals: np.ndarray, towards: np.ndarray, rotation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Diffuse and specular light (N, 3) of one to three lamps and the sky, normalised by exposure."""
        rng = self._rng
        diffuse = np.full(normals.shape, rng.uniform(0.25, 0.8))
        gloss = np.zeros(len(normals))
        for _ in range(rng.integers(1, 4)):
            lamp = rng.normal(size=3) + (0.0, 0.6, 1.0)
            lamp = (lamp / np.linalg.norm(lamp)) @ rotation
            tint, power = 1.0 + 0.12 * rng.normal(size=3), rng.uniform(0.2, 1.0)
            diffuse += power * np.maximum(normals @ lamp, 0.0)[:, None] * tint
            half = towards + lamp
            half /= np.linalg.norm(half, axis=1, keepdims=True)
            gloss += power * np.maximum(np.einsum("nd,nd->n", half, normals), 0.0) ** 24
        exposure = rng.uniform(0.75, 1.3) / max(float(np.percentile(diffuse, 80)), 0.1) if len(normals) else 1.0
        return exposure * diffuse, (exposure * rng.uniform(0.0, 0.12) * gloss)[:, None]

    def _facing(self, scene: Scene, points: np.ndarray, position: np.ndarray) -> np.ndarray:
        normals = self._embedding.evaluate(vertex_normals(scene.mesh.vertices, scene.mesh.triangles)[:HACK_VERTICES])
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        rays = points - position
        lengths = np.linalg.norm(rays, axis=1)
        rays /= lengths[:, None]
        hits = scene.surface.cast(np.broadcast_to(position, rays.shape), rays)
        seen = hits.hit & (hits.distances > lengths - SEEN_WITHIN)
        return np.where(seen, np.maximum(-np.einsum("nd,nd->n", normals, rays), 0.0), 0.0)


def random_background(size: int, rng: np.random.Generator) -> np.ndarray:
    """(size, size, 3) sRGB 0..1, blotches or squares."""
    coarse = rng.random((int(rng.integers(1, 9)), int(rng.integers(1, 9)), 3)) * rng.uniform(0.3, 1.0)
    sampling = cv2.INTER_CUBIC if rng.random() < 0.7 else cv2.INTER_NEAREST
    return np.clip(cv2.resize(coarse, (size, size), interpolation=sampling), 0.0, 1.0)


def projected(points: np.ndarray, focal: float, size: int) -> np.ndarray:
    """(N, 3) column, row and depth of (N, 3) points before an upright camera."""
    depth = -points[:, 2]
    return np.stack([size / 2 + focal * points[:, 0] / depth, size / 2 - focal * points[:, 1] / depth, depth], axis=1)


def _open_skins() -> list[Image]:
    """The face tiles of the open skins in HACK's layout, which is ICT-FaceKit's."""
    _, tiles, pictures = read_skins("hack", SKIN_SIZE)
    return [Image(picture) for picture in np.moveaxis(pictures[tiles.index((0, 0))], -1, 0)]


def distance_to_line(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """(N,) distances of (N, 3) points from a polyline (K, 3)."""
    nearest = np.full(len(points), np.inf)
    for start, end in itertools.pairwise(line):
        along = np.clip((points - start) @ (end - start) / ((end - start) @ (end - start)), 0.0, 1.0)
        nearest = np.minimum(nearest, np.linalg.norm(points - start - along[:, None] * (end - start), axis=1))
    return nearest
