"""MakeHuman's CC0 skins transferred into the UV layouts of FLAME and HACK: the data of the open texture space.

Skins were painted on the base mesh with a sex and an age; it takes that shape before the heads are laid onto it, so that
wrinkles and lips of the paint meet those of the shape.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from headbridge.fitting.scan.job import FitScanSettings
from headbridge.fitting.scan.texture import scan_texture
from headbridge.images import Image, read_image
from headbridge.mesh import Mesh
from headbridge.mesh.udim import Tile
from headbridge.progress import Progress
from headbridge.registration import RegisterInput, RegisterSettings
from headbridge.registration.register import register
from headbridge.texture.open_space import PADDING_SHARE
from headbridge.topologies import load_builtin, load_topology
from headbridge.topologies.builtin import asset_path

from . import facial_features
from .makehuman_head import MILLIMETRES

LAYOUTS = ("flame", "hack")
# Texels of the tile with the face, and of others; JPEG quality.
SIZE, OTHER_SIZE, QUALITY = 1024, 512, 88
# The skins' words for the morph targets': MakeHuman's middle age lies half way between its young and its old.
ANCESTRY = {"darkskinned": "african", "lightskinned": "caucasian"}
AGES = {"young": {"young": 1.0}, "middleage": {"young": 0.5, "old": 0.5}, "old": {"old": 1.0}}


@dataclass(frozen=True)
class Skin:
    """A skin texture's file and the morph targets, with their weights, of the head it was painted on."""

    path: Path
    name: str
    targets: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, path: Path) -> Skin:
        """Read off the name: "young_lightskinned_female_diffuse2.jpg"."""
        age, tone, sex, kind = path.stem.split("_")
        targets = tuple((f"{ANCESTRY[tone]}-{sex}-{word}", weight) for word, weight in AGES[age].items())
        return cls(path, "_".join([age, tone, sex, kind.removeprefix("diffuse") or "1"]), targets)


def build(folder: Path, layout: str) -> dict[str, np.ndarray]:
    """The arrays of texture_<layout>.npz from the MakeHuman folder: `names` (N,); `tiles` (T, 2); `jpeg`, the files of
    every skin's tiles one behind the other; `ends` (N, T), where each ends. Of F drawn features: `feature_labels` (F,);
    `feature_jpeg` and `feature_ends` (F, T), grey pictures of their areas, level 128 + 127 x; `feature_sigmas` and
    `feature_means` (F, 3), sRGB."""
    skins = [Skin.of(path) for path in sorted((folder / "skins").glob("*.jpg"))]
    head = _BaseHead(folder)
    template, topology = load_builtin(layout), load_topology(layout)
    files: list[bytes] = []
    for skin in skins:
        shaped = head.shaped(skin.targets)
        lying = head.with_head_on(layout, skin.targets)
        settings = FitScanSettings(size=SIZE)
        texture, _ = scan_texture(shaped, read_image(skin.path), template, topology, lying, settings, Progress())
        tiles = sorted(texture.images)
        files += [_jpeg(texture.images[tile], _size(tile)) for tile in tiles]
    jpeg, ends = _joined(files, len(skins))
    features = facial_features.build(layout, tuple(tiles), SIZE, round(PADDING_SHARE * SIZE))
    areas = [
        (Image((128.0 + 127.0 * area) / 255.0), tile) for feature in features for area, tile in zip(feature.area, tiles)
    ]
    feature_jpeg, feature_ends = _joined([_jpeg(area, _size(tile)) for area, tile in areas], len(features))
    return {
        "names": np.array([skin.name for skin in skins]),
        "tiles": np.array(tiles, np.int32),
        "jpeg": jpeg,
        "ends": ends,
        "feature_labels": np.array([feature.label for feature in features]),
        "feature_jpeg": feature_jpeg,
        "feature_ends": feature_ends,
        "feature_sigmas": np.array([feature.sigma for feature in features], np.float32),
        "feature_means": np.array([feature.mean for feature in features], np.float32),
    }


def _size(tile: Tile) -> int:
    return SIZE if tile == (0, 0) else OTHER_SIZE


def _joined(files: list[bytes], count: int) -> tuple[np.ndarray, np.ndarray]:
    """All files one behind the other, and (count, ...) where each ends."""
    ends = np.cumsum([len(file) for file in files]).reshape(count, -1)
    return np.frombuffer(b"".join(files), np.uint8), ends


class _BaseHead:
    """The head of the base mesh, its morph targets, and other heads laid onto it."""

    def __init__(self, folder: Path):
        self._folder, self._mesh = folder / "targets", load_builtin("makehuman")
        with np.load(asset_path("makehuman.npz"), allow_pickle=False) as stored:
            self._original = stored["original_vertices"]

    @cache  # noqa: B019
    def _delta(self, name: str) -> np.ndarray:
        """(V, 3) mm."""
        moved = np.zeros((int(self._original.max()) + 1, 3))
        with gzip.open(self._folder / f"{name}.target.gz", "rt") as stream:
            for line in stream:
                fields = line.split()
                if len(fields) == 4 and not line.startswith("#") and int(fields[0]) < len(moved):
                    moved[int(fields[0])] = [float(number) for number in fields[1:]]
        return MILLIMETRES * moved[self._original]

    def shaped(self, targets: tuple[tuple[str, float], ...]) -> Mesh:
        moved = sum(weight * self._delta(name) for name, weight in targets)
        return self._mesh.with_vertices(self._mesh.vertices + moved)

    @cache  # noqa: B019
    def with_head_on(self, layout: str, targets: tuple[tuple[str, float], ...]) -> np.ndarray:
        """(V, 3) vertices of the layout's head lying on the shaped base head, in its frame, mm."""
        inputs = RegisterInput(load_builtin(layout), self.shaped(targets))
        return register(inputs, RegisterSettings()).registered


def _jpeg(image: Image, size: int) -> bytes:
    pixels = image.encoded_as("sRGB")
    if size != image.height:
        pixels = cv2.resize(pixels, (size, size), interpolation=cv2.INTER_AREA)
    pixels = np.rint(255.0 * np.clip(pixels, 0.0, 1.0)).astype(np.uint8)[..., ::-1]
    full_colour = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    done, content = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY, *full_colour])
    if not done:
        raise ValueError("OpenCV made no JPEG.")
    return content.tobytes()
