"""The textures of a generator along the widest directions of its styles, in the layout of a built-in head."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from ...errors import InputError
from ...images import Image
from ...mesh.udim import Tile, occupied_tiles
from ...models.catalogue import LAYOUTS
from ...progress import Progress
from ...topologies import load_builtin
from ..atlas.layout import HeadLayout
from ..generators import generator_file
from ..space import checked_coefficients
from .latent_fit import texture_of
from .latents import WhitenedW
from .textures import TextureGenerator, load_texture_generator

# No direction is cut off: coefficients are the user's.
_NO_TRUNCATION = float("inf")


@dataclass(frozen=True, eq=False)
class GeneratedSpace:
    """Textures of K coefficients, standard deviations of w along its directions, the widest first.

    layout : "flame" or "hack"; name : what to call the generator; tiles : (u, v) of the layout's tiles.
    uvs : (C, 2) the generator's own layout on the corners of the built-in head. latents : w in standard deviations.
    """

    layout: str
    name: str
    tiles: tuple[Tile, ...]
    count: int
    textures: TextureGenerator
    uvs: np.ndarray
    latents: WhitenedW

    @property
    def labels(self) -> tuple[str, ...]:
        """(K,) names for sliders."""
        return direction_labels(self.count)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user on where the textures come from."""
        side = self.resolution
        return (f"Texture generator: {self.textures.label}, {side} x {side}, its {self.count} widest directions.",)

    @property
    def resolution(self) -> int:
        """Pixels along a side of the generator's whole picture."""
        return self.textures.generator.shape.resolution

    def check_coefficients(self, coefficients: np.ndarray) -> np.ndarray:
        """Up to K coefficients as (k,) float32; `InputError` for more, or numbers that are not finite."""
        return checked_coefficients(coefficients, self.count, f"The texture generator {self.name}")

    def image(
        self,
        coefficients: np.ndarray,
        size: int,
        styles: np.ndarray | None = None,
        kept: float = 1.0,
        resolution: int | None = None,
    ) -> dict[Tile, Image]:
        """The texture of up to K coefficients (the others are 0) as a picture of `size` texels per tile.

        styles : (N, D) those of a texture found elsewhere; what the K coefficients cannot say of them is added, times
        `kept`. resolution : the generator makes its coarse picture of at most so many pixels, which takes less time.
        Raises `InputError` for those of another generator."""
        values = torch.from_numpy(self.check_coefficients(coefficients))
        generator = self.textures.generator
        with torch.no_grad():
            latents = torch.zeros_like(self.latents.start) if styles is None else kept * self._rest(styles)
            latents[:, latents.shape[1] - len(values) :] += widest_first(values)
            texture = texture_of(generator, self.latents.styles(latents), self._resolution(resolution))[0]
        layout = _packed_layout(self.layout, size)
        return layout.images(layout.transferred(texture.clamp(0.0, 1.0).numpy(), self.uvs))

    def _resolution(self, most: int | None) -> int:
        """The largest that is at most so large, else the smallest."""
        offered = self.textures.generator.shape.resolutions
        return max((each for each in offered if most is None or each <= most), default=min(offered))

    def _rest(self, styles: np.ndarray) -> torch.Tensor:
        """(N, D) latents of styles, without the layers' mean along the K directions."""
        wanted = (self.textures.generator.shape.style_count, self.latents.start.shape[1])
        if styles.ndim != 2 or styles.shape[0] not in (1, wanted[0]) or styles.shape[1] != wanted[1]:
            raise InputError(
                f"Styles of shape {styles.shape} are not of {self.textures.label}, which has {wanted}; fit the texture "
                "again."
            )
        if not np.isfinite(styles).all():
            raise InputError("Styles of a texture should be finite numbers.")
        latents = self.latents.latents(torch.from_numpy(np.asarray(styles, np.float32)))
        latents[:, wanted[1] - self.count :] -= latents[:, wanted[1] - self.count :].mean(dim=0)
        return latents


def direction_labels(count: int) -> tuple[str, ...]:
    """Names of a generator's directions for sliders."""
    return tuple(f"direction {number + 1}" for number in range(count))


def widest_first(latents: torch.Tensor) -> torch.Tensor:
    """Latents (..., D) along w's directions, whose order is that of their deviations, the other way round."""
    return latents.flip(-1)


@lru_cache(maxsize=2)
def _packed_layout(layout: str, size: int) -> HeadLayout:
    """Finding what lies under the texels takes longer than a small generator does."""
    return HeadLayout(load_builtin(layout), size)


def load_generated_space(name: str, layout: str, count: int, progress: Progress | None = None) -> GeneratedSpace:
    """The textures of a generator (`load_texture_generator`) in the layout "flame" or "hack" by its `count` widest
    directions, or all it has. What was read is kept for the next call while the file stays as it is.

    Raises `InputError` for another layout or count, and as `load_texture_generator` does."""
    if layout not in LAYOUTS:
        raise InputError(f"There are no textures in the layout '{layout}'; choose one of flame, hack.")
    if count < 1:
        raise InputError(f"A texture generator should have at least one direction, not {count}.")
    progress = progress or Progress()
    progress.report(0.0, "Reading the texture generator")
    path = generator_file(name)
    # A file that is not there is for the reader to say.
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    textures, latents = _read(name, changed)
    progress.report(0.3, "Finding the generator's layout on the head")
    head = load_builtin(layout)
    uvs = _corner_uvs(name, changed, layout)
    count = min(count, latents.start.shape[1])
    return GeneratedSpace(layout, name, tuple(occupied_tiles(head)), count, textures, uvs, latents)


@lru_cache(maxsize=1)
def _read(name: str, _changed: int) -> tuple[TextureGenerator, WhitenedW]:
    textures = load_texture_generator(name)
    return textures, WhitenedW(textures.generator, layers=1, truncation=_NO_TRUNCATION, spread=0.0)


@lru_cache(maxsize=2)
def _corner_uvs(name: str, changed: int, layout: str) -> np.ndarray:
    textures, head = _read(name, changed)[0], load_builtin(layout)
    same = np.array_equal(textures.head.corners, head.corners)
    return textures.head.uvs if same else textures.corner_uvs(head)
