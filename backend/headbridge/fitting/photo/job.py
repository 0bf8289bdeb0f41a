"""What a fit to photos takes and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...models.catalogue import FITTED_TO_PHOTOS
from ...settings import device_setting, model_file_setting, scale_setting, seed_setting, setting, size_setting
from ...verdict import Verdict
from ..job import FitResult, identities_setting

if TYPE_CHECKING:
    # Compute libraries take a moment to load, so naming the job does without.
    from ...images import Image
    from ...images.photo import Photo
    from ...texture.job import TextureModel
    from ..dense_images import DenseImage
    from .inner_parts import InnerParts
    from .kept_fit import KeptFit
    from .state import PhotoState

DETECTED, CALIBRATED, IBUG = "detected", "calibrated", "ibug"
"""Orders of landmarks: the face detector's 478 points, the same after `detection.calibration`, and iBUG's 68."""


def model_setting():
    """The setting `model` of jobs that fit heads to photos."""
    return setting(
        "flame",
        label="Model",
        help="Head to fit: flame (the user's model file where there is one, else the open head) or hack.",
        choices=FITTED_TO_PHOTOS,
    )


def photo_model_file_setting():
    """The setting `model_file` of jobs that fit heads to photos."""
    return model_file_setting(
        "FLAME model file or HACK folder to fit; left out, the one in the model folders, else the open head."
    )


def face_setting():
    """The setting `face` of jobs that fit heads to photos."""
    return setting(
        1, label="Face", help="Which face of a picture with several, the largest being 1.", minimum=1, maximum=100
    )


@dataclass(frozen=True)
class FitPhotoSettings:
    """Settings of a fit to photos."""

    model: str = model_setting()
    model_file: str = photo_model_file_setting()
    identities: str = identities_setting()
    identity: str = setting(
        "",
        label="Identity",
        help="File with an identity to start from and to hold to: MICA's identity.npy (with your FLAME 2020 model file), or a "
        "neutral head such as MICA's mesh.ply.",
    )
    detector: str = setting(
        "mediapipe",
        label="Landmarks",
        help="What finds the landmarks where none are given; face-alignment has to be installed.",
        choices=("mediapipe", "face-alignment"),
    )
    parser_file: str = setting(
        "",
        label="Face parser",
        help="Your face-parsing network (.onnx, CelebAMask-HQ's 19 classes): it says which pixels show the face where no "
        "mask is given; left out, the one that ships.",
    )
    hair: str = setting(
        "remove",
        label="Hair",
        help="What the scalp gets: its own skin (remove), or the hair that the photos show (paint).",
        choices=("remove", "paint"),
    )
    face: int = face_setting()
    focal: float = setting(
        0.0,
        label="Focal length",
        help="35 mm equivalent (by the picture's diagonal) of the lens; 0 takes it from EXIF data, or estimates it.",
        unit="mm",
        minimum=0.0,
        maximum=10_000.0,
    )
    size: int = size_setting(1024, "the texture", 256, 4096)
    working_size: int = setting(
        512,
        label="Working size",
        help="The face is fitted in a crop of at most so many pixels a side.",
        minimum=128,
        maximum=2048,
        unit="px",
    )
    iterations: int = setting(
        0,
        label="Iterations",
        help="At most so many steps in every stage; 0 lets the stages end by themselves.",
        minimum=0,
        maximum=1000,
    )
    landmarks_only: bool = setting(
        False,
        label="Landmarks only",
        help="Fit shape, pose and camera to the landmarks alone, without light or texture.",
    )
    texture: str = setting(
        "open",
        label="Texture model",
        help="open; flame_texture, albedo_mm, flame_albedo_from_bfm or ffhq_uv (your file in the model folders); "
        "open-generator; or a file of a texture space (.npz) or of a StyleGAN2 generator (.safetensors .pth).",
    )
    latents: str = setting(
        "w+",
        label="Latents",
        help="Where a generator's texture is looked for: z on its sphere, one w, or a w for every layer (w+).",
        choices=("z", "w", "w+"),
    )
    renderer: str = setting(
        "headbridge",
        label="Renderer",
        help="What finds the triangles that a generator's texture is seen on: HeadBridge's own rasteriser, or pytorch3d, which "
        "has to be installed and takes far longer.",
        choices=("headbridge", "pytorch3d"),
    )
    detail: bool = setting(
        True, label="Detail", help="Take the texture's fine detail from the photo; without, it is the texture model's."
    )
    completion: str = setting(
        "symmetric",
        label="Completion",
        help="What lies behind the other half of the face where no photo shows anything: the texture model as it was "
        "fitted (symmetric), or the inpainting network's picture.",
        choices=("network", "symmetric"),
    )
    inner_parts: str = setting(
        "open-mouth",
        label="Inner parts",
        help="Teeth, gums and tongue in the photos' tone: where a mouth is open, always or never. HACK, which has no "
        "eyes, always gets them, and eyes, unless never.",
        choices=("open-mouth", "always", "never"),
    )
    prior: float = scale_setting("Prior", "how firmly coefficients are held near the mean head's.", 100.0, 0.01)
    device: str = device_setting()
    seed: int = seed_setting("Seed of what is random in the job.")


@dataclass(frozen=True, eq=False)
class PhotoLandmarks:
    """Landmarks of one face in a photo.

    points : (N, 2) column and row in the photo's pixels, the first pixel's centre at 0.5.
    numbers : (N,) which of `order`'s points each is. order : "detected" (the face detector's 478) or "ibug" (68).
    exact : (N,) bool, points placed by hand, to be followed closely; None where none was. notes : what was assumed, one
    sentence each.
    """

    points: np.ndarray
    numbers: np.ndarray
    order: str
    exact: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    def subset(self, chosen: np.ndarray) -> PhotoLandmarks:
        """Those of the (N,) bool chosen."""
        exact = None if self.exact is None else self.exact[chosen]
        return PhotoLandmarks(self.points[chosen], self.numbers[chosen], self.order, exact)


@dataclass(frozen=True, eq=False)
class PhotoView:
    """One photo to fit.

    landmarks : None finds them. mask : (H, W) bool of the pixels to fit (skin), None finds them. pins : points moved by
    hand, on top of the landmarks: the head follows them where they are and stays where it was elsewhere. left_out : (K,)
    numbers of iBUG's landmarks that the head is not to follow, whatever is found or given there; or None. dense : another
    predictor's image of places on FLAME's head, normals or both, of the photo's size; or None."""

    photo: Photo
    landmarks: PhotoLandmarks | None = None
    mask: np.ndarray | None = None
    pins: PhotoLandmarks | None = None
    left_out: np.ndarray | None = None
    dense: DenseImage | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What reading it had to say."""
        return (*self.photo.notes, *(() if self.landmarks is None else self.landmarks.notes))


@dataclass(frozen=True, eq=False)
class FitPhotoInput:
    """Photos of one person.

    previous : the state of an earlier fit to the same number of views, such as the frame before, to start from; or
        None. keep_identity : leave its identity as it is. kept : what `FitPhotoResult.kept` was of a fit to the same photos
        with the same settings, which is then not fitted again: pins alone move it; of other photos or settings it is
        not used. With None all is fitted."""

    views: tuple[PhotoView, ...]
    previous: PhotoState | None = None
    keep_identity: bool = False
    kept: KeptFit | None = None


@dataclass(frozen=True, eq=False)
class PhotoCamera:
    """A pinhole camera.

    matrix : (3, 3) K for screen coordinates (first pixel's centre at 0.5). rotation (3, 3), translation (3,) mm : from
    the model's frame, in which the head stands upright at its place, to OpenCV's camera axes: R x + t.
    width, height : the picture's pixels.
    """

    matrix: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class FittedLandmarks:
    """Landmarks in a photo and on the fitted head.

    order, numbers (N,) : as `PhotoLandmarks` has them. given, fitted : (N, 2) pixels, in the photo and of the model.
    weights : (N,) how far they counted, 0 (hidden or not followed) to 1.
    """

    order: str
    numbers: np.ndarray
    given: np.ndarray
    fitted: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class StageLog:
    """What a stage did: its loss (-2 log posterior of its own terms) before and after, steps and seconds."""

    name: str
    loss_before: float
    loss_after: float
    steps: int
    seconds: float


@dataclass(frozen=True, eq=False)
class FittedView:
    """The head in one photo.

    fit : upright at the origin (root and translation zero), with this photo's expression. light : (9, 3) in the basis
    of `render.lighting`, normals in the upright camera frame; None without a photometric fit.
    overlay, render : (H, W, 3) uint8 sRGB, the head drawn over the photo, and alone; None where not drawn.
    skin : (H, W) how far each pixel shows the head's own skin, 0..1; None without a photometric fit. parse : (H, W) uint8,
    what each pixel shows by the numbers of `detection.parsing.classes.CLASSES`; None without a photometric fit.
    """

    name: str
    fit: FitResult
    camera: PhotoCamera
    landmarks: FittedLandmarks
    light: np.ndarray | None = None
    overlay: np.ndarray | None = None
    render: np.ndarray | None = None
    skin: np.ndarray | None = None
    parse: np.ndarray | None = None
    metrics: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class PhotoTexture:
    """One picture per tile (u, v) of the head's layout, UDIM 1001 being (0, 0).

    images : the head's texture. coverages : (H, W) uint8, 255 where the colours are the photo's own."""

    images: dict[tuple[int, int], Image]
    coverages: dict[tuple[int, int], np.ndarray]


@dataclass(frozen=True, eq=False)
class FitPhotoResult:
    """A head fitted to photos.

    fit : that of the first view. views : one per photo that was fitted. used : which of the photos given each is; those in
    which no face was found are left out. verdict : what is to be looked at. texture, texture_model, turntable and relit
    ((H, W, 3) uint8 sRGB) : None with `landmarks_only`. state : to start the next frame from. kept : to fit the same
    photos again from. parts : behind the lips, where the fit has any. metrics : JSON-able numbers. notes : sentences.
    """

    fit: FitResult
    views: tuple[FittedView, ...]
    used: tuple[int, ...]
    state: PhotoState
    kept: KeptFit
    stages: tuple[StageLog, ...]
    verdict: Verdict = Verdict()
    texture: PhotoTexture | None = None
    texture_model: TextureModel | None = None
    turntable: np.ndarray | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    parts: InnerParts | None = None
    relit: np.ndarray | None = None
