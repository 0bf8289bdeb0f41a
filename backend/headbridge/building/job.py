"""What building texture spaces takes: from photos, and from colours of the Basel Face Model."""

from __future__ import annotations

from dataclasses import dataclass

from ..fitting.photo.job import face_setting, photo_model_file_setting
from ..models.catalogue import FITTED_TO_PHOTOS
from ..settings import device_setting, seed_setting, setting, size_setting


@dataclass(frozen=True)
class ConvertAlbedoSettings:
    """Settings of turning colours of the Basel Face Model into a FLAME albedo."""

    size: int = size_setting(512, "the albedo", 64, 1024)
    components: int = setting(199, label="Components", help="How many components are written.", minimum=1, maximum=199)
    device: str = device_setting("closest points are computed")
    seed: int = seed_setting()


@dataclass(frozen=True)
class BuildTextureSpaceSettings:
    """Settings of building a texture space from photos."""

    model: str = setting(
        "flame",
        label="Model",
        help="Head that is fitted, whose UV layout the space is in: flame (the user's model file where there is one, "
        "else the open head) or hack.",
        choices=FITTED_TO_PHOTOS,
    )
    model_file: str = photo_model_file_setting()
    detector: str = setting(
        "mediapipe",
        label="Landmarks",
        help="What finds the landmarks; face-alignment has to be installed.",
        choices=("mediapipe", "face-alignment"),
    )
    face: int = face_setting()
    size: int = size_setting(512, "the space's textures", 256, 1024)
    working_size: int = setting(
        512,
        label="Working size",
        help="Faces are fitted in a crop of at most so many pixels a side.",
        minimum=128,
        maximum=2048,
        unit="px",
    )
    texture: str = setting(
        "open",
        label="First basis",
        help="Texture space that photos are fitted with; the completion 'space' also takes from it what they do not show: "
        "open; flame_texture, albedo_mm or flame_albedo_from_bfm (your file in the model folders); or a file (.npz).",
    )
    completion: str = setting(
        "space",
        label="Completion",
        help="What fills in what a photo does not show: the likeliest texture of the space that the photos are fitted "
        "with (space), or the inpainting network, trained on what the photos do show (a step of the published recipe "
        "that gains little).",
        choices=("space", "network"),
    )
    steps: int = setting(
        80,
        label="Training steps",
        help="Steps of the network's training on the photos; 0 takes it as it is.",
        minimum=0,
        maximum=100_000,
    )
    components: int = setting(
        200, label="Components", help="How many components are written at most.", minimum=1, maximum=1000
    )
    device: str = device_setting()
    seed: int = seed_setting("Seed of the network's training.")
