"""What a fit to a scan takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...mesh import Mesh
from ...mesh.similarity import Similarity
from ...models.catalogue import FITTED_TO_PHOTOS
from ...settings import device_setting, model_file_setting, scale_setting, seed_setting, setting, size_setting
from ...verdict import Verdict
from ..job import FitResult, mesh_identities_setting

if TYPE_CHECKING:
    # Compute libraries take a moment to load, so naming the job does without.
    from ...detection.on_meshes.own_colours import OwnColours, VertexColours
    from ...images import Image
    from .votes import DenseView


@dataclass(frozen=True)
class FitScanSettings:
    """Settings of a fit to a scan."""

    model: str = setting(
        "flame",
        label="Model",
        help="Head to fit: flame (the user's model file where there is one, else the open head) or hack.",
        choices=FITTED_TO_PHOTOS,
    )
    model_file: str = model_file_setting(
        "FLAME model file (such as flame2023.pkl) to fit; left out, the one in the model folders, else the open head."
    )
    identities: str = mesh_identities_setting()
    size: int = size_setting(2048, "the texture", 256, 4096)
    landmark_weight: float = scale_setting(
        "Landmark weight",
        "how firmly the landmarks that were found hold, and the places of dense images; 0 uses them for the alignment only.",
        100.0,
    )
    unseen_views: bool = setting(
        True,
        label="Unseen views",
        help="Measures how like the scan the result looks from views that were not used.",
    )
    device: str = device_setting()
    seed: int = seed_setting()


@dataclass(frozen=True, eq=False)
class FitScanInput:
    """A scan of a head, in any unit, place and orientation.

    texture : of its UV layout, or None. vertex_colours : of its surface, used where there is no texture; or None. notes :
    what reading it had to say. dense : other predictors' images of views of it, each with a camera in the scan's frame and
    unit."""

    scan: Mesh
    texture: Image | None = None
    dense: tuple[DenseView, ...] = ()
    vertex_colours: VertexColours | None = None
    notes: tuple[str, ...] = ()

    @property
    def own_colours(self) -> OwnColours | None:
        """What the scan looks like; None where only its shape is known."""
        if self.texture is not None:
            from ...detection.on_meshes.own_colours import colours_of_image

            return colours_of_image(self.texture)
        return None if self.vertex_colours is None else self.vertex_colours.of


@dataclass(frozen=True, eq=False)
class ScanLandmarks:
    """Landmarks found on a scan: names (N,), points (N, 3) in the scan's frame and unit, spread (N,) mm between the
    views, count (N,) of the views that agree."""

    names: tuple[str, ...]
    points: np.ndarray
    spread: np.ndarray
    count: np.ndarray


@dataclass(frozen=True, eq=False)
class ScanTexture:
    """One picture per tile (u, v) of the head's layout, UDIM 1001 being (0, 0).

    images : the head's texture. coverages : (H, W) uint8, 255 where the colours are the scan's own, 0 where they were
    completed or the layout is empty."""

    images: dict[tuple[int, int], Image]
    coverages: dict[tuple[int, int], np.ndarray]


@dataclass(frozen=True, eq=False)
class FitScanResult:
    """A head fitted to a scan; positions in the scan's frame and unit.

    fit : the coefficients, and the model's head (`fit.vertices`, shape "Model").
    detail : (V, 3) the same topology lying on the scan (shape "Detail").
    pose : from the mean head's millimetres to the scan's frame and unit. mm_per_unit : how long one unit of the scan
        is.
    landmarks, texture (None without one) : what was found and made.
    turntable : (H, W, 3) uint8 sRGB, scan, detail and model from several sides, row by row.
    metrics : JSON-able numbers; millimetres are those of the mean head's size. notes : sentences for the user.
    verdict : that of the registration onto the scan.
    """

    fit: FitResult
    detail: np.ndarray
    pose: Similarity
    mm_per_unit: float
    landmarks: ScanLandmarks
    texture: ScanTexture | None
    turntable: np.ndarray
    metrics: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    verdict: Verdict = Verdict()
