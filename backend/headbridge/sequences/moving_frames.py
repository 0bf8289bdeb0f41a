"""A head and a camera that move: which of them stands still is a matter of taste, the picture is the same."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .sequence import ORTHOGRAPHIC, Sequence

# Screen coordinates have the centre of the first pixel here.
_SCREEN = 0.5


@dataclass(frozen=True, eq=False)
class RootMotion:
    """How the whole head moves: x -> scale rotation (x - joint) + joint + place. joint : (T, 3) mm of the root at rest.
    rotation : (T, 3, 3). place : (T, 3) mm. scale : (T,)."""

    joint: np.ndarray
    rotation: np.ndarray
    place: np.ndarray
    scale: np.ndarray

    @property
    def translation(self) -> np.ndarray:
        """(T, 3) of the same motion as x -> scale rotation x + translation."""
        return self.joint + self.place - self.scale[:, None] * _turned(self.rotation, self.joint)


@dataclass(frozen=True, eq=False)
class MovingCamera:
    """OpenCV cameras of T frames in screen coordinates, which have the centre of the first pixel at (0.5, 0.5).

    matrix : (T, 3, 3) intrinsics. rotation : (T, 3, 3), translation : (T, 3) mm, from the head's frame to the camera's.
    size : (2,) width and height of the pictures. orthographic : then the matrix is in pixels per mm, and depth has no
    effect. to_original : (T, 3, 3) from these pixels to those of the video they were cut from, or None."""

    matrix: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    size: np.ndarray
    orthographic: bool
    to_original: np.ndarray | None = None


def camera_of(sequence: Sequence) -> MovingCamera | None:
    """The camera of a sequence, None where it has none. A picture whose size changes has that of the first frame."""
    if not sequence.camera_model:
        return None
    count = sequence.frame_count
    shift = np.eye(3)
    shift[:2, 2] = _SCREEN - sequence.pixel_centre
    orthographic = sequence.camera_model == ORTHOGRAPHIC
    matrix = shift @ _each(sequence.camera_K, count)
    if orthographic:
        matrix[:, :2, :2] /= sequence.mm_per_unit
    to_original = None
    if sequence.crop_to_original is not None:
        to_original = shift @ _each(sequence.crop_to_original, count) @ np.linalg.inv(shift)
    return MovingCamera(
        matrix=matrix,
        rotation=_each(sequence.camera_R, count),
        translation=sequence.mm_per_unit * _each(sequence.camera_t, count),
        size=np.asarray(sequence.camera_size[0]),
        orthographic=orthographic,
        to_original=to_original,
    )


def head_still(root: RootMotion, camera: MovingCamera) -> tuple[RootMotion, MovingCamera]:
    """The head at rest, and the camera that sees it as before."""
    scale = root.scale[:, None]
    moved = (_turned(camera.rotation, root.translation) + camera.translation) / scale
    matrix = camera.matrix
    if camera.orthographic:
        matrix = matrix.copy()
        matrix[:, :2, :2] *= scale[..., None]
    seen = replace(camera, rotation=camera.rotation @ root.rotation, translation=moved, matrix=matrix)
    count = len(root.scale)
    still = replace(root, rotation=np.tile(np.eye(3), (count, 1, 1)), place=np.zeros((count, 3)), scale=np.ones(count))
    return still, seen


def camera_still(root: RootMotion, camera: MovingCamera) -> tuple[RootMotion, MovingCamera]:
    """The camera as in the first frame, and the head that it sees as before."""
    first, at = camera.rotation[0], camera.translation[0]
    rotation = first.T @ camera.rotation @ root.rotation
    seen = _turned(camera.rotation, root.translation) + camera.translation
    translation = (seen - at) @ first
    place = translation - root.joint + root.scale[:, None] * _turned(rotation, root.joint)
    count = len(root.scale)
    still = replace(camera, rotation=np.tile(first, (count, 1, 1)), translation=np.tile(at, (count, 1)))
    return replace(root, rotation=rotation, place=place), still


def _turned(rotations: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.einsum("tij,tj->ti", rotations, points)


def _each(array: np.ndarray, count: int) -> np.ndarray:
    """(T, ...) float64 of what may be given once for all frames."""
    return np.array(np.broadcast_to(array, (count, *array.shape[1:])), np.float64)
