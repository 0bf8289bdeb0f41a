"""``headbridge fit-photo``: a head with expression, camera, light and texture from photos of one person."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..fitting.photo.job import FitPhotoInput, FitPhotoResult, FitPhotoSettings
from ..jobs.fit_photo import FIT_PHOTO, STATE
from ..jobs.photo_views import read_kept, read_view
from .batch_inputs import PHOTOS
from .folder_command import FolderCommand
from .metrics_table import time_lines

_DESCRIPTION = """Fit a head to IMAGE, a photo (.jpg .heic .avif .png .tif .webp .exr); several photos show the same person.
Written to DIR: head.npz (coefficients), head.obj with head.mtl and texture.png in the head's UV layout, coverage.png
(white where the texture's colours are the photo's own; for hack one of each per UDIM tile), overlay.png and render.png
(the head drawn over the photo, and alone; of several photos view_01_overlay.png and so on), turntable.png, relit.png (the
head under other lights), inner_parts.obj with its texture (teeth, gums and tongue, where a mouth is open), fit.json
(cameras, light, losses, metrics) and state.npz (for --again). head.obj stands upright at the origin, in millimetres; the
cameras of fit.json show
it as the photos do."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="photo")
    parser.add_argument(
        "--landmarks",
        action="append",
        metavar="FILE",
        help="landmarks in the upright photo's pixels (.npy .json .pts), instead of finding them; once per photo",
    )
    parser.add_argument(
        "--mask",
        action="append",
        metavar="FILE",
        help="image of the photo's size, white where its skin is; once per photo",
    )
    parser.add_argument(
        "--pins",
        action="append",
        metavar="FILE",
        help="points moved by hand, by their names (.json), which the head follows where they are; once per photo",
    )
    parser.add_argument(
        "--again",
        metavar="DIR",
        help="folder of an earlier fit of the same photos, which is kept as it was but for the pins",
    )
    parser.add_argument(
        "--dense-uv",
        action="append",
        metavar="FILE",
        help="another predictor's image of the photo's size: FLAME's u and v in red and green, valid in alpha; once per "
        "photo",
    )
    parser.add_argument(
        "--normals",
        action="append",
        metavar="FILE",
        help="another predictor's normals in the camera's frame (right, up, towards the camera) as (n + 1) / 2; once per "
        "photo",
    )


def _read(parsed: argparse.Namespace, settings: FitPhotoSettings) -> FitPhotoInput:
    options = {"--landmarks": parsed.landmarks, "--mask": parsed.mask, "--pins": parsed.pins}
    options |= {"--dense-uv": parsed.dense_uv, "--normals": parsed.normals}
    files = [_one_per_photo(option, given, len(parsed.images)) for option, given in options.items()]
    views = tuple(map(read_view, parsed.images, *files))
    return FitPhotoInput(views, kept=None if parsed.again is None else read_kept(Path(parsed.again) / STATE))


def _one_per_photo(option: str, files: list[str] | None, count: int) -> list[str | None]:
    if files is None:
        return [None] * count
    if len(files) != count:
        raise InputError(f"There are {count} photos, but {option} is given {len(files)} times; give it once per photo.")
    return files


def _lines(result: FitPhotoResult, *_) -> list[str]:
    lines = list(result.notes)
    for view in result.views:
        lines.append(f"{view.name}: {', '.join(_measures(view.metrics))}")
    lines += [
        f"{stage.name}: loss {stage.loss_before:.5g} to {stage.loss_after:.5g} in {stage.steps} steps, "
        f"{stage.seconds:.2f} s"
        for stage in result.stages
    ]
    if "identity_sigmas" in result.metrics:
        sigmas = result.metrics["identity_sigmas"]
        lines.append(f"identity: {sigmas:.2f} standard deviations (root mean square)")
    return [*lines, *time_lines(result.metrics)]


def _measures(metrics: dict[str, Any]) -> list[str]:
    parts = [f"landmarks {metrics['landmark_error']:.2%} of the outer eye distance off"]
    for key, label in (("psnr_model", "by the texture model"), ("psnr", "with detail")):
        if key in metrics:
            parts.append(f"{metrics[key]:.1f} dB {label}")
    return parts


define = FolderCommand(FIT_PHOTO, _DESCRIPTION, _arguments, _read, _lines, judged=True, batch=PHOTOS).define
