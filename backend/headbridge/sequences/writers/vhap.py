"""VHAP's parameters of a whole sequence: tracked_flame_params_30.npz."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ...mesh.io.npz import write_arrays
from ...models.flame.layouts import VHAP
from ...models.flame.tracker_frame import CameraPose
from ..sequence import JOINT, PERSPECTIVE, Sequence
from ..trackers.cameras import FLIP
from .placing import flame_parameters, metres, still_camera

_FILE = "tracked_flame_params_30.npz"
# The camera stands a metre before the origin.
_CAMERA = CameraPose(FLIP[None], np.array([[0.0, 0.0, 1000.0]]))
_PIXEL = 1e-3


def vhap_files(sequence: Sequence, model_file: str) -> list[tuple[str, bytes]]:
    """Name and content of the file. Raises `InputError` for what VHAP's file cannot say: eyelids, other cameras than one
    with square pixels and its centre in the picture's, several identities."""
    if len(sequence.identity) > 1:
        raise InputError(f"{sequence.source}: VHAP has one identity for all frames, but here each has its own.")
    arrays = {}
    if sequence.camera_model:
        arrays = _camera(sequence)
        parameters = still_camera(sequence, _CAMERA, model_file)
    else:
        parameters = flame_parameters(sequence)
        if sequence.root_pivot != JOINT:
            raise InputError(f"{sequence.source}: without a camera the head cannot be turned about its joint for VHAP.")
    arrays |= {key: array.astype(np.float32) for key, array in VHAP.write(parameters).items()}
    arrays["shape"] = arrays["shape"][0]
    arrays["timestep_id"] = sequence.frame_names
    arrays["n_processed_frames"] = np.array(sequence.frame_count)
    if sequence.static_offset is not None:
        arrays["static_offset"] = metres(sequence, sequence.static_offset)[None].astype(np.float32)
    if sequence.dynamic_offset is not None:
        arrays["dynamic_offset"] = metres(sequence, sequence.dynamic_offset).astype(np.float32)
    if (sequence.static_offset is not None or sequence.dynamic_offset is not None) and not sequence.offsets_move_joints:
        raise InputError(f"{sequence.source}: its offsets leave the joints where they are, VHAP's move them.")
    if sequence.light is not None and len(sequence.light) == 1:
        arrays["lights"] = sequence.light[0].astype(np.float32)
    return [(_FILE, write_arrays(arrays))]


def _camera(sequence: Sequence) -> dict[str, np.ndarray]:
    matrix, size = sequence.camera_K[0], sequence.camera_size[0]
    steady = len(sequence.camera_K) == 1 and len(sequence.camera_size) == 1 and sequence.camera_model == PERSPECTIVE
    centred = np.abs(matrix[:2, 2] - 0.5 * size).max() < _PIXEL and abs(matrix[0, 0] - matrix[1, 1]) < _PIXEL
    if not (steady and centred):
        raise InputError(
            f"{sequence.source}: VHAP has one focal length for all frames, square pixels and the principal point in the "
            "middle of the picture; this camera is another."
        )
    return {
        "focal_length": np.array([matrix[0, 0] / size.max()], np.float32),
        "image_size": size[::-1].copy(),
    }
