"""DECA's codes, a pickled dictionary a frame, as its users save them."""

from __future__ import annotations

import io

import numpy as np

from ...errors import InputError
from ...models.flame.layouts import DECA
from ..sequence import JOINT, ORTHOGRAPHIC, Sequence
from ..trackers.cameras import FLIP
from .placing import flame_parameters

_SIZE, _PIXEL = 224, 1e-3
_TEXTURE = 50


def deca_files(sequence: Sequence, _model_file: str) -> list[tuple[str, bytes]]:
    """Names and contents of the files. Raises `InputError` for what they cannot say: neck, eyes, eyelids, translation,
    offsets, a perspective camera, more than 100 identity and 50 expression coefficients."""
    if sequence.static_offset is not None or sequence.dynamic_offset is not None:
        raise InputError(f"{sequence.source}: DECA has no place for offsets.")
    if sequence.root_pivot != JOINT:
        raise InputError(f"{sequence.source}: the head turns about the origin, DECA's about its root joint.")
    arrays = DECA.write(flame_parameters(sequence))
    count = sequence.frame_count
    if sequence.camera_model:
        arrays["cam"] = _camera(sequence)
    for key, array in (("light", sequence.light), ("detail", sequence.detail), ("tex", _texture(sequence))):
        if array is not None:
            arrays[key] = np.broadcast_to(array, (count, *array.shape[1:]))
    files = []
    for number, frame in enumerate(sequence.frame_ids):
        codes = {key: array[number : number + 1].astype(np.float32) for key, array in arrays.items()}
        content = io.BytesIO()
        np.save(content, codes, allow_pickle=True)
        files.append((f"{frame:05d}.npy", content.getvalue()))
    return files


def _texture(sequence: Sequence) -> np.ndarray | None:
    if sequence.texture is None or sequence.texture_space != "flame_texture":
        return None
    return sequence.texture[:, :_TEXTURE]


def _camera(sequence: Sequence) -> np.ndarray:
    """(T, 3) scale and shift."""
    matrices, half = sequence.camera_K, 0.5 * _SIZE
    fits = (
        sequence.camera_model == ORTHOGRAPHIC
        and (sequence.camera_size == _SIZE).all()
        and np.abs(sequence.camera_R - FLIP).max() < 1e-9
        and np.abs(matrices[:, 0, 0] - matrices[:, 1, 1]).max() < _PIXEL
        and np.abs(matrices[:, :2, 2] - half).max() < _PIXEL
    )
    if not fits:
        raise InputError(
            f"{sequence.source}: DECA has an orthographic camera that looks along -z on 224 pixels; this one is another."
        )
    count, unit = sequence.frame_count, 1000.0 / sequence.mm_per_unit
    scale = np.broadcast_to(matrices[:, 0, 0] / half * unit, (count,))
    shift = np.broadcast_to(sequence.camera_t, (count, 3)) / unit
    return np.stack([scale, shift[:, 0], -shift[:, 1]], axis=1)
