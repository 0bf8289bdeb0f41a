"""Unwrapping image after image: what is of no use is named and passed over, what is finished is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..cache import content_key
from ..errors import HeadBridgeError, InputError
from ..images import read_photo
from ..mesh.io.files import read_file
from ..progress import Progress
from .unwrapping import Unwrap
from .work_folder import WorkFolder

UNWRAPPED = "unwrapped"
# Why an image is of no use, and that it is to be tried again next time.
_REFUSED, _BROKEN = "refused", "broken"


@dataclass(frozen=True)
class UsedImage:
    """name : of the image; key : of its texture in the work folder; landmark_error, psnr : as `UnwrappedTexture`;
    share : of the layout's tiles that it shows."""

    name: str
    key: str
    landmark_error: float
    psnr: float
    share: float


@dataclass(frozen=True)
class SkippedImage:
    name: str
    reason: str


def unwrap_images(
    images: Sequence[Path], unwrap: Unwrap, folder: WorkFolder, progress: Progress
) -> tuple[tuple[UsedImage, ...], tuple[SkippedImage, ...]]:
    """Unwrap every image that is not finished in the folder; those that are used, and those that are not and why.

    Raises `Cancelled`, and `HeadBridgeError` for what is no image's fault (a detector that is not installed, a full
    disk); what is finished stays."""
    used: dict[str, UsedImage] = {}
    skipped = []
    for number, path in enumerate(images):
        title = f"{path.name} ({number + 1} of {len(images)})"
        part = _entitled(progress.part(number / len(images), (number + 1) / len(images)), title)
        part.report(0.0, "reading")
        try:
            key = content_key(UNWRAPPED, unwrap.key, read_file(path))
            if key in used:
                raise InputError(f"{path}: the same picture as {used[key].name}.")
        except InputError as problem:
            skipped.append(SkippedImage(path.name, _reason(problem, path)))
            continue
        stored = folder.get(UNWRAPPED, key)
        if stored is None:
            stored = _unwrapped(path, unwrap, part)
            if _BROKEN not in stored:
                folder.put(UNWRAPPED, key, stored)
        if _REFUSED in stored:
            skipped.append(SkippedImage(path.name, str(stored[_REFUSED])))
            continue
        errors = (float(stored[name]) for name in ("landmark_error", "psnr"))
        used[key] = UsedImage(path.name, key, *errors, float(stored["known"].mean()))
    return tuple(used.values()), tuple(skipped)


def stored_texture(folder: WorkFolder, key: str) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (T, S, S, 3) uint8 and known (T, S, S) bool of a finished image."""
    arrays = folder.get(UNWRAPPED, key)
    if arrays is None:
        raise HeadBridgeError(f"{folder.path}: a finished texture was removed or damaged meanwhile; start again.")
    return arrays["pictures"], arrays["known"]


def _unwrapped(path: Path, unwrap: Unwrap, progress: Progress) -> dict[str, np.ndarray]:
    """The arrays of an image: its texture, or why there is none."""
    try:
        texture = unwrap(read_photo(path), progress)
    except InputError as problem:
        return {_REFUSED: np.array(_reason(problem, path))}
    except (HeadBridgeError, MemoryError):
        raise
    except Exception as problem:
        # One picture on which a fit breaks must not cost the others.
        cause = " ".join(str(problem).split())
        return {_REFUSED: np.array(f"unexpected {type(problem).__name__}: {cause}"), _BROKEN: np.array(True)}
    return {
        "pictures": texture.pictures,
        "known": texture.known,
        "landmark_error": np.array(texture.landmark_error),
        "psnr": np.array(texture.psnr),
    }


def _reason(problem: InputError, path: Path) -> str:
    """An error's message without the name of the image it begins with."""
    message = str(problem)
    for name in (str(path), path.name):
        message = message.removeprefix(f"{name}: ")
    return message


def _entitled(progress: Progress, title: str) -> Progress:
    """Progress whose messages say which image they are about; heads of single images are not passed on."""
    return Progress(lambda fraction, message, _: progress.report(fraction, f"{title}: {message}"))
