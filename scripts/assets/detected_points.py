"""Where the face detector's points lie on the built-in heads, measured on pictures of random ICT-FaceKit heads.

The detector's points have no published places on these topologies. Heads with random identities and slight
expressions are rendered, in part with the demo scan's skin (brows and lips matter to the detector), the points are
lifted onto them, and every point's place is the geometric median over all pictures, the same on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from assets.makehuman_points import makehuman_points
from headbridge.baking.bake_texture import bake_texture
from headbridge.baking.job import BakeInput, BakeSettings
from headbridge.detection.detector import POINT_COUNT, FaceDetector
from headbridge.detection.on_meshes.camera import Camera, looking
from headbridge.detection.on_meshes.scene import Colours, Scene, texture_colours
from headbridge.images import Image, read_image
from headbridge.mesh import Mesh
from headbridge.models.conversion import flame_hack_correspondence
from headbridge.progress import Progress
from headbridge.registration import RegisterInput, RegisterSettings
from headbridge.registration.register import register
from headbridge.spatial import Surface
from headbridge.topologies import load_builtin, load_deltas, load_topology
from headbridge.topologies.builtin import asset_path

HEADS = 45
VIEWS = ((0, 0), (15, 0), (-15, 0), (30, 0), (-30, 0), (0, 15), (0, -15), (20, 12), (-20, 12))
SIZE = 448
# Detections under a smaller cosine are not counted; a point with fewer, or that scatters more (mm), has no place.
LEAST_FACING, FEWEST, LARGEST_SPREAD = 0.45, 20, 4.5
# The irises move with the gaze.
FIRST_OF_IRISES = 468
# Parts of the head that are seen through, and sRGB of the others.
SKIN_PARTS = ("M_Face", "M_BackHead")
CLEAR = ("M_EyeBlend", "M_EyeOcclusion", "M_LacrimalFluid", "M_EyeLashes")
COLOURS = {"M_GumsTongue": (0.6, 0.2, 0.2), "M_Teeth": (0.95, 0.93, 0.85)} | {
    f"M_{part}{side}": colour
    for side in ("Left", "Right")
    for part, colour in (("Sclera", (0.93, 0.92, 0.9)), ("Iris", (0.25, 0.16, 0.1)))
}
# (E, 2), which of the detector's points the triangles of its mesh join.
_EDGES = Path(__file__).with_name("face_mesh_edges.npz")
# Degrees from the gaze to the iris' edge.
IRIS_ANGLE = 27.0
SKIN, IRIS, PUPIL = (0.8, 0.62, 0.53), (0.3, 0.22, 0.15), (0.05, 0.05, 0.05)


@dataclass(frozen=True)
class Detections:
    """points (P, 478, 3) mm on the mean head, NaN off the skin; facing (P, 478), 0 there."""

    points: np.ndarray
    facing: np.ndarray


def build() -> dict[str, np.ndarray]:
    """The arrays of detected_points.npz."""
    heads = RandomHeads(seed=1)
    with FaceDetector() as detector:
        mirror = mirror_map(RandomHeads(seed=5), detector)
        detections = sight_all(heads, detector)
    points, spread = places(detections)
    points = 0.5 * (points + points[mirror] * (-1.0, 1.0, 1.0))
    spread = np.maximum(spread, spread[mirror])
    spread[~(spread <= LARGEST_SPREAD)] = np.inf
    spread[FIRST_OF_IRISES:] = np.inf
    hack, topology = load_builtin("hack"), load_topology("hack")
    skin = topology.skin & ~topology.no_match
    onto = hack.triangles[skin[hack.triangles].all(axis=1)]
    known = np.isfinite(points).all(axis=1)
    hits = Surface(hack.vertices, onto).closest(np.where(known[:, None], points, points[known].mean(axis=0)))
    both = flame_hack_correspondence()
    flame, flame_topology = load_builtin("flame"), load_topology("flame")
    skin = flame_topology.skin & ~flame_topology.no_match
    onto_flame = flame.triangles[skin[flame.triangles].all(axis=1)]
    there = np.einsum("nk,nkd->nd", hits.barycentrics, both.hack_rest[onto[hits.triangles]])
    flame_hits = Surface(both.flame_rest, onto_flame).closest(there)
    places_on_hack = onto[hits.triangles].astype(np.int32), hits.barycentrics.astype(np.float32)
    return makehuman_points(*places_on_hack) | {
        "hack_vertices": places_on_hack[0],
        "hack_weights": places_on_hack[1],
        "flame_vertices": onto_flame[flame_hits.triangles].astype(np.int32),
        "flame_weights": flame_hits.barycentrics.astype(np.float32),
        "spread": spread.astype(np.float32),
        "mirror": mirror.astype(np.int16),
    }


class RandomHeads:
    """ICT-FaceKit heads with random identities, expressions, gaze and skin."""

    def __init__(self, seed: int):
        self._rng = np.random.default_rng(seed)
        self.deltas = load_deltas("ict")
        whole = load_builtin("ict")
        kept = ~np.isin(whole.face_materials, [whole.material_names.index(name) for name in CLEAR])
        corners = np.repeat(kept, whole.face_sizes)
        self.mesh = Mesh(
            whole.vertices,
            whole.corners[corners],
            whole.face_sizes[kept],
            whole.uvs[corners],
            whole.face_materials[kept],
            whole.material_names,
        )
        self._material = np.array(self.mesh.material_names)[self.mesh.face_materials[self.mesh.triangle_faces]]
        self.skin = np.isin(self._material, SKIN_PARTS)
        self._palette = np.array([COLOURS.get(name, SKIN) for name in self._material])
        self._texture = texture_colours(self.mesh, demo_skin())

    def scene(self, number: int, expression: dict[str, float] | None = None) -> Scene:
        """The next head; every third has plain skin, every second an expression unless one is given."""
        rng, deltas = self._rng, self.deltas
        values = np.zeros(len(deltas.expression_names))
        if expression is not None:
            for name, value in expression.items():
                values[deltas.expression_names.index(name)] = value
        elif number % 2:
            values[rng.integers(0, len(values), 3)] = rng.uniform(0.0, 0.4, 3)
        vertices = self.mesh.vertices + np.tensordot(0.9 * rng.normal(size=100), deltas.identity, axes=1)
        vertices = vertices + np.tensordot(values, deltas.expression, axes=1)
        tone, plain = rng.uniform(0.5, 1.15), number % 3 == 2
        gaze = np.append(0.12 * rng.normal(size=2), 1.0)
        colours = self.colours(vertices, None if plain else self._texture, tone, gaze)
        return Scene(self.mesh.with_vertices(vertices), colours)

    def eyes(self, vertices: np.ndarray) -> dict[str, np.ndarray]:
        """Material of the right eyeball, then of the left, and its centre on a head."""
        return {
            name: vertices[np.unique(self.mesh.triangles[self._material == name])].mean(axis=0)
            for name in ("M_ScleraRight", "M_ScleraLeft")
        }

    def colours(self, vertices: np.ndarray, texture: Colours | None, tone: float, gaze: np.ndarray) -> Colours:
        """Of a head whose skin has a texture, or plain colour, times `tone`, and that looks along (3,) `gaze`."""
        eyes = self.eyes(vertices)

        def colours(hits):
            result = self._palette[hits.triangles].copy()
            skin = self.skin[hits.triangles]
            if texture is not None:
                result[skin] = texture(hits)[skin]
            result[skin] *= tone
            for name, centre in eyes.items():
                on_eye = np.flatnonzero(self._material[hits.triangles] == name)
                outward = hits.points[on_eye] - centre
                cosine = outward @ gaze / np.linalg.norm(outward, axis=1) / np.linalg.norm(gaze)
                angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
                result[on_eye[angle < IRIS_ANGLE]], result[on_eye[angle < 11.0]] = IRIS, PUPIL
            return result

        return colours

    def cameras(self, scene: Scene) -> Iterator[Camera]:
        """The views of a head, each a little off."""
        rng = self._rng
        middle = load_topology("ict").landmarks_51.evaluate(scene.mesh.vertices).mean(axis=0) - (0.0, 0.0, 20.0)
        for yaw, pitch in VIEWS:
            axes = looking(yaw + 3.0 * rng.normal(), pitch + 3.0 * rng.normal())
            yield Camera(axes, middle + 6.0 * rng.normal(size=3), 130.0 * rng.uniform(0.85, 1.2), SIZE)


def sight_all(heads: RandomHeads, detector: FaceDetector) -> Detections:
    points, facings = [], []
    mean = load_builtin("ict").vertices
    for number in range(HEADS):
        scene = heads.scene(number)
        for camera in heads.cameras(scene):
            found = detector.detect(scene.render(camera))
            if found is None:
                continue
            hits = scene.cast(camera, found[:, :2])
            towards = camera.position - hits.points
            towards /= np.linalg.norm(towards, axis=1, keepdims=True)
            on_skin = hits.hit & heads.skin[hits.triangles]
            facings.append(np.where(on_skin, np.einsum("nd,nd->n", scene.normals(hits), towards), 0.0))
            at_mean = np.einsum("nk,nkd->nd", hits.barycentrics, mean[scene.surface.triangles[hits.triangles]])
            points.append(np.where(on_skin[:, None], at_mean, np.nan))
    return Detections(np.array(points), np.array(facings))


def places(detections: Detections) -> tuple[np.ndarray, np.ndarray]:
    """(478, 3) geometric medians, mm, NaN where a point is seen too seldom, and (478,) median distances from them."""
    middles, spread = np.full((POINT_COUNT, 3), np.nan), np.full(POINT_COUNT, np.inf)
    for number in range(POINT_COUNT):
        seen = detections.facing[:, number] > LEAST_FACING
        if seen.sum() < FEWEST:
            continue
        points, weights = detections.points[seen, number], detections.facing[seen, number] ** 2
        middle = np.median(points, axis=0)
        for _ in range(60):
            pull = weights / np.maximum(np.linalg.norm(points - middle, axis=1), 0.2)
            middle = pull @ points / pull.sum()
        middles[number], spread[number] = middle, np.median(np.linalg.norm(points - middle, axis=1))
    return middles, spread


def mirror_map(heads: RandomHeads, detector: FaceDetector) -> np.ndarray:
    """(478,) the point on the other side, from pictures and their mirror images of heads with open mouths."""
    straight, mirrored = [], []
    for number in range(16):
        scene = heads.scene(3 * number, {"jawOpen": 0.45})
        picture = scene.render(Camera(looking(0.0, 0.0), np.array([0.0, 0.0, 60.0]), 125.0, 512))
        straight.append(detector.detect(picture))
        mirrored.append(detector.detect(picture[:, ::-1]) * (-1.0, 1.0, 1.0) + (512.0, 0.0, 0.0))
    apart = np.linalg.norm((np.mean(straight, axis=0)[:, None] - np.mean(mirrored, axis=0)) * (1.0, 1.0, 0.5), axis=2)
    _, mirror = linear_sum_assignment(apart + apart.T)
    for point in np.flatnonzero(mirror[mirror] != np.arange(POINT_COUNT)):
        if mirror[mirror[point]] != point:
            other = int(mirror[point])
            mirror[mirror == point], mirror[other] = mirror[other], point
    return _keeping_edges(mirror)


def _keeping_edges(mirror: np.ndarray) -> np.ndarray:
    """The map with partners exchanged as long as more of the detector's mesh edges stay edges in the mirror."""
    with np.load(_EDGES) as stored:
        edges = {frozenset(edge) for edge in stored["edges"].tolist()}

    def lost(candidate: np.ndarray) -> list[frozenset[int]]:
        return [edge for edge in edges if frozenset(candidate[list(edge)].tolist()) not in edges]

    while True:
        missing = lost(mirror)
        suspects = sorted({point for edge in missing for one in edge for point in (one, int(mirror[one]))})
        best, best_count = mirror, len(missing)
        for number, one in enumerate(suspects):
            for two in suspects[number + 1 :]:
                if mirror[one] == two:
                    continue
                candidate = mirror.copy()
                candidate[one], candidate[two] = mirror[two], mirror[one]
                candidate[mirror[two]], candidate[mirror[one]] = one, two
                if (count := len(lost(candidate))) < best_count:
                    best, best_count = candidate, count
        if best is mirror:
            return mirror
        mirror = best


@cache
def demo_skin() -> Image:
    """The demo scan's texture in the layout of HACK, which is ICT-FaceKit's."""
    scan, hack = load_builtin("lee-perry-smith"), load_builtin("hack")
    registered = register(RegisterInput(hack, scan), RegisterSettings())
    result = bake_texture(
        BakeInput(
            scan,
            {(0, 0): read_image(asset_path("lee_perry_smith_color.jpg"))},
            hack,
            registered=hack.with_vertices(registered.registered),
        ),
        BakeSettings(size=1024),
        Progress(),
    )
    return result.images[0, 0]
