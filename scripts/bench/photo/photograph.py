"""Taking the pictures: a known head before the camera, its picture and its truth in two files of one name."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from face_parser.hands import held_before, load_hand
from scipy.spatial.transform import Rotation

from headbridge.images import read_image
from headbridge.images.colour import linear_to_srgb, srgb_to_linear
from headbridge.mesh import Mesh
from headbridge.mesh.io.npz import write_arrays

from .heads import KnownHead, known_head
from .props import glasses, hair_cap, lenses, shoulders
from .shots import SIZE, Shot
from .skins import skin_files
from .strands import STYLES, strands
from .studio import SENSOR_MM, PhotoStudio

_UPRIGHT_TO_CAMERA = np.diag([1.0, -1.0, -1.0])
# How many hairs grow, and half of a hair's width, mm: fewer and thicker than real ones.
_STRANDS, _STRAND = 9000, 0.22
_HAIRS = ((0.012, 0.008, 0.006), (0.05, 0.03, 0.018), (0.25, 0.16, 0.07), (0.3, 0.3, 0.3))
_CLOTHES = ((0.03, 0.06, 0.15), (0.3, 0.3, 0.32), (0.25, 0.04, 0.04), (0.04, 0.12, 0.06))
# Median luminance of the face, linear, of light and dark skin, as a camera would expose it.
_EXPOSURE = {False: 0.30, True: 0.11}


@dataclass(frozen=True, eq=False)
class Pose:
    """From a head's frame to the camera-upright frame (x right, y up, looking along -z), millimetres."""

    rotation: np.ndarray
    translation: np.ndarray

    def apply(self, points: np.ndarray) -> np.ndarray:
        return points @ self.rotation.T + self.translation

    def place(self, mesh: Mesh) -> Mesh:
        return mesh.with_vertices(self.apply(mesh.vertices))


def photograph(shot: Shot, folder: Path, data: Path, cache_folder: Path, samples: int) -> None:
    """Write `<name>.png` and `<name>.npz` (see `truth.Truth`) to the folder."""
    head = known_head(shot.family, shot.expression, shot.seed, data, cache_folder)
    focal = shot.focal / SENSOR_MM * SIZE
    pose = _pose(shot, head, focal)
    rng = np.random.default_rng([9, shot.number])
    studio = PhotoStudio(SIZE, shot.focal, samples, shot.number)
    middle = pose.apply(head.landmarks[17:]).mean(axis=0)
    studio.light(shot.light, middle)
    skin = pose.place(head.skin)
    studio.add_skin(skin, skin_files(head.layout, shot.skin, data, cache_folder))
    for name, mesh in head.parts.items():
        studio.add_plain(pose.place(mesh), {"teeth": (0.7, 0.65, 0.55), "gums": (0.35, 0.08, 0.07)}[name], 0.35)
    gaze = pose.rotation @ _unit(np.array([rng.normal(0, 0.12), rng.normal(-0.03, 0.06), 1.0]))
    iris = int(rng.integers(4))
    for centre, radius in head.eyes:
        studio.add_eye(pose.apply(centre), radius, gaze, iris)
    studio.add_plain(pose.place(shoulders(head)), _CLOTHES[int(rng.integers(4))], 0.9, "clothes")
    if "hair" in shot.props:
        studio.add_plain(pose.place(hair_cap(head)), _HAIRS[int(rng.integers(4))], 0.75, "hair")
    for style in STYLES:
        if style in shot.props:
            grown = strands(head, style, _STRANDS, shot.number)
            placed = pose.apply(grown.reshape(-1, 3)).reshape(grown.shape)
            studio.add_strands(placed, _STRAND, _HAIRS[int(rng.integers(4))])
    if "glasses" in shot.props:
        studio.add_plain(pose.place(glasses(head)), (0.015, 0.015, 0.018), 0.3, "glasses")
    if "sunglasses" in shot.props:
        studio.add_plain(pose.place(lenses(head)), (0.01, 0.01, 0.012), 0.15, "glasses")
    if "hand" in shot.props:
        tone = (0.05, 0.025, 0.015) if "dark" in shot.skin else (0.45, 0.23, 0.15)
        studio.add_plain(_hand(pose.apply(head.landmarks), data, rng), tone, 0.5, "cover")
    if "microphone" in shot.props:
        ball = pose.apply(head.landmarks[57]) + (rng.uniform(-20.0, 20.0), rng.uniform(-25.0, 5.0), 45.0)
        studio.add_plain(_ball(ball, rng.uniform(18.0, 32.0)), (0.03, 0.03, 0.03), 0.6, "cover")
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "raw.exr"
        studio.render(raw)
        rendered = read_image(raw).pixels.astype(np.float32)
        studio.render_albedo(raw)
        albedo = linear_to_srgb(np.clip(read_image(raw).pixels[..., :3].astype(np.float32), 0.0, 1.0))
        studio.render_parts(raw)
        seen = read_image(raw).pixels
    points = pose.apply(head.landmarks) @ _UPRIGHT_TO_CAMERA
    matrix = np.array([[focal, 0, SIZE / 2], [0, focal, SIZE / 2], [0, 0, 1]])
    pixels = (points @ matrix.T)[:, :2] / points[:, 2:]
    picture = _developed(rendered, pixels, shot, "dark" in shot.skin, rng)
    truth = write_arrays(
        {
            "vertices": skin.vertices @ _UPRIGHT_TO_CAMERA,
            "triangles": skin.triangles,
            "face": head.face,
            "camera": matrix,
            "landmarks": pixels,
            "landmarks_3d": points,
            "alpha": np.round(255 * np.clip(rendered[..., 3], 0, 1)).astype(np.uint8),
            "family": np.array(shot.family),
            "albedo": np.round(255 * albedo).astype(np.uint8),
            "parts": np.where(seen[..., 3] > 0.5, np.round(seen[..., 0]) + 1, 0).astype(np.uint8),
        }
    )
    cv2.imwrite(str(folder / f"{shot.name}.png"), picture[..., ::-1])
    (folder / f"{shot.name}.npz").write_bytes(truth)


def _pose(shot: Shot, head: KnownHead, focal: float) -> Pose:
    rotation = Rotation.from_euler("zxy", [-shot.roll, shot.pitch, shot.yaw], degrees=True).as_matrix()
    middle = head.landmarks[17:].mean(axis=0)
    # From brows to chin, and as much again for forehead, crown and neck.
    face = 2.0 * np.linalg.norm(head.landmarks[27] - head.landmarks[8])
    distance = focal * face / (shot.share * SIZE)
    place = np.array([*(np.array(shot.offset) * distance * SIZE / focal), -distance])
    return Pose(rotation, place - rotation @ middle)


def _hand(landmarks: np.ndarray, data: Path, rng) -> Mesh:
    """A hand before a face whose (68, 3) landmarks stand before the camera."""
    hand = load_hand(data)
    target = landmarks[int(rng.choice([3, 13, 8, 48, 54, 33, 19, 24]))]
    placed = held_before(hand, rng, target, float(rng.uniform(0.85, 1.1)))
    return Mesh.from_faces(placed, hand.faces.triangles.numpy(), name="hand")


def _ball(centre: np.ndarray, radius: float) -> Mesh:
    down, around = np.linspace(0.0, np.pi, 24), np.linspace(0.0, 2.0 * np.pi, 48, endpoint=False)
    points = np.stack(
        [np.outer(np.sin(down), f(around)) for f in (np.cos, np.sin)] + [np.outer(np.cos(down), np.ones(48))], axis=2
    )
    row, column = (k.ravel() for k in np.mgrid[:23, :48])
    beside = (column + 1) % 48
    corners = (48 * row + column, 48 * row + 48 + column, 48 * row + 48 + beside, 48 * row + beside)
    return Mesh.from_faces(centre + radius * points.reshape(-1, 3), np.stack(corners, axis=1), name="microphone")


def _developed(rendered: np.ndarray, landmarks: np.ndarray, shot: Shot, dark: bool, rng) -> np.ndarray:
    """(H, W, 3) uint8 sRGB: exposed for the face, before a background, with a camera's noise."""
    hull = np.zeros(rendered.shape[:2], np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.round(landmarks).astype(np.int32)), 1)
    seen = (hull > 0) & (rendered[..., 3] > 0.99)
    luminance = rendered[..., :3] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    gain = _EXPOSURE[dark] * rng.uniform(0.8, 1.2) / max(float(np.median(luminance[seen])), 1e-4)
    light = np.minimum(gain * rendered[..., :3], 1.0)
    background = srgb_to_linear(np.ascontiguousarray(_background(shot.background, rng), np.float32))
    mixed = linear_to_srgb(light + (1.0 - np.clip(rendered[..., 3:], 0, 1)) * background)
    noisy = mixed + rng.normal(0, rng.uniform(0.002, 0.008), mixed.shape)
    return np.round(255 * np.clip(noisy, 0, 1)).astype(np.uint8)


def _background(kind: str, rng) -> np.ndarray:
    one, other = rng.uniform(0.15, 0.9, (2, 3))
    down = np.linspace(0, 1, SIZE)[:, None, None]
    if kind == "plain":
        return np.broadcast_to(one, (SIZE, SIZE, 3))
    if kind == "gradient":
        return np.broadcast_to((1 - down) * one + down * other, (SIZE, SIZE, 3))
    blotches = sum(
        weight * cv2.resize(rng.normal(size=(size, size, 3)), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        for size, weight in ((6, 0.14), (24, 0.08), (96, 0.04))
    )
    return np.clip(one + blotches, 0, 1)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
