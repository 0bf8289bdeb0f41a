"""metrical-tracker's .frame files, one a frame, of a head that stands still."""

from __future__ import annotations

import io

import numpy as np
import torch

from ...errors import InputError
from ...models.flame.data import MILLIMETRES
from ...models.flame.layouts import METRICAL_TRACKER
from ...models.flame.tracker_frame import pytorch3d_pose
from ..sequence import PERSPECTIVE, Sequence
from .placing import still_head

_TEXTURE, _PIXEL = 140, 1e-3


def metrical_tracker_files(sequence: Sequence, model_file: str) -> list[tuple[str, bytes]]:
    """Names and contents of the files. Raises `InputError` for what they cannot say: a neck, offsets, another camera than
    a perspective one with square pixels."""
    if sequence.static_offset is not None or sequence.dynamic_offset is not None:
        raise InputError(f"{sequence.source}: metrical-tracker has no place for offsets.")
    if sequence.camera_model != PERSPECTIVE:
        raise InputError(f"{sequence.source}: metrical-tracker needs a perspective camera; there is none.")
    if np.abs(sequence.camera_K[:, 0, 0] - sequence.camera_K[:, 1, 1]).max() > _PIXEL:
        raise InputError(f"{sequence.source}: metrical-tracker has square pixels; this camera has not.")
    placed = still_head(sequence, model_file)
    arrays = METRICAL_TRACKER.write(placed.parameters)
    six, shift = pytorch3d_pose(placed.camera)
    count = sequence.frame_count
    matrices = np.broadcast_to(sequence.camera_K, (count, 3, 3))
    sizes = np.broadcast_to(sequence.camera_size, (count, 2))
    texture = _rows(sequence.texture if sequence.texture_space == "flame_texture" else None, count, (_TEXTURE,))
    light = _rows(sequence.light, count, (9, 3))
    files = []
    for number, (frame, matrix, size) in enumerate(zip(sequence.frame_ids, matrices, sizes)):
        row = slice(number, number + 1)
        half = 0.5 * size.min()
        stored = {
            "flame": {key: array[row].astype(np.float32) for key, array in arrays.items()}
            | {"tex": texture[row].astype(np.float32), "sh": light[row].astype(np.float32)},
            "camera": {
                "R": six[row].astype(np.float32),
                "t": shift[row].astype(np.float32),
                "fl": np.array([[matrix[0, 0] / half]], np.float32),
                "pp": ((0.5 * size - matrix[:2, 2]) / half)[None].astype(np.float32),
            },
            "opencv": {
                "R": placed.camera.rotation[row].astype(np.float32),
                "t": (placed.camera.translation[row] / MILLIMETRES).astype(np.float32),
                "K": matrix[None].astype(np.float32),
            },
            "img_size": size[::-1].copy(),
            "frame_id": f"{frame:05d}",
            "global_step": 0,
        }
        content = io.BytesIO()
        torch.save(stored, content)
        files.append((f"{frame:05d}.frame", content.getvalue()))
    return files


def _rows(array: np.ndarray | None, count: int, shape: tuple[int, ...]) -> np.ndarray:
    """(count, *shape), zeros where there is nothing; the first of more columns, zeros after fewer."""
    rows = np.zeros((count, *shape))
    if array is not None:
        width = min(array.shape[1], shape[0])
        rows[:, :width] = array[:, :width]
    return rows
