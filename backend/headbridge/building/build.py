"""A texture space of photos."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..cache import content_key
from ..errors import Cancelled, InputError
from ..memory import check_memory
from ..mesh.udim import occupied_tiles
from ..progress import Progress
from ..texture.inpainting.network import InpaintingNetwork
from ..texture.load import space_key
from ..texture.principal_components import principal_components
from ..texture.space import TextureSpace
from ..topologies import load_builtin
from .collecting import SkippedImage, UsedImage, stored_texture, unwrap_images
from .completing import TextureCompletion
from .images import find_images
from .job import BuildTextureSpaceSettings
from .training import start_network, train_on_visible
from .unwrapping import Unwrap
from .work_folder import WorkFolder

_COMPLETED, _NETWORK = "completed", "network"
# Where the file of a network holds how well it learned.
_METRIC = "metric "
_FEWEST = 2
# Explained by so many components is what the report tells.
_FIRST = 5
_ROWS = 65536


@dataclass(frozen=True, eq=False)
class BuiltSpace:
    """space : of the completed textures. explained : (K,) share of their variance along each component. used, skipped :
    the images. metrics : JSON-able. notes : sentences for the user."""

    space: TextureSpace
    explained: np.ndarray
    used: tuple[UsedImage, ...]
    skipped: tuple[SkippedImage, ...]
    metrics: dict[str, Any]
    notes: tuple[str, ...]


def build_texture_space(
    paths: Sequence[str | Path],
    name: str,
    work: str | Path,
    settings: BuildTextureSpaceSettings,
    unwrap: Unwrap,
    progress: Progress,
) -> BuiltSpace:
    """Unwrap the images (files, and folders of them), complete their textures, and find the principal components.

    name : of the space. work : folder for what is finished; a build that was stopped goes on there and gives the same
    space. Raises `InputError` for folders without images, fewer than two usable images, and a work folder of another
    layout or that may not be written; `HeadBridgeError` for what no image is to blame for; `Cancelled`."""
    images = find_images(paths)
    folder = WorkFolder(work, unwrap.layout)
    try:
        return _built(images, name, folder, settings, unwrap, progress)
    except Cancelled:
        raise Cancelled(f"Cancelled; the same command goes on with what is finished in {folder.path}.") from None


def _built(
    images: tuple[Path, ...],
    name: str,
    folder: WorkFolder,
    settings: BuildTextureSpaceSettings,
    unwrap: Unwrap,
    progress: Progress,
) -> BuiltSpace:
    started = time.perf_counter()
    layout = unwrap.layout
    # Before hours are spent on fits.
    needed = 4 * math.prod(_shape(layout, settings)) * (len(images) + min(len(images), settings.components))
    check_memory(needed, f"A texture space of {len(images)} textures of {settings.size}")
    used, skipped = unwrap_images(images, unwrap, folder, progress.part(0.0, 0.85))
    _check_enough(used, skipped)
    notes, metrics = [], {}
    network = None
    if settings.completion == "network":
        network, metrics["training"] = _trained(used, settings, layout, folder, progress.part(0.85, 0.93))
        if not metrics["training"].get("taken", True):
            notes.append("The inpainting network did not learn from these images and was taken as it ships.")
    samples = _completed(used, network, settings, layout, folder, progress.part(0.93, 0.98))
    shape = samples.shape[:-1]
    samples = samples.reshape(-1, len(used))
    mean, components = principal_components(samples, settings.components, progress=progress.part(0.98, 1.0))
    if not components.shape[1]:
        raise InputError("All images give the same texture; give photos of different people.")
    explained = _explained(samples, mean, components)
    labels = tuple(f"component {number + 1}" for number in range(components.shape[1]))
    notes.append(f"Texture space: {len(labels)} components of {len(used)} images.")
    tiles = tuple(occupied_tiles(load_builtin(layout)))
    space = TextureSpace(layout, name, tiles, mean.reshape(shape), components.reshape(*shape, -1), labels, tuple(notes))
    metrics |= {
        "images": len(used),
        "skipped": len(skipped),
        "components": len(labels),
        "explained_by_first_5": float(explained[:_FIRST].sum()),
        "seconds": time.perf_counter() - started,
    }
    progress.report(1.0, "Done")
    return BuiltSpace(space, explained, used, skipped, metrics, tuple(notes))


def _check_enough(used: tuple[UsedImage, ...], skipped: tuple[SkippedImage, ...]) -> None:
    if len(used) >= _FEWEST:
        return
    why = f" ({skipped[0].name}: {skipped[0].reason})" if skipped else ""
    raise InputError(
        f"A texture space needs at least {_FEWEST} usable images, but there {'is' if len(used) == 1 else 'are'} "
        f"{len(used)} among {len(used) + len(skipped)}{why}; give photos in which a face can be seen."
    )


def _trained(
    used: tuple[UsedImage, ...],
    settings: BuildTextureSpaceSettings,
    layout: str,
    folder: WorkFolder,
    progress: Progress,
) -> tuple[InpaintingNetwork, dict[str, float | bool]]:
    """The inpainting network, from the work folder where it was trained before."""
    start = start_network()
    keys = [image.key for image in used]
    key = content_key(_NETWORK, keys, _arrays(start), settings.steps, settings.seed, settings.device)
    stored = folder.get(_NETWORK, key)
    if stored is None:

        def read(number: int) -> tuple[np.ndarray, np.ndarray]:
            return stored_texture(folder, keys[number])

        start, errors = train_on_visible(
            read, len(keys), layout, settings.steps, settings.seed, settings.device, progress
        )
        stored = _arrays(start) | {f"{_METRIC}{name}": np.array(value) for name, value in errors.items()}
        folder.put(_NETWORK, key, stored)
    metrics = {n.removeprefix(_METRIC): stored.pop(n).item() for n in sorted(stored) if n.startswith(_METRIC)}
    start.load_state_dict({name: torch.from_numpy(array) for name, array in stored.items()})
    return start.eval().requires_grad_(False), metrics


def _arrays(network: InpaintingNetwork) -> dict[str, np.ndarray]:
    return {name: tensor.numpy(force=True) for name, tensor in network.state_dict().items()}


def _completed(
    used: tuple[UsedImage, ...],
    network: InpaintingNetwork | None,
    settings: BuildTextureSpaceSettings,
    layout: str,
    folder: WorkFolder,
    progress: Progress,
) -> np.ndarray:
    """(T, S, S, 3, N) float32 encoded sRGB 0..1, the completed textures of the N images."""
    samples = np.empty((*_shape(layout, settings), len(used)), np.float32)
    complete = TextureCompletion(layout, settings.size, network, settings.device, settings.texture)
    guess = (settings.completion, space_key(settings.texture)) if network is None else _arrays(network)
    for number, image in enumerate(used):
        part = progress.part(number / len(used), (number + 1) / len(used))
        part.report(0.0, f"{image.name} ({number + 1} of {len(used)}): completing the texture")
        key = content_key(_COMPLETED, image.key, guess)
        stored = folder.get(_COMPLETED, key)
        if stored is None:
            stored = {_COMPLETED: complete(*stored_texture(folder, image.key), part)}
            folder.put(_COMPLETED, key, stored)
        samples[..., number] = stored[_COMPLETED]
    samples /= np.float32(255.0)
    return samples


def _shape(layout: str, settings: BuildTextureSpaceSettings) -> tuple[int, int, int, int]:
    """(T, S, S, 3) of a texture."""
    return len(occupied_tiles(load_builtin(layout))), settings.size, settings.size, 3


def _explained(samples: np.ndarray, mean: np.ndarray, components: np.ndarray) -> np.ndarray:
    """(K,) share of the variance of (D, N) samples along each of the (D, K) components."""
    total = 0.0
    for start in range(0, len(samples), _ROWS):
        rows = slice(start, start + _ROWS)
        total += float(np.square(samples[rows] - mean[rows, None], dtype=np.float64).sum())
    lengths = np.einsum("dk,dk->k", components, components, dtype=np.float64)
    return lengths * (samples.shape[1] - 1.0) / total
